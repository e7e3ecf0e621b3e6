// Requests of no route: handed on to the host behind and back, gated, never logged; and what cannot be handed on safely.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { after, before, beforeEach, describe, test } from 'node:test';
import { WebSocket } from 'undici';
import { headerValue, headerValues } from '../../src/core/headers.ts';
import { answersOk, type Arrived } from '../support/botHost.ts';
import {
  answerHeader,
  chunkedBytes,
  requestBytes,
  sendRaw,
  sendRequest,
  type RequestParams,
} from '../support/sender.ts';
import { waitFor } from '../support/waitFor.ts';
import { openStage, type Stage } from './support/stage.ts';

/** A host that agrees to WebSockets and gives every message back (RFC 6455; short, unfragmented messages). */
interface EchoHost {
  readonly url: string;
  /** The requests that asked for a WebSocket. */
  readonly asked: readonly IncomingMessage[];
  close(): Promise<void>;
}

function echoMessages(socket: Duplex): void {
  let unread = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes: Buffer) => {
    unread = Buffer.concat([unread, bytes]);
    // Two bytes of header, four of mask, then at most 125 of payload.
    while (unread.length >= 6 && unread.length >= 6 + (unread.readUInt8(1) & 0x7f)) {
      const length = unread.readUInt8(1) & 0x7f;
      const mask = unread.subarray(2, 6);
      const payload = unread.subarray(6, 6 + length).map((byte, at) => byte ^ (mask[at % 4] ?? 0));
      socket.write(Buffer.concat([Buffer.from([unread.readUInt8(0), length]), payload]));
      // A close frame that has been given back ends the connection (RFC 6455, 7.1.1).
      if ((unread.readUInt8(0) & 0x0f) === 8) socket.end();
      unread = unread.subarray(6 + length);
    }
  });
}

async function startEchoHost(): Promise<EchoHost> {
  const asked: IncomingMessage[] = [];
  const sockets = new Set<Duplex>();
  const server: Server = createServer((_request, response) => response.writeHead(426).end());
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    asked.push(request);
    sockets.add(socket);
    const key = headerValue(request.rawHeaders, 'sec-websocket-key') ?? '';
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    echoMessages(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    asked,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const routes = [{ name: 'hook', path: '/hook/*' }];

describe('passed through', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage((url) => ({
      botHosts: { main: { url } },
      routes,
      passThrough: { botHost: 'main' },
      trustedProxies: ['127.0.0.1'],
      access: { perAddress: null },
    }));
  });

  after(() => stage.close());

  beforeEach(() => stage.botHost.behave(answersOk));

  const send = (request: RequestParams) => sendRequest(stage.server.publicUrl, request);
  const lastArrival = () => stage.botHost.ledger.at(-1)?.arrived as Arrived;

  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']) {
    test(`${method} of another path reaches the host behind, and its answer the caller`, async () => {
      stage.botHost.behave(() => ({
        status: 207,
        headers: ['X-Bot', '1', 'Set-Cookie', 'a', 'set-cookie', 'b'],
        body: 'seen',
      }));
      const hasBody = ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method);
      const headers = ['x-oDD', '1', 'X-Odd', '2', 'Content-Type', 'text/plain'];
      const target = '/panel/a;b?&command=%2Fx&a=%20+';
      const answer = await send({ method, target, headers, ...(hasBody && { body: 'body \xff' }) });
      assert.equal(answer.status, 207);
      assert.equal(answer.body.toString(), method === 'HEAD' ? '' : 'seen');
      assert.equal(answerHeader(answer, 'x-bot'), '1');
      assert.equal(answerHeader(answer, 'hookward-id'), null);
      assert.deepEqual(headerValues(answer.headers, 'set-cookie'), ['a', 'b']);
      const arrived = lastArrival();
      assert.deepEqual([arrived.method, arrived.target], [method, target]);
      assert.equal(arrived.body.toString(), hasBody ? 'body \xff' : '');
      assert.deepEqual(headerValues(arrived.headers, 'x-odd'), ['1', '2']);
    });
  }

  test('an upload in chunks, and one that waits for 100-continue, arrive whole', async () => {
    const body = Buffer.alloc(200_000, 'chunk');
    const head = requestBytes({
      method: 'PUT',
      target: '/files/1',
      headers: ['Transfer-Encoding', 'chunked'],
    });
    const answer = await sendRaw(stage.server.publicUrl, Buffer.concat([head, chunkedBytes(body, 7_000)]));
    assert.equal(answer.status, 200);
    assert.ok(lastArrival().body.equals(body));
    const expecting = await send({
      method: 'PUT',
      target: '/files/2',
      headers: ['Expect', '100-continue'],
      body: 'x',
    });
    assert.deepEqual([expecting.status, expecting.interim], [200, [100]]);
    assert.equal(lastArrival().body.toString(), 'x');
  });

  test('forged headers of ours do not get through, not even with Expect: 100-continue', async () => {
    for (const expect of [[], ['Expect', '100-continue']]) {
      const headers = [
        'hookward-options',
        'evil',
        'Hookward_Id',
        'evil',
        'X-Hop',
        'evil',
        'Connection',
        'X-Hop',
        ...expect,
      ];
      await send({ target: '/panel', headers, body: 'x' });
      assert.ok(!lastArrival().headers.includes('evil'), lastArrival().headers.join(' '));
      assert.equal(headerValue(lastArrival().headers, 'expect'), null);
    }
  });

  test('the client’s address is told as it is known here', async () => {
    await send({ method: 'GET', target: '/panel', headers: ['X-Forwarded-For', '6.6.6.6, 203.0.113.9'] });
    assert.deepEqual(headerValues(lastArrival().headers, 'x-forwarded-for'), ['203.0.113.9']);
  });

  test('nothing of it is in the log; a webhook beside it is', async () => {
    const before = (await stage.metrics()).value('hookward_passed_through_total');
    await send({ method: 'GET', target: '/panel' });
    await send({ target: '/hook/1', body: 'x' });
    const page = await stage.metrics();
    assert.equal(page.value('hookward_passed_through_total'), before + 1);
    assert.equal(page.value('hookward_received_total{route="hook"}'), 1);
    const { items } = (await (await fetch(`${stage.server.adminUrl}/api/webhooks`)).json()) as {
      items: { target: string }[];
    };
    assert.deepEqual(
      items.map(({ target }) => target),
      ['/hook/1'],
    );
  });

  test('the gate holds: a banned address gets 403, and the host behind gets nothing', async () => {
    await stage.cli('access', 'ban', '198.51.100.7', '--reason', 'flood', '--for', '1h');
    const before = stage.botHost.ledger.length;
    const answer = await send({
      method: 'GET',
      target: '/panel',
      headers: ['X-Forwarded-For', '198.51.100.7'],
    });
    assert.equal(answer.status, 403);
    assert.match(answer.body.toString(), /"code":"banned"/);
    assert.equal(stage.botHost.ledger.length, before);
  });

  for (const method of ['DELETE', 'OPTIONS']) {
    test(`CVE-2026-29057: ${method} in chunks, which http-proxy turns into two requests, is refused`, async () => {
      const before = stage.botHost.ledger.length;
      const smuggled = 'POST /smuggled HTTP/1.1\r\nHost: x\r\nhookward-id: evil\r\nContent-Length: 0\r\n\r\n';
      const head = requestBytes({ method, target: '/panel', headers: ['Transfer-Encoding', 'chunked'] });
      const bytes = Buffer.concat([head, chunkedBytes(Buffer.from(smuggled), 1000)]);
      const answer = await sendRaw(stage.server.publicUrl, bytes, { method });
      assert.equal(answer.status, 400);
      assert.match(answer.body.toString(), /"code":"pass-through-refused"/);
      const next = await send({ method: 'GET', target: '/panel' });
      assert.equal(next.status, 200);
      assert.deepEqual(
        stage.botHost.ledger.slice(before).map(({ arrived }) => arrived.target),
        ['/panel'],
      );
    });
  }

  test('a path that leads to a route in another spelling is refused', async () => {
    const before = stage.botHost.ledger.length;
    for (const target of [
      '/a/../hook/1',
      '/%68ook/1',
      '//hook/1',
      '/a\\..\\hook',
      'http://evil.example/hook/1',
    ]) {
      const answer = await send({ method: 'GET', target });
      assert.equal(answer.status, 400, target);
    }
    assert.equal(stage.botHost.ledger.length, before);
  });

  test('a host behind that is away: 502, and nothing is kept', async () => {
    await stage.botHost.away();
    const answer = await send({ method: 'GET', target: '/panel' });
    await stage.botHost.back();
    assert.equal(answer.status, 502);
    assert.match(answer.body.toString(), /"code":"pass-through-failed"/);
  });
});

describe('WebSockets', () => {
  let stage: Stage;
  let echo: EchoHost;

  before(async () => {
    echo = await startEchoHost();
    stage = await openStage((url) => ({
      botHosts: { main: { url }, echo: { url: echo.url } },
      routes,
      passThrough: { botHost: 'echo' },
      access: { perAddress: null },
    }));
  });

  after(async () => {
    try {
      await stage.close();
    } finally {
      await echo.close();
    }
  });

  test('are passed through: text and bytes come back, and a close reaches both ends', async () => {
    const socket = new WebSocket(`${stage.server.publicUrl.replace('http', 'ws')}/chat?room=1`, {
      headers: { 'hookward-id': 'evil' },
    });
    socket.binaryType = 'arraybuffer';
    const got: unknown[] = [];
    let closed: number | null = null;
    socket.addEventListener('message', ({ data }: { readonly data: unknown }) => got.push(data));
    socket.addEventListener('close', ({ code }) => (closed = code));
    try {
      await waitFor('the WebSocket to open', () => socket.readyState === WebSocket.OPEN);
      socket.send('привет');
      socket.send(new Uint8Array([0, 255, 1]));
      await waitFor('both messages to come back', () => got.length === 2);
      assert.equal(got[0], 'привет');
      assert.deepEqual(new Uint8Array(got[1] as ArrayBuffer), new Uint8Array([0, 255, 1]));
      const [request] = echo.asked;
      assert.equal(request?.url, '/chat?room=1');
      assert.equal(headerValue(request.rawHeaders, 'hookward-id'), null);
      socket.close(1000);
      await waitFor('the close to come back', () => closed === 1000);
    } finally {
      socket.close();
    }
    assert.deepEqual((await stage.metrics()).above0('hookward_received_total'), {});
  });

  test('on a webhook’s route are no webhooks: refused', async () => {
    const before = echo.asked.length;
    const answer = await sendRequest(stage.server.publicUrl, {
      method: 'GET',
      target: '/hook/1',
      headers: [
        ...['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Version', '13'],
        ...['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
      ],
    });
    assert.ok(answer.status >= 400, String(answer.status));
    assert.equal(echo.asked.length, before);
  });
});

describe('without passThrough', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage((url) => ({ botHosts: { main: { url } }, routes, access: { perAddress: null } }));
  });

  after(() => stage.close());

  test('requests of no route get 404, upgrades too, and nothing reaches the bot host', async () => {
    const upgrade = ['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Version', '13'];
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const answer = await sendRequest(stage.server.publicUrl, { method, target: '/panel', body: 'x' });
      assert.equal(answer.status, 404, method);
      assert.match(answer.body.toString(), /"code":"no-route"/);
    }
    const asked = await sendRequest(stage.server.publicUrl, {
      method: 'GET',
      target: '/chat',
      headers: [...upgrade, 'Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    });
    assert.equal(asked.status, 404);
    assert.equal(stage.botHost.ledger.length, 0);
  });
});
