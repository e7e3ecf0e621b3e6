import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { manualClock } from '../../support/manualClock.ts';
import { waitFor } from '../../support/waitFor.ts';
import { closedPort, okAnswer, rawBotHost, requestNumber, targetOf } from './support/botHost.ts';
import { loopbackCertificate, otherCertificate, testCa } from './support/certificates.ts';
import { front } from './support/front.ts';

const unanswered = (): undefined => undefined;

describe('a request that is passed through', () => {
  it('is the whole message that this test spells out', async (t) => {
    const { host, call, seen } = await front(t, { path: '/base' });
    const caller = call(
      'POST /a/%20b?&x=//..%2F HTTP/1.1\r\nhOST: public.example\r\nX-oDD: caf\xe9\r\nX-Twice: 1\r\nContent-Type: a/b\r\n' +
        'x-twice: 2\r\nContent-Length: 3\r\n\r\n\xff\x00\xfe',
    );
    assert.match(await caller.receives('ok'), /^HTTP\/1\.1 200 OK\r\n/);
    const { head, body } = await requestNumber(host, 1);
    assert.deepEqual(body, Buffer.from([0xff, 0, 0xfe]));
    assert.equal(
      head,
      [
        'POST /base/a/%20b?&x=//..%2F HTTP/1.1',
        `host: 127.0.0.1:${String(host.port)}`,
        'X-oDD: caf\u00e9',
        'X-Twice: 1',
        'X-Twice: 2',
        'Content-Type: a/b',
        'content-length: 3',
        'Forwarded: for=203.0.113.7;host=public.example;proto=https',
        'X-Forwarded-For: 203.0.113.7',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: public.example',
        'Connection: keep-alive',
      ].join('\r\n'),
    );
    assert.deepEqual(seen, ['answered 200']);
  });

  for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    it(`keeps its method ${method} and the connections on both sides`, async (t) => {
      const { host, call } = await front(t, {
        answering: ({ requestLine }) =>
          requestLine.startsWith('HEAD') ? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n' : okAnswer,
      });
      const caller = call(`${method} /a HTTP/1.1\r\nHost: h\r\n\r\n`);
      await caller.receives('Content-Length: 2\r\n');
      caller.send(`${method} /b HTTP/1.1\r\nHost: h\r\n\r\n`);
      assert.equal((await requestNumber(host, 2)).requestLine, `${method} /b HTTP/1.1`);
      assert.equal(host.accepted(), 1);
      assert.equal(host.rest(), '');
    });
  }

  it('keeps a DELETE with a body of known length', async (t) => {
    const { host, call } = await front(t);
    call('DELETE /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi');
    assert.equal((await requestNumber(host, 1)).body.toString(), 'hi');
    assert.equal(host.rest(), '');
  });

  it('may be chunked: its bytes arrive, its trailers and extensions do not', async (t) => {
    const { host, call } = await front(t);
    const coded = gzipSync('{}');
    call(
      Buffer.concat([
        Buffer.from(
          'POST /a HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nTransfer-Encoding: Chunked\r\nTrailer: hookward-id\r\n\r\n',
        ),
        Buffer.from(`${coded.length.toString(16)};hookward-id=evil\r\n`),
        coded,
        Buffer.from('\r\n0\r\nhookward-id: evil\r\n\r\n'),
      ]),
    );
    const { body, head } = await requestNumber(host, 1);
    assert.deepEqual(body, coded);
    assert.ok(!/hookward|trailer/i.test(head));
    assert.equal(head.match(/transfer-encoding: chunked/gi)?.length, 1);
    assert.equal(host.rest(), '');
  });

  it('gets the answer with its header as it was, hop-by-hop ones gone', async (t) => {
    const { call } = await front(t, {
      answering:
        'HTTP/1.1 404 Nope\r\nsEt-cOOkie: a=1\r\nConnection: X-Hop\r\nX-Hop: 1\r\nX-Caf: \xe9\r\nSet-Cookie: b=2\r\n' +
        'Date: now\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\nX-Trailer: 1\r\n\r\n',
    });
    const got = await call('GET / HTTP/1.1\r\nHost: h\r\n\r\n').receives('0\r\n\r\n');
    assert.equal(
      got,
      'HTTP/1.1 404 Nope\r\nsEt-cOOkie: a=1\r\nX-Caf: \xe9\r\nSet-Cookie: b=2\r\nDate: now\r\nConnection: keep-alive\r\n' +
        'Keep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n',
    );
  });

  it('gets a long answer as it comes, at the pace of the caller', async (t) => {
    const size = 8 * 1024 * 1024;
    const { host, call } = await front(t, {
      answering: () =>
        Buffer.concat([
          Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${String(size)}\r\n\r\n`),
          Buffer.alloc(size, 'x'),
        ]),
    });
    const caller = call('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    caller.socket.pause();
    const { socket } = await requestNumber(host, 1);
    await waitFor('the bot host to be held back', () => socket.writableLength > 1024 * 1024);
    caller.socket.resume();
    await waitFor('the whole answer', () => caller.got().length > size);
  });

  it('may be of HTTP/1.0 without Host, and then the connection closes', async (t) => {
    const { host, call } = await front(t);
    const caller = call('GET /a HTTP/1.0\r\n\r\n');
    await caller.receives('ok');
    await waitFor('the connection to be closed', () => caller.closed());
    assert.ok((await requestNumber(host, 1)).head.includes(`host: 127.0.0.1:${String(host.port)}`));
  });

  it('keeps Host where the bot host wants it kept', async (t) => {
    const { host, call } = await front(t, { target: { hostHeader: 'keep' } });
    call('GET / HTTP/1.1\r\nHost: public.example\r\n\r\n');
    assert.ok((await requestNumber(host, 1)).head.includes('\r\nhost: public.example\r\n'));
  });

  it('waits for a free connection, no more of them than the bot host allows', async (t) => {
    const { host, call } = await front(t, { answering: unanswered, target: { concurrency: 1 } });
    call('GET /1 HTTP/1.1\r\nHost: h\r\n\r\n');
    const { socket } = await requestNumber(host, 1);
    const second = call('GET /2 HTTP/1.1\r\nHost: h\r\n\r\n');
    socket.write(okAnswer);
    await requestNumber(host, 2);
    socket.write(okAnswer);
    await second.receives('ok');
    assert.equal(host.accepted(), 1);
  });

  it('goes to the new bot host after a reload', async (t) => {
    const next = await rawBotHost();
    t.after(() => next.close());
    let target = targetOf(next.url);
    const { host, call } = await front(t, { botHost: () => target });
    await call('GET /1 HTTP/1.1\r\nHost: h\r\n\r\n').receives('ok');
    target = targetOf(host.url);
    await call('GET /2 HTTP/1.1\r\nHost: h\r\n\r\n').receives('ok');
    assert.deepEqual([next.requests.length, host.requests.length], [1, 1]);
  });

  it('is answered no-route where nothing is to be passed through any more', async (t) => {
    const { call } = await front(t, { botHost: () => null });
    assert.match(await call('GET / HTTP/1.1\r\nHost: h\r\n\r\n').receives('no-route'), /^HTTP\/1\.1 404 /);
  });
});

describe('a passed-through request that fails', () => {
  it('is answered 502, and the process lives, where nothing listens', async (t) => {
    const url = `http://127.0.0.1:${String(await closedPort())}`;
    const { call, seen } = await front(t, { botHost: () => targetOf(url) });
    const got = await call('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi').receives(
      'pass-through-failed',
    );
    assert.match(got, /^HTTP\/1\.1 502 /);
    assert.match(got, /Content-Type: application\/problem\+json/);
    assert.deepEqual(seen, ['failed connection-refused']);
  });

  for (const [what, answer] of Object.entries({
    'no HTTP': 'SSH-2.0\r\n\r\n',
    'an upgrade that nobody asked for': 'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
  })) {
    it(`is answered 502 where the bot host answers with ${what}`, async (t) => {
      const { call, seen } = await front(t, { answering: answer });
      assert.match(
        await call('GET / HTTP/1.1\r\nHost: h\r\n\r\n').receives('pass-through-failed'),
        /^HTTP\/1\.1 502 /,
      );
      assert.deepEqual(seen, ['failed malformed-answer']);
    });
  }

  it('is answered 502 where the bot host closes without a word', async (t) => {
    const { call, seen } = await front(t, { answering: ({ socket }) => void socket.destroy() });
    await call('GET / HTTP/1.1\r\nHost: h\r\n\r\n').receives('pass-through-failed');
    assert.deepEqual(seen, ['failed connection-lost']);
  });

  it('is answered 502 when the time is over, and its connection to the bot host is closed', async (t) => {
    const clock = manualClock();
    const { host, call, seen } = await front(t, { clock, answering: unanswered });
    const caller = call('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    const { socket } = await requestNumber(host, 1);
    clock.advance(29_999);
    assert.equal(caller.got(), '');
    clock.advance(1);
    await caller.receives('pass-through-failed');
    await waitFor('the connection to be closed', () => socket.destroyed);
    assert.deepEqual(seen, ['failed timeout']);
  });

  it('is answered 502 when silence lasts too long', async (t) => {
    const { call, seen } = await front(t, { answering: unanswered, target: { attemptTimeout: 50 } });
    await call('GET / HTTP/1.1\r\nHost: h\r\n\r\n').receives('pass-through-failed');
    assert.deepEqual(seen, ['failed timeout']);
  });

  it('is broken off, so that the caller can tell, where the answer breaks off', async (t) => {
    const { host, call } = await front(t, { answering: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc' });
    const caller = call('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await caller.receives('abc');
    host.requests[0]?.socket.destroy();
    await waitFor('the connection to be closed', () => caller.closed());
  });

  it('is broken off where the answer falls silent', async (t) => {
    const { call } = await front(t, {
      answering: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc',
      target: { attemptTimeout: 50 },
    });
    const caller = call('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await caller.receives('abc');
    await waitFor('the connection to be closed', () => caller.closed());
  });

  it('leaves the caller usable where the bot host answers before the body has come', async (t) => {
    const { host, call } = await front(t, {
      answering: okAnswer,
    });
    // The head alone makes the raw bot host wait for the body, so this answer is written by hand.
    const caller = call('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab');
    await waitFor('the request', () => host.rest().endsWith('ab'));
    for (const socket of host.sockets) socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n');
    await caller.receives('413 Too Large');
    caller.send('cdGET /next HTTP/1.1\r\nHost: h\r\n\r\n');
    await caller.receives('ok');
    assert.equal((await requestNumber(host, 1)).requestLine, 'GET /next HTTP/1.1');
  });

  it('leaves no connection to the bot host behind after 100 callers have hung up (http-proxy #1586)', async (t) => {
    const { host, call } = await front(t, { answering: unanswered, target: { concurrency: 200 } });
    const callers = Array.from({ length: 100 }, (_, number) =>
      call(
        number % 2 === 0
          ? 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'
          : 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi',
      ),
    );
    await requestNumber(host, 100);
    assert.equal(host.sockets.size, 100);
    for (const caller of callers) caller.socket.destroy();
    await waitFor('all connections to be closed', () => host.sockets.size === 0);
  });

  it('is not sent at all where the caller hangs up while it waits for a connection', async (t) => {
    const { host, call } = await front(t, { answering: unanswered, target: { concurrency: 1 } });
    const first = call('GET /1 HTTP/1.1\r\nHost: h\r\n\r\n');
    const { socket } = await requestNumber(host, 1);
    const second = call('GET /2 HTTP/1.1\r\nHost: h\r\n\r\n');
    const third = call('GET /3 HTTP/1.1\r\nHost: h\r\n\r\n');
    second.socket.destroy();
    await waitFor('the caller to be gone', () => second.closed());
    socket.write(okAnswer);
    await first.receives('ok');
    await requestNumber(host, 2);
    host.requests[1]?.socket.write(okAnswer);
    await third.receives('ok');
    assert.ok(!host.requests.some(({ requestLine }) => requestLine.includes('/2')));
  });

  it('ends the connection to the bot host where the caller hangs up amid its body', async (t) => {
    const { host, call } = await front(t);
    const caller = call('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf');
    await waitFor('the first bytes', () => host.rest().includes('half'));
    caller.socket.destroy();
    await waitFor('all connections to be closed', () => host.sockets.size === 0);
    assert.equal(host.requests.length, 0);
  });

  it('ends the connection to the bot host where the caller hangs up amid the answer', async (t) => {
    const { host, call } = await front(t, { answering: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc' });
    const caller = call('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await caller.receives('abc');
    caller.socket.destroy();
    await waitFor('all connections to be closed', () => host.sockets.size === 0);
  });
});

describe('a caller that went while the gate was being asked', () => {
  it('costs nothing: the bot host is not called, and stop does not wait', async (t) => {
    let asked = 0;
    const { host, call, passThrough } = await front(t, {
      async gate(socket) {
        socket.destroy();
        await new Promise((resolve) => socket.once('close', resolve));
        asked += 1;
      },
    });
    call('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    call('GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n');
    await waitFor('both to have been asked about', () => asked === 2);
    let isStopped = false;
    void passThrough.stop(60_000).then(() => (isStopped = true));
    await waitFor('the stop', () => isStopped);
    assert.equal(host.accepted(), 0);
  });
});

describe('pass-through over TLS', () => {
  it('reaches a bot host whose certificate is good', async (t) => {
    const { call } = await front(t, { tls: loopbackCertificate, ca: testCa });
    await call('GET / HTTP/1.1\r\nHost: h\r\n\r\n').receives('ok');
  });

  it('refuses a bot host whose certificate names another, even the host that the caller names', async (t) => {
    const { call, host, seen } = await front(t, {
      tls: otherCertificate,
      ca: testCa,
      target: { hostHeader: 'keep' },
      botHost: (raw) => targetOf(`https://localhost:${String(raw.port)}`, { hostHeader: 'keep' }),
    });
    await call('GET / HTTP/1.1\r\nHost: other.example\r\n\r\n').receives('pass-through-failed');
    assert.equal(host.requests.length, 0);
    assert.deepEqual(seen, ['failed tls']);
  });
});

describe('a pass-through that is stopped', () => {
  it('refuses new requests, and waits for those under way', async (t) => {
    const { host, call, passThrough } = await front(t, { answering: unanswered });
    const caller = call('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    const { socket } = await requestNumber(host, 1);
    const stopped = passThrough.stop(10_000);
    const refused = await call('GET / HTTP/1.1\r\nHost: h\r\n\r\n').receives('shutting-down');
    assert.match(refused, /^HTTP\/1\.1 503 [\s\S]*\r\nRetry-After: 5\r\n/);
    socket.write(okAnswer);
    await caller.receives('ok');
    await stopped;
    await waitFor('all connections to be closed', () => host.sockets.size === 0);
  });

  it('breaks off what outlasts the deadline', async (t) => {
    const { host, call, passThrough } = await front(t, { answering: unanswered });
    const caller = call('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await requestNumber(host, 1);
    await passThrough.stop(20);
    await waitFor('both sides to be closed', () => caller.closed() && host.sockets.size === 0);
  });
});
