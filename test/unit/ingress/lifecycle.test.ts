import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { HookwardError } from '../../../src/core/errors.ts';
import { manualClock } from '../../support/manualClock.ts';
import { waitFor } from '../../support/waitFor.ts';
import * as certificates from './certificates.ts';
import { answerOk, route, settings, startIngress } from './harness.ts';
import { openClient, RawClient, request } from './rawClient.ts';

const post = request('POST /hook', 'x');
const held = { deliver: () => undefined };

describe('life cycle', () => {
  test('a port that is taken fails the start, and says which', async (t) => {
    const first = await startIngress(t);
    await assert.rejects(
      startIngress(t, { listener: { port: first.port } }),
      (error) =>
        error instanceof HookwardError &&
        error.code === 'listen-failed' &&
        error.message === `cannot listen on 127.0.0.1:${first.port}: EADDRINUSE`,
    );
  });

  test('stop before start, and stop twice, are harmless; the address is known while it listens', async (t) => {
    const harness = await startIngress(t);
    assert.deepEqual(harness.ingress.address(), { host: '127.0.0.1', port: harness.port });
    await Promise.all([harness.ingress.stop(1_000), harness.ingress.stop(1_000)]);
    await harness.ingress.stop(1_000);
    await assert.rejects(openClient(harness.port));
  });

  test('stop closes idle and silent connections at once', async (t) => {
    const harness = await startIngress(t);
    const idle = await harness.open();
    await idle.write(post).answer();
    const silent = await harness.open();
    await waitFor('both connections', () => harness.ingress.readings().connections === 2);
    await harness.ingress.stop(60_000);
    await idle.closed();
    await silent.closed();
  });

  test('stop waits for webhooks in flight, whose answers end their connections', async (t) => {
    const harness = await startIngress(t, held);
    const client = (await harness.open()).write(post);
    await waitFor('delivery', () => harness.delivered.length === 1);
    const stopped = harness.ingress.stop(60_000);
    answerOk(harness.delivered[0]!.caller);
    const answer = await client.answer();
    assert.equal(answer.body.toString(), 'hello');
    assert.equal(answer.header('connection'), 'close');
    await stopped;
  });

  test('an answer whose head was sent before the stop is still relayed to its end', async (t) => {
    const harness = await startIngress(t, held);
    const client = (await harness.open()).write(post);
    await waitFor('delivery', () => harness.delivered.length === 1);
    const writer = harness.delivered[0]!.caller!.relay({ status: 200, headers: [] });
    writer?.write(Buffer.from('be'));
    await waitFor('the first piece', () => client.received.includes('be'));
    const stopped = harness.ingress.stop(60_000);
    writer?.write(Buffer.from('gun'));
    writer?.end();
    assert.equal((await client.answer()).body.toString(), 'begun');
    await stopped;
    await client.closed();
  });

  test('at the deadline, callers that still wait are told that their webhook is queued', async (t) => {
    const harness = await startIngress(t, held);
    const client = (await harness.open()).write(post);
    await waitFor('delivery', () => harness.delivered.length === 1);
    const stopped = harness.ingress.stop(50);
    assert.equal((await client.answer()).status, 202);
    await stopped;
  });

  test('after the deadline nothing is left open, not even an upload', async (t) => {
    const harness = await startIngress(t, held);
    const client = (await harness.open()).write(`${request('POST /hook\nContent-Length: 10').toString()}abc`);
    await waitFor('the upload to begin', () => harness.ingress.readings().inFlightBytes === 3);
    await harness.ingress.stop(50);
    await client.closed();
    assert.deepEqual(harness.ingress.readings(), {
      connections: 0,
      inFlight: 0,
      inFlightBytes: 0,
      callersWaiting: 0,
    });
  });
});

async function certificateFiles(t: TestContext) {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-tls-'));
  t.after(() => rm(dir, { recursive: true }));
  const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  /** Replaces a file as renewals do, by a rename. */
  const put = async (name: 'cert' | 'key', pem: string) => {
    await writeFile(`${files[name]}.new`, pem);
    await rename(`${files[name]}.new`, files[name]);
  };
  await put('cert', certificates.one.cert);
  await put('key', certificates.one.key);
  return { files, put };
}

function openTls(port: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => resolve(socket));
    socket.once('error', reject);
  });
}

async function servedName(port: number): Promise<string> {
  const socket = await openTls(port);
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

describe('TLS', () => {
  test('webhooks are taken over TLS, and their scheme is https', async (t) => {
    const { files } = await certificateFiles(t);
    const harness = await startIngress(t, { listener: { tls: files } });
    const client = new RawClient(await openTls(harness.port));
    assert.equal((await client.write(post).answer()).body.toString(), 'hello');
    assert.equal(harness.appended[0]?.request.scheme, 'https');
    client.destroy();
  });

  test('TLS 1.1 is not spoken', async (t) => {
    const { files } = await certificateFiles(t);
    const harness = await startIngress(t, { listener: { tls: files } });
    const versions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await assert.rejects(
      new Promise((resolve, reject) => {
        const socket = connect({ port: harness.port, rejectUnauthorized: false, ...versions }, () =>
          resolve(socket),
        );
        socket.once('error', reject);
      }),
    );
  });

  test('a new certificate is served once its files have changed; a pair that does not fit is not', async (t) => {
    const clock = manualClock();
    const { files, put } = await certificateFiles(t);
    const harness = await startIngress(t, { clock, listener: { tls: files } });
    assert.equal(await servedName(harness.port), 'one.example');

    await put('cert', certificates.two.cert);
    clock.advance(10_000);
    await waitFor('the half-written pair to be refused', () => harness.certificates.length === 1);
    assert.ok(harness.certificates[0] instanceof Error);
    assert.equal(await servedName(harness.port), 'one.example');

    await put('key', certificates.two.key);
    await waitFor('the new pair', () => {
      clock.advance(10_000);
      return harness.certificates.length === 2;
    });
    assert.equal(harness.certificates[1], null);
    assert.equal(await servedName(harness.port), 'two.example');
  });

  test('a certificate that is not there fails the start', async (t) => {
    const files = { cert: '/nonexistent/cert.pem', key: '/nonexistent/key.pem' };
    await assert.rejects(
      startIngress(t, { listener: { tls: files } }),
      (error) => error instanceof HookwardError && error.code === 'listen-failed',
    );
  });

  test('a key that does not fit fails the start', async (t) => {
    const { files, put } = await certificateFiles(t);
    await put('key', certificates.two.key);
    await assert.rejects(
      startIngress(t, { listener: { tls: files } }),
      (error) => error instanceof HookwardError && error.code === 'listen-failed',
    );
  });

  test('plain HTTP on a TLS port, and a peer over its cap, are cut off without harm', async (t) => {
    const { files } = await certificateFiles(t);
    const harness = await startIngress(t, {
      listener: { tls: files },
      settings: settings({ routes: [route()], limits: { connectionsPerAddressMax: 1 } }),
    });
    await (await harness.open()).write(post).closed();
    await waitFor('its place to be free', () => harness.ingress.readings().connections === 0);
    const first = await openTls(harness.port);
    await (await harness.open()).closed();
    assert.deepEqual(harness.refused, ['too-many-connections']);
    const client = new RawClient(first);
    assert.equal((await client.write(post).answer()).status, 200);
    client.destroy();
  });
});
