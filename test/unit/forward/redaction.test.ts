// A target may be a secret: however an attempt fails, its outcome does not tell it.
import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { AttemptOutcome } from '../../../src/core/attempt.ts';
import { manualClock } from '../../support/manualClock.ts';
import { closedPort, rawBotHost, requestNumber, targetOf } from './support/botHost.ts';
import { loopbackCertificate, otherCertificate, testCa } from './support/certificates.ts';
import { requestOf, road, startedForwarder } from './support/sending.ts';

const token = 'd81ca528fdd5ccaa0d345f058a0ee0b0';
const target = `/v1/bots/4711/new-webhook?&command=%2FonPay&public_user_token=${token}`;
const request = requestOf({ target });

function assertHidden(outcome: AttemptOutcome): void {
  const text = JSON.stringify(outcome);
  for (const part of [token, 'public_user_token', 'new-webhook', 'onPay', '4711'])
    assert.ok(!text.includes(part), text);
}

function assertFailedHidden(outcome: AttemptOutcome): void {
  assert.equal(outcome.kind, 'failed');
  assertHidden(outcome);
}

/** The port of a listener that says `greeting` to whoever connects, and nothing else. */
async function portOf(t: TestContext, greeting: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(greeting);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe('a secret target is not told', () => {
  it('where nothing listens, the name does not exist, or no connection is made in time', async (t) => {
    const closed = String(await closedPort());
    const urls = [
      `http://127.0.0.1:${closed}`,
      `http://localhost:${closed}`,
      'http://no-such-host.invalid',
      `https://127.0.0.1:${String(await portOf(t, ''))}`,
    ];
    for (const url of urls) {
      const botHost = targetOf(url, { connectTimeout: 50 });
      const forwarder = await startedForwarder(t, { botHosts: [botHost] });
      assertFailedHidden(await forwarder.send({ botHost, request, signed: [], onHead: () => null }));
    }
  });

  it('where the certificate is unknown or of another name, or there is no TLS at all', async (t) => {
    const unknown = await rawBotHost(undefined, loopbackCertificate);
    const other = await rawBotHost(undefined, otherCertificate);
    t.after(() => Promise.all([unknown.close(), other.close()]));
    const ways = [
      { url: `https://127.0.0.1:${String(await portOf(t, 'HTTP/1.1 400 Bad Request\r\n\r\n'))}` },
      { url: unknown.url },
      { url: other.url, ca: testCa },
    ];
    for (const { url, ...ca } of ways) {
      const botHost = targetOf(url);
      const forwarder = await startedForwarder(t, { botHosts: [botHost], ...ca });
      assertFailedHidden(await forwarder.send({ botHost, request, signed: [], onHead: () => null }));
    }
  });

  it('where the bot host closes, resets, or answers with anything but HTTP', async (t) => {
    const answers: readonly NonNullable<Parameters<typeof rawBotHost>[0]>[] = [
      ({ socket }) => void socket.end(),
      ({ socket }) => void socket.resetAndDestroy(),
      `404 for ${target}\r\n\r\n`,
      `HTTP/1.1 200 OK\r\nContent-Length: ${target}\r\n\r\n`,
      `HTTP/1.1 200 OK\r\n${target}\r\n\r\n`,
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n${target}`,
      'HTTP/1.1 100 Continue\r\n\r\n',
      `HTTP/1.1 200 OK\r\n${`X-A: ${target}\r\n`.repeat(600)}\r\n`,
    ];
    for (const answering of answers) {
      const { send } = await road(t, { answering });
      assertFailedHidden(await send(request));
    }
  });

  it('where the time is over, or the attempt or the whole forwarder ends before an answer', async (t) => {
    const clock = manualClock();
    const { host, forwarder, send } = await road(t, { answering: () => undefined, clock });
    const late = send(request);
    await requestNumber(host, 1);
    clock.advance(30_000);
    assertFailedHidden(await late);
    const controller = new AbortController();
    const calledOff = send(request, { signal: controller.signal });
    await requestNumber(host, 2);
    controller.abort();
    assertFailedHidden(await calledOff);
    await forwarder.stop(0);
    assertFailedHidden(await send(request));
  });

  it('where it cannot be sent, or not with these headers', async (t) => {
    const { send, host } = await road(t);
    for (const bad of [`${target} x`, `${target}\r\nX: y`, `${target}\u0442`, target.slice(1)])
      assertFailedHidden(await send(requestOf({ target: bad })));
    assertFailedHidden(await send(requestOf({ target, headers: ['X-Bad', 'a\r\nb'] })));
    assert.equal(host.requests.length, 0);
  });

  it('where the bot host finds it, or the headers, too long, and does not repeat it itself', async (t) => {
    for (const status of ['414 URI Too Long', `431 ${target}`]) {
      const { send } = await road(t, { answering: `HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n` });
      const outcome = await send(request);
      assert.equal(outcome.kind, 'answered');
      assertHidden(outcome);
    }
  });
});
