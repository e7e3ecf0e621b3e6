import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { manualClock } from '../../support/manualClock.ts';
import { waitFor } from '../../support/waitFor.ts';
import { closedPort, requestNumber, targetOf } from './support/botHost.ts';
import type { WireRequest } from './support/botHost.ts';
import { front } from './support/front.ts';

const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

const asked = (extra = '', target = '/chat?x') =>
  `GET ${target} HTTP/1.1\r\nHost: public.example\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n` +
  `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n${extra}\r\n`;

/** Agrees to the upgrade and then gives back what it gets. */
function echo({ socket }: WireRequest): undefined {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Hop: 1\r\n` +
      `Sec-WebSocket-Accept: ${accept}\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n`,
  );
  socket.removeAllListeners('data');
  socket.on('data', (chunk) => socket.write(chunk));
}

describe('a WebSocket that is passed through', () => {
  it('is asked for with the headers that make it one, ours of the addresses, and no forged ones', async (t) => {
    const { host, call } = await front(t, { answering: echo, path: '/base' });
    call(asked('hookward-id: evil\r\nX-Forwarded-For: 6.6.6.6\r\nExpect: 100-continue\r\n'));
    const { head, requestLine } = await requestNumber(host, 1);
    assert.equal(requestLine, 'GET /base/chat?x HTTP/1.1');
    assert.ok(!/evil|6\.6\.6\.6|expect/i.test(head));
    for (const line of [
      `Sec-WebSocket-Key: ${key}`,
      'upgrade: websocket',
      'connection: Upgrade',
      'X-Forwarded-For: 203.0.113.7',
    ])
      assert.ok(head.includes(line), line);
  });

  it('carries bytes both ways and is counted until it closes', async (t) => {
    const { call, seen, host } = await front(t, { answering: echo });
    const caller = call(asked());
    const head = await caller.receives('\r\n\r\n');
    assert.match(head, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
    assert.ok(head.includes(`Sec-WebSocket-Accept: ${accept}`));
    assert.ok(head.includes('Set-Cookie: a=1\r\nSet-Cookie: b=2'));
    caller.send('\xff\x00there');
    await caller.receives('\xff\x00there');
    assert.deepEqual(seen, ['opened']);
    caller.socket.end();
    await waitFor('both sides to be closed', () => caller.closed() && host.sockets.size === 0);
    assert.deepEqual(seen, ['opened', 'closed']);
  });

  it('carries what the caller sent along with its request', async (t) => {
    const { call } = await front(t, { answering: echo });
    const caller = call(`${asked()}early`);
    await caller.receives('early');
  });

  it('closes to the bot host where the caller vanishes', async (t) => {
    const { call, host } = await front(t, { answering: echo });
    const caller = call(asked());
    await caller.receives('101');
    caller.socket.resetAndDestroy();
    await waitFor('the connection to be closed', () => host.sockets.size === 0);
  });

  it('closes to the caller where the bot host vanishes', async (t) => {
    const { call, host } = await front(t, { answering: echo });
    const caller = call(asked());
    await caller.receives('101');
    for (const socket of host.sockets) socket.resetAndDestroy();
    await waitFor('the connection to be closed', () => caller.closed());
  });

  it('leaves no connection behind after callers have hung up before the answer', async (t) => {
    const { call, host } = await front(t, { answering: () => undefined, target: { concurrency: 100 } });
    const callers = Array.from({ length: 20 }, () => call(asked()));
    await requestNumber(host, 20);
    for (const caller of callers) caller.socket.destroy();
    await waitFor('all connections to be closed', () => host.sockets.size === 0);
  });

  it('that the bot host refuses gets its answer, chunks taken off, and is closed', async (t) => {
    const { call, seen } = await front(t, {
      answering:
        'HTTP/1.1 403 No Way\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\nX-Why: caf\xe9\r\n\r\n2\r\nno\r\n0\r\n\r\n',
    });
    const caller = call(asked());
    await waitFor('the connection to be closed', () => caller.closed());
    assert.equal(caller.got(), 'HTTP/1.1 403 No Way\r\nX-Why: caf\xe9\r\nConnection: close\r\n\r\nno');
    assert.deepEqual(seen, ['answered 403']);
  });

  it('gets a problem where nothing listens', async (t) => {
    const url = `http://127.0.0.1:${String(await closedPort())}`;
    const { call, seen } = await front(t, { botHost: () => targetOf(url) });
    const caller = call(asked());
    assert.match(await caller.receives('pass-through-failed'), /^HTTP\/1\.1 502 Bad Gateway\r\n/);
    await waitFor('the connection to be closed', () => caller.closed());
    assert.deepEqual(seen, ['failed connection-refused']);
  });

  it('gets a problem when the time is over', async (t) => {
    const clock = manualClock();
    const { call, host, seen } = await front(t, { clock, answering: () => undefined });
    const caller = call(asked());
    await requestNumber(host, 1);
    clock.advance(30_000);
    await caller.receives('pass-through-failed');
    assert.deepEqual(seen, ['failed timeout']);
  });

  it('may be silent for longer than a request', async (t) => {
    const clock = manualClock();
    const { call } = await front(t, { clock, answering: echo });
    const caller = call(asked());
    await caller.receives('101');
    clock.advance(10 * 60_000);
    caller.send('still there');
    await caller.receives('still there');
  });

  it('is closed on stop, and new ones are refused', async (t) => {
    const { call, host, passThrough, seen } = await front(t, { answering: echo });
    const caller = call(asked());
    await caller.receives('101');
    await passThrough.stop(10_000);
    await waitFor('both sides to be closed', () => caller.closed() && host.sockets.size === 0);
    assert.deepEqual(seen, ['opened', 'closed']);
    assert.match(
      await call(asked()).receives('shutting-down'),
      /^HTTP\/1\.1 503 [\s\S]*\r\nRetry-After: 5\r\n/,
    );
  });
});

describe('an upgrade that is refused', () => {
  const upgrades: Readonly<Record<string, string>> = {
    'to HTTP/2':
      'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
    'to one of two': asked().replace('Upgrade: WebSocket', 'Upgrade: websocket, h2c'),
    'asked for twice': asked('Upgrade: websocket\r\n'),
    'by POST': asked().replace('GET', 'POST'),
    'with a body': asked('Content-Length: 5\r\n') + 'hello',
    'with chunks': asked('Transfer-Encoding: chunked\r\n') + '0\r\n\r\n',
    'to a path with two readings': asked('', '/a/../b'),
    'for two hosts': asked('Host: other\r\n'),
  };
  for (const [what, bytes] of Object.entries(upgrades)) {
    it(`${what}: a problem, and nothing reaches the bot host`, async (t) => {
      const { call, host, seen } = await front(t);
      const caller = call(bytes);
      assert.match(await caller.receives('pass-through-refused'), /^HTTP\/1\.1 400 Bad Request\r\n/);
      await waitFor('the connection to be closed', () => caller.closed());
      assert.equal(host.accepted(), 0);
      assert.equal(seen.length, 1);
    });
  }

  it('ends even where the caller keeps its side open', async (t) => {
    const clock = manualClock();
    const { call } = await front(t, { clock });
    const caller = call(asked('', '/a//b'));
    caller.socket.allowHalfOpen = true;
    await caller.receives('pass-through-refused');
    clock.advance(5_000);
    await waitFor('the connection to be closed', () => caller.socket.readableEnded || caller.closed());
  });
});
