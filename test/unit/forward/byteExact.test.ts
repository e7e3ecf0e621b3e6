import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { requestNumber } from './support/botHost.ts';
import { requestOf, road } from './support/sending.ts';

/** Every byte value once, which is neither UTF-8 nor text. */
const allBytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value));

const targets = [
  '/v1/bots/7/new-webhook?&command=%2FonWebhook&a=%20+',
  '/a//b/../c/./d?x=//y&&=&z',
  '/%7euser/%2F%5c;p=1?q=a?b#',
  '/caf\u00e9?\u00ff=1',
  '/?',
  '/',
];

const bodies: Readonly<Record<string, Uint8Array>> = {
  'a 64-bit number and 1.0': Buffer.from('{"id":9007199254740993, "n":1.0,"n":1E400, "u":"\\u0041"}'),
  'a form': Buffer.from('a=1&b=%20+&a=2&=&c'),
  multipart: Buffer.from(
    '--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n\xff\xfe\r\n--x--\r\n',
    'latin1',
  ),
  'a gzip-coded body': gzipSync('{"a":1}'),
  'bytes that are not UTF-8': allBytes,
  'a byte order mark and CRLF': Buffer.from('\ufeff{\r\n}\r\n'),
  'a large body': Buffer.alloc(700_001, 0x61),
  'a view into a larger buffer': allBytes.subarray(10, 20),
};

describe('what the bot host receives', () => {
  for (const target of targets) {
    it(`has the raw target ${target}`, async (t) => {
      const { host, send } = await road(t);
      await send(requestOf({ target }));
      assert.equal((await requestNumber(host, 1)).requestLine, `POST ${target} HTTP/1.1`);
    });
  }

  for (const [what, body] of Object.entries(bodies)) {
    it(`has the body's bytes and their exact length: ${what}`, async (t) => {
      const { host, send } = await road(t);
      await send(
        requestOf({ body, headers: ['Host', 'h', 'Content-Length', '1', 'Content-Encoding', 'gzip'] }),
      );
      const { body: got, lines } = await requestNumber(host, 1);
      assert.deepEqual(got, Buffer.from(body));
      assert.deepEqual(
        lines.filter((line) => /^(content-length|transfer-encoding)/i.test(line)),
        [`content-length: ${String(body.byteLength)}`],
      );
      assert.equal(host.rest(), '');
    });
  }

  it('has every header in its order, case and repeats, with Latin-1 values and inner spaces', async (t) => {
    const { host, send } = await road(t);
    const headers = [
      'x-oDD-cAsE',
      'caf\u00e9 \u00ff',
      'X-Twice',
      'one',
      'Content-Type',
      'text/plain; charset="x y"',
      'x-twice',
      'two,  three',
      'X-Trailing',
      'spaces  ',
      'X-Empty',
      '',
      'X-Twice',
      'one',
      '__proto__',
      'x',
      'User-Agent',
      'a/1',
    ];
    await send(requestOf({ headers: ['Host', 'public.example', ...headers] }));
    const { lines } = await requestNumber(host, 1);
    const expected = headers.flatMap((name, at) =>
      at % 2 === 0 ? [`${name}: ${headers[at + 1] ?? ''}`] : [],
    );
    assert.deepEqual(lines.slice(2, 2 + expected.length), expected);
  });

  it('is the whole message that this test spells out', async (t) => {
    const { host, send } = await road(t, { path: '/base/' });
    await send(
      requestOf({
        target: '/hook?x',
        headers: [
          'HOST',
          'public.example',
          'connection',
          'x-hop, close',
          'X-Hop',
          '1',
          'Accept',
          '*/*',
          'Expect',
          '100-continue',
        ],
      }),
      { signed: ['hookward-id', 'ID', 'hookward-signature', 'v1,abc'] },
    );
    assert.equal(
      (await requestNumber(host, 1)).head,
      [
        'POST /base/hook?x HTTP/1.1',
        `host: 127.0.0.1:${String(host.port)}`,
        'connection: keep-alive',
        'Accept: */*',
        'Forwarded: for=203.0.113.7;host=public.example;proto=https',
        'X-Forwarded-For: 203.0.113.7',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: public.example',
        'hookward-id: ID',
        'hookward-signature: v1,abc',
        'content-length: 2',
      ].join('\r\n'),
    );
  });

  it("keeps the caller's Host where the bot host wants it kept", async (t) => {
    const { host, send } = await road(t, { target: { hostHeader: 'keep' } });
    await send(requestOf());
    assert.equal((await requestNumber(host, 1)).lines[0], 'host: public.example');
  });

  it('names the bot host where Host is to be kept and the caller sent none', async (t) => {
    const { host, send } = await road(t, { target: { hostHeader: 'keep' } });
    await send(requestOf({ headers: [] }));
    assert.equal((await requestNumber(host, 1)).lines[0], `host: 127.0.0.1:${String(host.port)}`);
  });

  it('says an empty POST with Content-Length 0 and an empty GET with none', async (t) => {
    const { host, send } = await road(t);
    const empty = new Uint8Array(0);
    await send(requestOf({ body: empty }));
    await send(requestOf({ method: 'GET', body: empty }));
    assert.ok((await requestNumber(host, 1)).lines.includes('content-length: 0'));
    const get = await requestNumber(host, 2);
    assert.ok(!/content-length|transfer-encoding/i.test(get.head));
    assert.ok(get.requestLine.startsWith('GET /hook '));
  });

  it('has the body of a GET that has one', async (t) => {
    const { host, send } = await road(t);
    await send(requestOf({ method: 'GET' }));
    const { body, head } = await requestNumber(host, 1);
    assert.equal(body.toString(), '{}');
    assert.match(head, /^GET .*\r\n(.*\r\n)*content-length: 2$/);
  });

  it('has no forged copy of our headers, and ours once', async (t) => {
    const { host, send } = await road(t);
    await send(
      requestOf({
        headers: [
          'Host',
          'h',
          'Hookward_Id',
          'evil',
          'HOOKWARD-ID',
          'evil',
          'Connection',
          'hookward-id',
          'Content_Length',
          '123456789',
        ],
      }),
      { signed: ['hookward-id', 'true'] },
    );
    const { head } = await requestNumber(host, 1);
    assert.ok(!head.includes('evil') && !head.includes('123456789'));
    assert.equal(head.match(/hookward/gi)?.length, 1);
    assert.ok(head.includes('hookward-id: true'));
  });

  it("has the client's address alone, whatever the caller says of it", async (t) => {
    const { host, send } = await road(t);
    await send(
      requestOf({
        ip: '2001:db8::7',
        headers: [
          'Host',
          'a.example:8443',
          'X-Forwarded-For',
          '6.6.6.6',
          'Forwarded',
          'for=6.6.6.6',
          'x_forwarded_for',
          '6.6.6.6',
        ],
      }),
    );
    const { head, lines } = await requestNumber(host, 1);
    assert.ok(!head.includes('6.6.6.6'));
    assert.ok(lines.includes('X-Forwarded-For: 2001:db8::7'));
    assert.ok(lines.includes('Forwarded: for="[2001:db8::7]";host="a.example:8443";proto=https'));
  });

  it('is told no host that could break out of the Forwarded header', async (t) => {
    const { host, send } = await road(t);
    await send(requestOf({ headers: ['Host', 'a";for=6.6.6.6;x="'] }));
    const { lines } = await requestNumber(host, 1);
    assert.ok(lines.includes('Forwarded: for=203.0.113.7;proto=https'));
    assert.ok(!lines.some((line) => line.startsWith('X-Forwarded-Host')));
  });

  it('never is a target that is no path: nothing is sent', async (t) => {
    const { host, send } = await road(t);
    const outcome = await send(requestOf({ target: 'http://evil.example/' }));
    assert.equal(outcome.kind, 'failed');
    assert.equal(host.requests.length, 0);
  });
});
