// Attack 3, where a listener speaks the PROXY protocol: the client is the one that a trusted proxy names, to bans, limits
// and the cap of connections; nobody else gets in, and no header is ever taken for a request, or a request for a header.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ConfigInput } from '../../src/config/index.ts';
import { optionsOf } from '../e2e/support/arrivals.ts';
import { openStage, type Stage } from '../e2e/support/stage.ts';
import { answerHeader, openConnection, requestBytes, type RawAnswer } from '../support/sender.ts';
import { waitFor } from '../support/waitFor.ts';
import { callFrom } from './support/localCaller.ts';

const signature = '\r\n\r\n\0\r\nQUIT\n';
const line = (address: string) => `PROXY TCP4 ${address} 10.0.0.1 12345 443\r\n`;
const block = (address: string) =>
  `${signature}\x21\x11\0\x0c${String.fromCharCode(...address.split('.').map(Number))}\x0a\0\0\x01\x30\x39\x01\xbb`;
const local = `${signature}\x20\0\0\0`;

describe('behind proxies that speak the PROXY protocol', () => {
  let stage: Stage;
  let port: number;

  const config = (url: string): ConfigInput => ({
    botHosts: { main: { url } },
    listen: { proxyProtocol: 'v1v2' },
    // The last one stands before the first: what it says of others, it says in a header.
    trustedProxies: ['127.0.0.1', '203.0.113.1'],
    routes: [{ name: 'hook', path: '/hook' }],
    access: { perAddress: { requests: 20, per: '1h', burst: 0 }, bans: { after: null } },
    limits: { headersTimeout: '1s', connectionsPerAddressMax: 3 },
  });

  before(async () => {
    stage = await openStage(config);
    port = Number(new URL(stage.server.publicUrl).port);
  });

  after(() => stage.close());

  const request = (headers: readonly string[] = []) => requestBytes({ target: '/hook', headers, body: 'x' });

  const call = (header: string, headers: readonly string[] = [], from = '127.0.0.1') =>
    callFrom({ port, from }, Buffer.concat([Buffer.from(header, 'latin1'), request(headers)]));

  function codeOf(answer: RawAnswer | null): string {
    if (answer === null) return 'no answer';
    return answer.status === 200 ? '200' : (JSON.parse(answer.body.toString()) as { code: string }).code;
  }

  async function clientOf(answer: RawAnswer | null): Promise<string> {
    assert.equal(codeOf(answer), '200');
    const id = answer === null ? null : answerHeader(answer, 'hookward-id');
    const arrived = await waitFor('the arrival', () =>
      stage.botHost.ledger.find((one) => one.arrived.id === id),
    );
    return optionsOf(arrived.arrived).ip;
  }

  test('the client is the one that the header names, in either version, whatever else the caller says', async () => {
    for (const [address, header] of [
      ['192.0.2.7', line],
      ['192.0.2.8', block],
    ] as const) {
      const said = ['X-Forwarded-For', '6.6.6.6', 'Forwarded', 'for=6.6.6.6'];
      assert.equal(await clientOf(await call(header(address), said)), address);
    }
  });

  test('of a proxy that is trusted too, X-Forwarded-For is believed', async () => {
    assert.equal(
      await clientOf(await call(line('203.0.113.1'), ['X-Forwarded-For', '6.6.6.6, 192.0.2.9'])),
      '192.0.2.9',
    );
  });

  test('LOCAL is the proxy’s own call', async () => {
    assert.equal(await clientOf(await call(local)), '127.0.0.1');
  });

  test('whom the proxy cannot name is refused', async () => {
    assert.equal(codeOf(await call('PROXY UNKNOWN\r\n')), 'address-unknown');
    assert.equal(codeOf(await call(`${signature}\x21\0\0\0`)), 'address-unknown');
  });

  test('who is no trusted proxy is refused, header or not', async () => {
    for (const header of ['', line('192.0.2.7'), local])
      assert.equal(codeOf(await call(header, [], '127.0.0.77')), 'address-unknown');
  });

  test('without a header, or with a wrong one, a trusted proxy is refused, and its request goes nowhere', async () => {
    const arrivals = stage.botHost.ledger.length;
    for (const header of [
      '',
      'PROXY TCP4 010.0.0.1 10.0.0.1 1 2\r\n',
      'PROXY TCP4 192.0.2.7\n',
      '\r\n',
      signature.slice(1),
    ])
      assert.equal(codeOf(await call(header)), 'malformed-request', JSON.stringify(header));
    assert.equal(stage.botHost.ledger.length, arrivals);
  });

  test('a second header is no request', async () => {
    assert.equal(codeOf(await call(line('192.0.2.7') + line('6.6.6.6'))), 'malformed-request');
  });

  test('a header that drips is read, with the request behind it', async () => {
    const connection = await openConnection(stage.server.publicUrl);
    try {
      connection.socket.setNoDelay(true);
      const bytes = Buffer.concat([Buffer.from(block('192.0.2.10'), 'latin1'), request()]);
      for (const byte of bytes) await connection.write(Buffer.from([byte]));
      assert.equal(await clientOf(await connection.answer()), '192.0.2.10');
      await connection.write(request());
      assert.equal(await clientOf(await connection.answer()), '192.0.2.10', 'also of the next request');
    } finally {
      connection.destroy();
    }
  });

  test('who sends nothing, or half a header, is cut in time', async () => {
    for (const [sent, code] of [
      ['', 'no answer'],
      ['PROXY TCP4 192', 'body-too-slow'],
    ] as const) {
      const started = performance.now();
      assert.equal(codeOf(await callFrom({ port, from: '127.0.0.1' }, Buffer.from(sent))), code);
      assert.ok(performance.now() - started < 5_000);
    }
  });

  test('bans, limits and the cap of connections count for the client, not for the proxy', async () => {
    const ban = JSON.stringify({ kind: 'ban', address: '192.0.2.20', reason: 'test' });
    const headers = { 'content-type': 'application/json' };
    await fetch(`${stage.server.adminUrl}/api/access`, { method: 'PUT', headers, body: ban });
    assert.equal(codeOf(await call(line('192.0.2.20'))), 'banned');
    assert.equal(codeOf(await call(block('192.0.2.20'))), 'banned');

    const codes: string[] = [];
    for (let n = 0; n < 21; n += 1)
      codes.push(codeOf(await call(n % 2 === 0 ? line('192.0.2.21') : block('192.0.2.21'))));
    assert.deepEqual(codes.slice(19), ['200', 'rate-limited']);
    assert.equal(codeOf(await call(line('192.0.2.22'))), '200');

    const held = await Promise.all(Array.from({ length: 3 }, () => openConnection(stage.server.publicUrl)));
    try {
      for (const connection of held) {
        await connection.write(Buffer.concat([Buffer.from(line('192.0.2.23')), request()]));
        assert.equal((await connection.answer()).status, 200);
      }
      assert.equal(codeOf(await call(line('192.0.2.23'))), 'too-many-connections');
      assert.equal(codeOf(await call(line('192.0.2.24'))), '200');
    } finally {
      for (const connection of held) connection.destroy();
    }
  });

  test('the server stops though connections wait for their header', async () => {
    const waiting = await openConnection(stage.server.publicUrl);
    const started = performance.now();
    await stage.restart('stop');
    assert.ok(performance.now() - started < 10_000);
    waiting.destroy();
    port = Number(new URL(stage.server.publicUrl).port);
    assert.equal(await clientOf(await call(line('192.0.2.30'))), '192.0.2.30');
  });
});
