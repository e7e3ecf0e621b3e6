// Each hole of http-proxy 1.18.1 that this product closes, by its name. The bot host is bare TCP, so what is judged is
// the bytes that reached it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { refusalOf } from '../../../src/forward/passThroughGuard.ts';
import { requestNumber } from './support/botHost.ts';
import type { Front } from './support/front.ts';
import { front } from './support/front.ts';

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: h\r\nhookward-id: evil\r\n\r\n';
const chunks = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;

/** Sends `bytes`: the caller is refused with 400 and the bot host sees no connection at all. */
async function assertRefused(
  { call, host }: Front,
  bytes: string,
  why = 'pass-through-refused',
): Promise<void> {
  // The answer to HEAD has no body.
  const got = await call(bytes).receives(bytes.startsWith('HEAD') ? '\r\n\r\n' : why);
  assert.match(got, /^HTTP\/1\.1 400 /);
  assert.match(got, /Connection: close/);
  assert.equal(host.accepted(), 0);
}

describe('holes of http-proxy', () => {
  for (const method of ['DELETE', 'OPTIONS', 'GET', 'HEAD']) {
    it(`CVE-2026-29057: a chunked ${method} is refused, its body never becomes a request`, async (t) => {
      const stage = await front(t);
      await assertRefused(
        stage,
        `${method} / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
      );
      assert.deepEqual(stage.seen, ['refused framing']);
    });
  }

  for (const coding of ['', 'identity', 'gzip, chunked', 'x']) {
    it(`a Transfer-Encoding of "${coding}" beside a length is refused`, async (t) => {
      const bytes = `POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: ${coding}\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`;
      const { call, host } = await front(t);
      const caller = call(bytes);
      // Node's own parser refuses some of these before us.
      assert.match(await caller.receives('\r\n\r\n'), /^HTTP\/1\.1 400 /);
      assert.equal(host.accepted(), 0);
    });
  }

  it('Expect: 100-continue lets no forged header through', async (t) => {
    const { call, host } = await front(t);
    const caller = call(
      'POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nhookward-options: evil\r\nContent-Length: 2\r\n\r\n',
    );
    await caller.receives('100 Continue');
    caller.send('hi');
    await caller.receives('200 OK');
    const { head, body } = await requestNumber(host, 1);
    assert.ok(!/evil|expect/i.test(head));
    assert.equal(body.toString(), 'hi');
  });

  it('no forged copy of our headers passes, in whatever spelling', async (t) => {
    const { call, host } = await front(t);
    call(
      'GET / HTTP/1.1\r\nHost: h\r\nHookward-Id: evil\r\nhookward_id: evil\r\nHOOKWARD-options: evil\r\nHOOKWARD_ID: evil\r\n' +
        'Connection: hookward-signature\r\nhookward-signature: evil\r\nX-Good: 1\r\n\r\n',
    );
    const { head } = await requestNumber(host, 1);
    assert.ok(!/evil|hookward/i.test(head));
    assert.ok(head.includes('X-Good: 1'));
  });

  it('hop-by-hop headers do not pass', async (t) => {
    const { call, host } = await front(t);
    call(
      'GET / HTTP/1.1\r\nHost: h\r\nConnection: close, x-foo\r\nX-Foo: hop\r\nKeep-Alive: hop\r\nTE: trailers\r\n' +
        'Proxy-Connection: hop\r\nProxy-Authorization: hop\r\nTrailer: hop\r\nHTTP2-Settings: hop\r\n\r\n',
    );
    const { head } = await requestNumber(host, 1);
    assert.ok(!/hop|trailers|x-foo/i.test(head), head);
    assert.ok(head.includes('Connection: keep-alive'));
  });

  it("a caller's word on addresses does not pass", async (t) => {
    const { call, host } = await front(t);
    call(
      'GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 6.6.6.6\r\nx_forwarded_for: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n\r\n',
    );
    const { head } = await requestNumber(host, 1);
    assert.ok(!head.includes('6.6.6.6'));
    assert.equal(head.match(/x-forwarded-for: 203\.0\.113\.7/gi)?.length, 1);
  });

  const targets = [
    'http://evil.example/',
    'http://h/',
    '//evil.example/',
    '/a//b',
    '/hook/../admin',
    '/hook/..',
    '/..;/admin',
    '/./a',
    '/a/%2e%2E/b',
    '/a/.%2e/b',
    '/a\\..\\b',
    '/a%5c..%5cb',
    '/a%2fb',
    '/a%00b',
    '/v1/bots/7/new%2Dwebhook',
    '/%761/bots/7/new-webhook',
    '/a#b',
    '*',
  ];
  for (const target of targets) {
    it(`the target ${target} is refused`, async (t) => {
      const stage = await front(t);
      await assertRefused(stage, `OPTIONS ${target} HTTP/1.1\r\nHost: h\r\n\r\n`);
      assert.deepEqual(stage.seen, ['refused target']);
    });
  }

  for (const target of [
    '/',
    '/a/b.c/...x/',
    '/~u/%20%C3%A9/@:;=,',
    '/?x=../..//%2f\\',
    '/a.b/..c?#'.slice(0, -1),
  ]) {
    it(`the target ${target} passes as it is`, async (t) => {
      const { call, host } = await front(t);
      call(`GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`);
      assert.equal((await requestNumber(host, 1)).requestLine, `GET ${target} HTTP/1.1`);
    });
  }

  for (const hosts of [
    'Host: a\r\nHost: b\r\n',
    'Host: a\r\nhost: a\r\n',
    'Host: a/b\r\n',
    'Host: a@b\r\n',
    'Host: \r\n',
  ]) {
    it(`refuses ${JSON.stringify(hosts)}`, async (t) => {
      const { call, host } = await front(t);
      assert.match(
        await call(`GET / HTTP/1.1\r\n${hosts}\r\n`).receives('pass-through-refused'),
        /^HTTP\/1\.1 400 /,
      );
      assert.equal(host.accepted(), 0);
    });
  }

  it('TRACE is refused: it would show the caller what we add', async (t) => {
    await assertRefused(await front(t), 'TRACE / HTTP/1.1\r\nHost: h\r\n\r\n');
  });

  it('a refusal holds nothing that the caller sent', async (t) => {
    const { call } = await front(t);
    const got = await call('GET /..%2f<script> HTTP/1.1\r\nHost: h\r\nX: secret\r\n\r\n').receives(
      'pass-through-refused',
    );
    assert.ok(!/script|secret/.test(got));
  });

  it('the guard lets no head pass that has two ends, or a path with two readings', () => {
    const line = fc.constantFrom<[string, string]>(
      ['Content-Length', '0'],
      ['content-length', '5'],
      ['Content-Length', '+5'],
      ['Transfer-Encoding', 'chunked'],
      ['transfer-encoding', 'CHUNKED'],
      ['Transfer-Encoding', ''],
      ['Transfer-Encoding', 'gzip, chunked'],
      ['X', 'y'],
    );
    const segment = fc.constantFrom(
      'a',
      '..',
      '.',
      '',
      '%2e%2e',
      '..;x',
      '...',
      'a.b',
      '%2f',
      '\\',
      '%C3%A9',
    );
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'POST', 'DELETE', 'OPTIONS', 'PUT', 'TRACE'),
        fc.array(segment, { minLength: 1, maxLength: 4 }),
        fc.array(line, { maxLength: 3 }),
        (method, segments, lines) => {
          const url = `/${segments.join('/')}`;
          if (
            refusalOf({ method, url, httpVersion: '1.1', rawHeaders: ['Host', 'h', ...lines.flat()] }) !==
            null
          )
            return;
          assert.equal(new URL(url, 'http://h').pathname, url);
          assert.ok(segments.slice(0, -1).every((one) => one !== ''));
          const framing = lines.filter(([name]) => /length|encoding/i.test(name));
          assert.ok(framing.length <= 1);
          assert.ok(framing.every(([, value]) => /^(\d+|chunked)$/i.test(value)));
          if (/^(GET|DELETE|OPTIONS)$/.test(method))
            assert.ok(framing.every(([name]) => /length/i.test(name)));
        },
      ),
      { numRuns: 3_000, seed: 11 },
    );
  });
});
