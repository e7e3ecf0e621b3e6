// Promise 3 through the whole server: what a sender puts on the wire is what the bot host reads off it, at the first
// attempt, at a retry, at a replay, and what support is shown.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { RecordView } from '../../src/admin/index.ts';
import { answersOk, type Arrived } from '../support/botHost.ts';
import { seededRandom } from '../support/seededRandom.ts';
import {
  answerHeader,
  chunkedBytes,
  openConnection,
  requestBytes,
  sendRaw,
  sendRequest,
  type RawAnswer,
  type RequestParams,
} from '../support/sender.ts';
import { someWebhook } from '../support/senderLoad.ts';
import { arrivalsOf, arrivedTimes, optionsOf, sendersHeaders, soleHeader } from './support/arrivals.ts';
import { openStage, type Stage } from './support/stage.ts';

const target = '/hook/x?&command=%2FonWebhook&a=%20+';
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

/** Every byte that a header's value may hold beside the visible ASCII ones, a tab among them. */
const latin1Value = `caf\xe9\t${Array.from({ length: 128 }, (_, at) => String.fromCharCode(128 + at)).join('')}`;

const json =
  '\ufeff {"big":9007199254740993,"one":1.0,"huge":1e400,"a":1,"a":2,"__proto__":{"x":1},"s":"\\u0041\\/\\ud800"}\r\n';

const multipart = Buffer.concat([
  latin1('--b0\r\nContent-Disposition: form-data; name="f"; filename="\xe9.bin"\r\n\r\n'),
  everyByte,
  latin1('\r\n--b0--\r\nepilogue'),
]);

const cases: Readonly<Record<string, RequestParams>> = {
  'a target that no parser would write so': { target, body: 'x' },
  'a query with raw percent signs, quotes, backslashes and empty pairs': {
    target: `/hook/a;v=1/%C3%A9?%zz&&==&a[]=1&a[]=2&q='"{}|^\`<>\\?/..//&`,
    body: 'x',
  },
  'a path that ends with a slash and an empty query': { target: '/hook/?', body: 'x' },
  'headers repeated, oddly cased and in their order': {
    target,
    headers: ['x-oDD', '1', 'ACCEPT', '*/*', 'X-Odd', '2', 'b', '', 'A', 'a, b', 'X-ODD', '3', 'x-odd', '1'],
    body: 'x',
  },
  'headers that servers like to touch': {
    target,
    headers: [
      ...['Authorization', 'Basic YTpi', 'Cookie', 'a=1', 'Cookie', 'b=2', 'Range', 'bytes=0-1'],
      ...[
        'Accept-Encoding',
        'br;q=0',
        'Date',
        'yesterday',
        'Via',
        '1.0 x',
        '__proto__',
        'y',
        'X-Real-IP',
        '1',
      ],
    ],
    body: 'x',
  },
  'header values in Latin-1': { target, headers: ['X-Name', latin1Value, 'X-Other', '\xff'], body: 'x' },
  'JSON with 64-bit and 1.0 numbers': { target, headers: ['Content-Type', 'application/json'], body: json },
  'a form': {
    target,
    headers: ['content-type', 'application/x-www-form-urlencoded'],
    body: 'a=%20+&b&&=&a=%E4%zz&c=1.0',
  },
  'a multipart form': {
    target,
    headers: ['Content-Type', 'multipart/form-data; boundary=b0'],
    body: multipart,
  },
  'a gzip-encoded body': {
    target,
    headers: ['Content-Type', 'application/json', 'Content-Encoding', 'gzip'],
    body: gzipSync(json),
  },
  'bytes that are not UTF-8': { target, headers: ['Content-Type', 'text/plain'], body: everyByte },
  'a body that looks like another request': { target, body: 'POST /evil HTTP/1.1\r\nHost: evil\r\n\r\n' },
  'an empty body': { target, body: '' },
  'no body and no length': { target },
  'a GET with a query': { method: 'GET', target, headers: ['X-One', '1'] },
  'a GET with a body': { method: 'GET', target, body: 'seldom, but allowed' },
  'the largest body': { target, body: seededRandom(7).bytes(1024 * 1024) },
};

describe('on its way through the server', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage((url) => ({
      botHosts: { main: { url } },
      routes: [{ name: 'hook', path: '/hook/*', retry: { firstDelay: '50ms', maxDelay: '50ms' } }],
      access: { perAddress: null },
    }));
  });

  after(() => stage.close());

  beforeEach(() => stage.botHost.behave(answersOk));

  /** The one arrival of the webhook that was answered so. */
  function arrivalFor(answer: RawAnswer): Arrived {
    assert.equal(answer.status, 200, answer.body.toString());
    const arrivals = arrivalsOf(stage.botHost, answerHeader(answer, 'hookward-id') ?? '');
    assert.equal(arrivals.length, 1);
    return arrivals[0] as Arrived;
  }

  /** That an arrival is what was sent. */
  function assertSame(
    arrived: Arrived,
    { method = 'POST', target: sent, headers = [], body }: RequestParams,
  ) {
    assert.equal(arrived.method, method);
    assert.equal(arrived.target, sent);
    assert.deepEqual(sendersHeaders(arrived), headers);
    assert.ok(arrived.body.equals(Buffer.from(body ?? '')), 'the body is another');
  }

  describe('the bot host receives exactly', () => {
    for (const [what, request] of Object.entries(cases)) {
      test(what, async () =>
        assertSame(arrivalFor(await sendRequest(stage.server.publicUrl, request)), request),
      );
    }

    test('any of two hundred webhooks sent one behind the other over one connection', async () => {
      const random = seededRandom(20_261_124);
      const connection = await openConnection(stage.server.publicUrl);
      try {
        for (let number = 0; number < 200; number += 1) {
          const request = someWebhook('/hook/load', number, random);
          await connection.write(requestBytes(request));
          assertSame(arrivalFor(await connection.answer(request.method)), request);
        }
      } finally {
        connection.destroy();
      }
    });

    test('a body that comes byte by byte, its header cut in two', async () => {
      const request = { target, headers: ['X-Slow', 'yes'], body: 'slow and whole' };
      const bytes = requestBytes(request);
      const connection = await openConnection(stage.server.publicUrl);
      try {
        await connection.write(bytes.subarray(0, 30));
        for (let at = 30; at < bytes.length; at += 1) await connection.write(bytes.subarray(at, at + 1));
        assertSame(arrivalFor(await connection.answer()), request);
      } finally {
        connection.destroy();
      }
    });
  });

  describe('a body in chunks', () => {
    const sizes = [0, 1, 2, 255, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 300_000, 1_048_576];

    for (const size of sizes) {
      test(`of ${String(size)} bytes arrives whole, with a length instead of the coding`, async () => {
        const body = seededRandom(size).bytes(size);
        for (const chunkBytes of [Math.max(1, Math.ceil(size / 1000)), 4096, 70_000]) {
          const head = requestBytes({ target, headers: ['Transfer-Encoding', 'chunked', 'X-End', '1'] });
          const answer = await sendRaw(
            stage.server.publicUrl,
            Buffer.concat([head, chunkedBytes(body, chunkBytes)]),
          );
          const arrived = arrivalFor(answer);
          assertSame(arrived, { target, headers: ['X-End', '1'], body });
          assert.equal(soleHeader(arrived, 'content-length'), String(size));
        }
      });
    }

    test('with extensions and trailers: the bytes between arrive, the trailers do not', async () => {
      const head = requestBytes({
        target,
        headers: ['Transfer-Encoding', 'chunked', 'Trailer', 'hookward-id, X-Trailer'],
      });
      const chunks = '3;a=b;c="d"\r\nabc\r\n02\r\nde\r\n0\r\nhookward-id: evil\r\nX-Trailer: 1\r\n\r\n';
      const answer = await sendRaw(stage.server.publicUrl, Buffer.concat([head, latin1(chunks)]));
      assertSame(arrivalFor(answer), { target, body: 'abcde' });
    });
  });

  test('a caller that expects 100-continue is told to go on, and its body arrives without the Expect', async () => {
    const request = {
      target,
      headers: ['eXpect', '100-Continue', 'Content-Length', '6', 'hookward-options', 'evil'],
      body: 'waited',
    };
    const bytes = requestBytes(request);
    const connection = await openConnection(stage.server.publicUrl);
    try {
      const told = new Promise<string>((resolve) =>
        connection.socket.once('data', (chunk: Buffer) => resolve(chunk.toString('latin1'))),
      );
      await connection.write(bytes.subarray(0, bytes.length - 6));
      assert.equal(await told, 'HTTP/1.1 100 Continue\r\n\r\n');
      await connection.write(bytes.subarray(bytes.length - 6));
      const answer = await connection.answer();
      assert.deepEqual(answer.interim, [100]);
      assertSame(arrivalFor(answer), { target, headers: [], body: 'waited' });
    } finally {
      connection.destroy();
    }
  });

  test('forged headers of ours, and of addresses, are gone in every spelling', async () => {
    const forged = [
      ...['hookward-id', 'hookward-timestamp', 'hookward-options', 'hookward-signature', 'hookward-anything'],
      ...['Hookward-Id', 'HOOKWARD-OPTIONS', 'hOOkwArd-Signature', 'hookward_options', 'Hookward_Id'],
      ...['HOOKWARD_SIGNATURE', 'hookward-', 'hookward.id', 'hookward~options', 'hookward-options'],
      ...[
        'Forwarded',
        'forwarded',
        'X-Forwarded-For',
        'x_forwarded_for',
        'X-FORWARDED-PROTO',
        'x-forwarded-host',
      ],
    ];
    const answer = await sendRequest(stage.server.publicUrl, {
      target,
      headers: [
        ...forged.flatMap((name) => [name, '203.0.113.66']),
        ...['X-Hookward-Id', 'stays', 'hookwards', 'stays', 'hookward', 'stays'],
      ],
      body: 'x',
    });
    const arrived = arrivalFor(answer);
    assertSame(arrived, {
      target,
      headers: ['X-Hookward-Id', 'stays', 'hookwards', 'stays', 'hookward', 'stays'],
      body: 'x',
    });
    assert.ok(!arrived.headers.some((text) => text.includes('203.0.113.66')));
    assert.equal(optionsOf(arrived).ip, '127.0.0.1');
    assert.equal(soleHeader(arrived, 'x-forwarded-for'), '127.0.0.1');
  });

  test('hop-by-hop headers end here, those that Connection names too', async () => {
    const hops = [
      ...[
        'Connection',
        'close, X-Hop',
        'X-Hop',
        '1',
        'x_hop',
        '1',
        'Keep-Alive',
        'timeout=5',
        'TE',
        'trailers',
      ],
      ...[
        'Proxy-Connection',
        'keep-alive',
        'Proxy-Authorization',
        'Basic x',
        'Upgrade',
        'h2c',
        'Trailer',
        'X',
      ],
      ...[
        'HTTP2-Settings',
        'AAMAAABkAAQAAP__',
        'connection',
        'hookward-id, hookward-options, host, content-type',
      ],
    ];
    const answer = await sendRequest(stage.server.publicUrl, {
      target,
      headers: [...hops, 'Content-Type', 'text/plain', 'X-Stays', '1'],
      body: 'x',
    });
    assertSame(arrivalFor(answer), {
      target,
      headers: ['Content-Type', 'text/plain', 'X-Stays', '1'],
      body: 'x',
    });
  });

  test('the same bytes come again at a retry and at a replay, and support is shown them', async () => {
    let tries = 0;
    stage.botHost.behave(() => (++tries === 1 ? { status: 503 } : { status: 200, body: 'ok' }));
    const request: RequestParams = {
      target,
      headers: [
        'x-oDD',
        '1',
        'X-Odd',
        '2',
        'X-Name',
        latin1Value,
        'hookward-id',
        'forged',
        'Connection',
        'x-hop',
      ],
      body: everyByte,
    };
    const answer = await sendRequest(stage.server.publicUrl, request);
    assert.equal(answer.status, 200);
    const id = answerHeader(answer, 'hookward-id') ?? '';
    await stage.settled(id, 'delivered');
    await stage.cli('replay', id, '--yes', '--reason', 'bytes');
    const arrivals = await arrivedTimes(stage.botHost, id, 3);
    for (const arrived of arrivals)
      assertSame(arrived, { ...request, headers: request.headers?.slice(0, 6) ?? [] });
    assert.deepEqual(
      arrivals.map((arrived) => [optionsOf(arrived).attempt, optionsOf(arrived).replay]),
      [
        [1, 0],
        [2, 0],
        [3, 1],
      ],
    );

    await stage.settled(id, 'delivered');
    const shown = JSON.parse(await stage.cli('show', id, '--json')) as RecordView;
    assert.equal(shown.request.method, 'POST');
    assert.equal(shown.request.target, target);
    assert.deepEqual(shown.request.headers.flat(), [
      'Host',
      'hooks.test',
      'Content-Length',
      '256',
      ...(request.headers ?? []),
    ]);
    assert.ok(Buffer.from(shown.request.body ?? '', 'base64').equals(everyByte));
    const download = await fetch(`${stage.server.adminUrl}/api/webhooks/${id}/body`);
    assert.ok(Buffer.from(await download.arrayBuffer()).equals(everyByte));
  });
});
