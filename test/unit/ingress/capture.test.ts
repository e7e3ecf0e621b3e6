import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { answerOk, route, settings, startIngress } from './harness.ts';
import { request } from './rawClient.ts';

/** Sends one request and gives the webhook that was captured from it. */
async function captured(t: TestContext, bytes: string | Buffer, rules = settings()) {
  const harness = await startIngress(t, { settings: rules });
  const client = await harness.open();
  const { status } = await client.write(bytes).answer();
  assert.equal(status, 200);
  const [webhook] = harness.appended;
  assert.ok(webhook);
  return { webhook, harness };
}

describe('capture: what the log gets is what the sender sent', () => {
  test('path and query are kept byte for byte, empty pairs and raw percent signs included', async (t) => {
    const target = '/hook?&command=%2FonWebhook&a=%20+&&b=%&"x|y"={1}\\&c';
    const { webhook } = await captured(t, request(`GET ${target}`));
    assert.equal(webhook.request.target, target);
  });

  test('header lines keep order, case, repeats and Latin-1 bytes', async (t) => {
    const { webhook } = await captured(
      t,
      'POST /hook HTTP/1.1\r\nhOsT: h.example\r\nX-Twice: 1\r\nx-twice:  2 \r\nX-Bytes: caf\xe9\r\n__proto__: evil\r\nX-Empty:\r\nContent-Length: 0\r\n\r\n',
    );
    assert.deepEqual(webhook.request.headers, [
      ...['hOsT', 'h.example', 'X-Twice', '1', 'x-twice', '2', 'X-Bytes', 'caf\xe9'],
      ...['__proto__', 'evil', 'X-Empty', '', 'Content-Length', '0'],
    ]);
  });

  test('a body of every byte value arrives as it is', async (t) => {
    const body = Buffer.from(Array.from({ length: 512 }, (_, at) => at % 256));
    const { webhook } = await captured(t, request('POST /hook', body));
    assert.deepEqual(Buffer.from(webhook.request.body), body);
  });

  test('numbers that JSON.parse would change stay as they were written', async (t) => {
    const body = '{"id":9007199254740993,"amount":1.0,"e":1E+2,"id":1}';
    const { webhook } = await captured(t, request('POST /hook\nContent-Type: application/json', body));
    assert.equal(Buffer.from(webhook.request.body).toString(), body);
  });

  test('a chunked body is joined, its transfer coding gone and its content coding untouched', async (t) => {
    const { webhook } = await captured(
      t,
      request('POST /hook\nTransfer-Encoding: chunked\nContent-Encoding: gzip').toString('latin1') +
        '3;ext=1\r\n\x1f\x8b\x08\r\n2\r\n\x00\xff\r\n0\r\nX-Trailer: t\r\n\r\n',
    );
    assert.deepEqual(Buffer.from(webhook.request.body), Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0xff]));
  });

  test('a body that comes in many pieces is one', async (t) => {
    const harness = await startIngress(t);
    const client = await harness.open();
    const body = Buffer.alloc(300_000, 'abcdefg');
    const bytes = request('POST /hook', body);
    for (let at = 0; at < bytes.length; at += 7_000) client.write(bytes.subarray(at, at + 7_000));
    assert.equal((await client.answer()).status, 200);
    assert.deepEqual(Buffer.from(harness.appended[0]!.request.body), body);
  });

  test('a body of single bytes, each a chunk of its own, is joined in order', async (t) => {
    const bytes = Array.from({ length: 3_000 }, (_, at) => String.fromCharCode(97 + (at % 26)));
    const chunks = `${bytes.map((byte) => `1\r\n${byte}\r\n`).join('')}0\r\n\r\n`;
    const { webhook } = await captured(
      t,
      request('POST /hook\nTransfer-Encoding: chunked').toString() + chunks,
    );
    assert.equal(Buffer.from(webhook.request.body).toString(), bytes.join(''));
  });

  test('a GET with a body is captured with it', async (t) => {
    const { webhook } = await captured(t, request('GET /hook', 'a=1'));
    assert.equal(webhook.request.method, 'GET');
    assert.equal(Buffer.from(webhook.request.body).toString(), 'a=1');
  });

  test('a request without a body has an empty one', async (t) => {
    const { webhook } = await captured(t, request('POST /hook'));
    assert.equal(webhook.request.body.length, 0);
  });

  test('an HTTP/1.0 request needs no Host', async (t) => {
    const { webhook } = await captured(t, 'GET /hook HTTP/1.0\r\nX-A: 1\r\n\r\n');
    assert.deepEqual(webhook.request.headers, ['X-A', '1']);
  });

  test('bot comes from the path, user from the query', async (t) => {
    const rules = settings({ routes: [route({ path: '/v1/bots/:bot/new-webhook' })] });
    const { webhook } = await captured(
      t,
      request('POST /v1/bots/7/new-webhook?&user_id=4%2B2&user_id=9', 'x'),
      rules,
    );
    assert.equal(webhook.bot, '7');
    assert.equal(webhook.user, '4+2');
  });

  test('without them both are null; an endless one is not taken for an id', async (t) => {
    const { webhook } = await captured(t, request(`POST /hook?user_id=${'9'.repeat(129)}`, 'x'));
    assert.equal(webhook.bot, null);
    assert.equal(webhook.user, null);
  });

  test('a checked link names bot and user, and the query does not', async (t) => {
    const seen: unknown[] = [];
    const harness = await startIngress(t, {
      settings: settings({ routes: [route({ path: '/:bot/hook', link: 'any' })] }),
      links: {
        verify(params) {
          seen.push({ ...params, now: typeof params.now });
          return { valid: true, scheme: 'hookward', bot: 'b1', user: null, redirectTo: null, linkId: 'l1' };
        },
      },
    });
    const client = await harness.open();
    await client.write(request('GET /b0/hook?user_id=5')).answer();
    assert.equal(harness.appended[0]?.bot, 'b1');
    assert.equal(harness.appended[0].user, null);
    assert.deepEqual(seen, [{ target: '/b0/hook?user_id=5', bot: 'b0', accepts: 'any', now: 'number' }]);
  });

  test('the order key is where order.by says', async (t) => {
    const rules = settings({ routes: [route({ order: { by: 'json:/order/id', waitMax: 1234 } })] });
    const { webhook, harness } = await captured(t, request('POST /hook', '{"order":{"id":"A-1"}}'), rules);
    assert.equal(webhook.orderKey, 'A-1');
    assert.equal(harness.appends[0]?.orderWaitMaxMs, 1234);
  });

  test('the address is the one that was found, not the peer; the scheme is that of the trusted proxy', async (t) => {
    const harness = await startIngress(t, {
      addresses: {
        of: ({ headers }) => ({ text: headers[headers.indexOf('X-Forwarded-For') + 1]!, countedAs: 'x' }),
        isTrustedProxy: () => true,
      },
    });
    const client = await harness.open();
    await client
      .write(request('GET /hook\nX-Forwarded-For: 203.0.113.9\nX-Forwarded-Proto: http, https'))
      .answer();
    assert.equal(harness.appended[0]?.request.ip, '203.0.113.9');
    assert.equal(harness.appended[0].request.scheme, 'https');
  });

  test('a peer that is not trusted cannot say https', async (t) => {
    const { webhook } = await captured(t, request('GET /hook\nX-Forwarded-Proto: https'));
    assert.equal(webhook.request.scheme, 'http');
  });

  test('two webhooks of one connection get ids of their own, in order', async (t) => {
    const harness = await startIngress(t, { deliver: (_webhook, _lease, caller) => answerOk(caller) });
    const client = await harness.open();
    client.write(Buffer.concat([request('POST /hook', 'one'), request('POST /hook', 'two')]));
    await client.answer();
    await client.answer();
    assert.deepEqual(
      harness.appended.map(({ request: { body } }) => Buffer.from(body).toString()),
      ['one', 'two'],
    );
    assert.ok(harness.appended[0]!.id < harness.appended[1]!.id);
  });

  test('settings swapped by a reload hold for the next request of the same connection', async (t) => {
    const harness = await startIngress(t);
    const client = await harness.open();
    assert.equal((await client.write(request('GET /hook')).answer()).status, 200);
    harness.settings.current = settings({ routes: [route({ path: '/other' })] });
    assert.equal((await client.write(request('GET /hook')).answer()).status, 404);
  });
});
