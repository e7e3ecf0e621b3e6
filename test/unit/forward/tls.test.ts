import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { BotHostTarget } from '../../../src/forward/contract.ts';
import { waitFor } from '../../support/waitFor.ts';
import { okAnswer, rawBotHost, requestNumber, targetOf } from './support/botHost.ts';
import { loopbackCertificate, otherCertificate, testCa } from './support/certificates.ts';
import { requestOf, startedForwarder } from './support/sending.ts';

async function overTls(
  t: TestContext,
  params: {
    readonly certificate?: { readonly cert: string; readonly key: string };
    readonly ca?: string;
    readonly hostname?: string;
    readonly target?: Partial<BotHostTarget>;
  },
) {
  const host = await rawBotHost(okAnswer, params.certificate ?? loopbackCertificate);
  t.after(() => host.close());
  const botHost = targetOf(`https://${params.hostname ?? '127.0.0.1'}:${String(host.port)}`, params.target);
  const forwarder = await startedForwarder(t, {
    botHosts: [botHost],
    ...(params.ca ? { ca: params.ca } : {}),
  });
  const send = (caller = 'public.example') =>
    forwarder.send({
      botHost,
      request: requestOf({ headers: ['Host', caller] }),
      signed: [],
      onHead: () => null,
    });
  return { host, send };
}

describe('a bot host behind TLS', () => {
  for (const hostname of ['127.0.0.1', 'localhost']) {
    it(`gets its webhooks where its certificate is good for ${hostname}`, async (t) => {
      const { host, send } = await overTls(t, { ca: testCa, hostname });
      const outcome = await send();
      assert.equal(outcome.kind, 'answered');
      assert.equal((await requestNumber(host, 1)).body.toString(), '{}');
    });
  }

  it('gets nothing where its certificate was signed by nobody trusted', async (t) => {
    const { host, send } = await overTls(t, {});
    const outcome = await send();
    assert.equal(outcome.kind, 'failed');
    assert.equal(outcome.cause, 'tls');
    assert.match(outcome.detail, /nothing was sent/);
    assert.equal(host.requests.length, 0);
  });

  it('gets nothing where its certificate names another', async (t) => {
    const { host, send } = await overTls(t, { ca: testCa, certificate: otherCertificate });
    const outcome = await send();
    assert.equal(outcome.kind, 'failed');
    assert.equal(outcome.cause, 'tls');
    assert.equal(host.requests.length, 0);
  });

  it('is checked by its own name even where Host is kept and the caller names the one that the certificate has', async (t) => {
    const { host, send } = await overTls(t, {
      ca: testCa,
      certificate: otherCertificate,
      hostname: 'localhost',
      target: { hostHeader: 'keep' },
    });
    const outcome = await send('other.example');
    assert.equal(outcome.kind, 'failed');
    assert.equal(outcome.cause, 'tls');
    assert.equal(host.requests.length, 0);
  });

  it('keeps one connection while callers name ever new hosts', async (t) => {
    const { host, send } = await overTls(t, {
      ca: testCa,
      hostname: 'localhost',
      target: { hostHeader: 'keep', concurrency: 1 },
    });
    for (const caller of ['a.example', 'b.example', 'c.example'])
      assert.equal((await send(caller)).kind, 'answered');
    assert.equal(host.accepted(), 1);
    assert.equal(host.requests[2]?.lines[0], 'host: c.example');
  });

  it('that speaks no TLS is a failure of TLS', async (t) => {
    const plain = await rawBotHost();
    t.after(() => plain.close());
    const botHost = targetOf(plain.url.replace('http:', 'https:'));
    const forwarder = await startedForwarder(t, { botHosts: [botHost] });
    const sending = forwarder.send({ botHost, request: requestOf(), signed: [], onHead: () => null });
    await waitFor('the connection', () => plain.sockets.size > 0);
    for (const socket of plain.sockets) socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    const outcome = await sending;
    assert.equal(outcome.kind, 'failed');
    assert.equal(outcome.cause, 'tls');
  });
});
