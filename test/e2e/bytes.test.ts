// Promise 3 through the whole server: raw bytes in, raw bytes at the bot host; and who may trust them there.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import CryptoJS from 'crypto-js';
import { Webhook } from 'standardwebhooks';
import { verifyWebhook } from '../../src/signing/bot.ts';
import { startBotHost, type Arrived, type BotHost } from '../support/botHost.ts';
import { runCli, scratchDir, startServer, type RunningServer, type ScratchDir } from '../support/process.ts';
import { answerHeader, chunkedBytes, openConnection, requestBytes, sendRaw } from '../support/sender.ts';
import { waitFor } from '../support/waitFor.ts';
import { bjsSnippet } from '../unit/signing/bjsSnippet.ts';

const keys = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'] as const;
const multipart =
  '--b\r\nContent-Disposition: form-data; name="a"; filename="x.bin"\r\n\r\n\u0000\r\n--b--\r\n';

/** What senders send: content type and bytes. */
const bodies: readonly [string, string, Uint8Array][] = [
  [
    'JSON with a 64-bit number, 1.0 and a repeated key',
    'application/json',
    Buffer.from('{"n":9007199254740993,"f":1.0,"n":1e-7} '),
  ],
  ['a form', 'application/x-www-form-urlencoded', Buffer.from('a=%20+&a=2&%D0=x&=')],
  ['multipart', 'multipart/form-data; boundary=b', Buffer.from(multipart, 'latin1')],
  ['bytes that are not UTF-8', 'application/octet-stream', Buffer.from([0, 255, 254, 0xc3, 0x28, 10, 13])],
  ['no bytes', 'text/plain', Buffer.alloc(0)],
];

let dir: ScratchDir;
let botHost: BotHost;
let server: RunningServer;

before(async () => {
  dir = scratchDir();
  botHost = await startBotHost();
  server = await startServer({
    dir: dir.path,
    config: {
      botHosts: { main: { url: botHost.url } },
      routes: [
        { name: 'bots', path: '/v1/bots/:bot/new-webhook', retry: { firstDelay: '50ms', maxDelay: '100ms' } },
      ],
      signing: { keys: [...keys] },
      access: { perAddress: null },
    },
  });
});

after(async () => {
  await server.stop();
  await botHost.close();
  dir.remove();
});

const target = '/v1/bots/42/new-webhook?&command=%2FonWebhook&a=%20+&user_id=77';

/** Sends bytes, expects success, and returns what arrived of it. */
async function arrivalOf(bytes: Uint8Array): Promise<{ arrived: Arrived; id: string }> {
  const answer = await sendRaw(server.publicUrl, bytes);
  assert.equal(answer.status, 200, answer.body.toString());
  const id = answerHeader(answer, 'hookward-id') ?? '';
  const line = await waitFor('the arrival', () =>
    botHost.ledger.find(({ arrived }) => arrived.headers.includes(id)),
  );
  return { arrived: line.arrived, id };
}

function headerOf(arrived: Arrived, name: string): string {
  const at = arrived.headers.findIndex((text, place) => place % 2 === 0 && text.toLowerCase() === name);
  return at === -1 ? '' : (arrived.headers[at + 1] ?? '');
}

describe('what the bot host receives is what the sender sent', () => {
  for (const [what, type, body] of bodies) {
    test(`${what}: target and body byte for byte`, async () => {
      const { arrived } = await arrivalOf(requestBytes({ target, headers: ['Content-Type', type], body }));
      assert.equal(arrived.method, 'POST');
      assert.equal(arrived.target, target);
      assert.deepEqual(arrived.body, Buffer.from(body));
      assert.equal(headerOf(arrived, 'content-type'), type);
    });
  }

  test('a gzip body stays gzip', async () => {
    const body = gzipSync('{"a":1}');
    const { arrived } = await arrivalOf(
      requestBytes({ target, headers: ['Content-Encoding', 'gzip'], body }),
    );
    assert.deepEqual(arrived.body, body);
    assert.equal(headerOf(arrived, 'content-encoding'), 'gzip');
  });

  test('headers keep order, case and repeats; hop-by-hop and forged ones of ours are gone', async () => {
    const sent = ['X-b', '2', 'x-A', '1', 'X-B', '3', 'X-Latin', 'caf\u00e9', 'x-a', '4'];
    const forged = [
      'HookWard-Options',
      'evil',
      'hookward_signature',
      'evil',
      'Connection',
      'x-hop',
      'X-Hop',
      'evil',
      'TE',
      'trailers',
    ];
    const { arrived } = await arrivalOf(requestBytes({ target, headers: [...sent, ...forged], body: 'x' }));
    const ours = arrived.headers.findIndex((text, place) => place % 2 === 0 && text === 'X-b');
    assert.deepEqual(arrived.headers.slice(ours, ours + sent.length), sent);
    assert.ok(
      !arrived.headers.includes('evil') && !arrived.headers.includes('trailers'),
      arrived.headers.join(' '),
    );
  });

  test('a chunked upload arrives whole, with a length instead of chunks', async () => {
    const body = Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * 31) % 256));
    const head = requestBytes({ target, headers: ['Transfer-Encoding', 'chunked'] });
    const { arrived } = await arrivalOf(Buffer.concat([head, chunkedBytes(body, 1_000)]));
    assert.deepEqual(arrived.body, body);
    assert.equal(headerOf(arrived, 'content-length'), '70000');
    assert.equal(headerOf(arrived, 'transfer-encoding'), '');
  });

  test('Expect: 100-continue is answered before the body is sent, and is not passed on', async () => {
    const connection = await openConnection(server.publicUrl);
    await connection.write(
      requestBytes({ target, headers: ['Expect', '100-continue', 'Content-Length', '5'] }),
    );
    await connection.write(Buffer.from('later'));
    const answer = await connection.answer('POST');
    connection.socket.destroy();
    assert.deepEqual(answer.interim, [100]);
    const { arrived } = botHost.ledger.at(-1) ?? assert.fail('nothing arrived');
    assert.equal(arrived.body.toString(), 'later');
    assert.equal(headerOf(arrived, 'expect'), '');
  });

  test('a retry and a replay bring the very same bytes, and show gives them to support', async () => {
    const body = Buffer.from([1, 255, 0, 2]);
    let failures = 1;
    botHost.behave(() => ({ status: failures-- > 0 ? 503 : 200, body: 'x' }));
    const { id } = await arrivalOf(requestBytes({ target, body }));
    await runCli(['replay', id, '--yes', '--admin', server.adminUrl], { cwd: dir.path });
    const same = await waitFor('three arrivals', () => {
      const lines = botHost.ledger.filter(({ arrived }) => headerOf(arrived, 'hookward-id') === id);
      return lines.length === 3 ? lines : null;
    });
    for (const { arrived } of same) {
      assert.equal(arrived.target, target);
      assert.deepEqual(arrived.body, body);
    }
    const options = same.map(
      ({ arrived }) =>
        JSON.parse(headerOf(arrived, 'hookward-options')) as { attempt: number; replay: number },
    );
    assert.deepEqual(
      options.map(({ attempt, replay }) => [attempt, replay]),
      [
        [1, 0],
        [2, 0],
        [3, 1],
      ],
    );
    const shown = await runCli(['show', id, '--json', '--admin', server.adminUrl], { cwd: dir.path });
    const { request } = JSON.parse(shown.stdout) as { request: { body: string; target: string } };
    assert.deepEqual(Buffer.from(request.body, 'base64'), body);
    assert.equal(request.target, target);
  });
});

describe('who sent it can be checked at the bot host', () => {
  const content = '{"amount":"10.00","name":"\u0416"}';
  let arrived: Arrived;

  before(async () => {
    botHost.behave(() => ({ status: 200, body: 'ok' }));
    ({ arrived } = await arrivalOf(
      requestBytes({ target, headers: ['Content-Type', 'application/json'], body: content }),
    ));
  });

  for (const [index, key] of keys.entries()) {
    test(`by any Standard Webhooks library, with key ${String(index + 1)} of two that overlap`, () => {
      const verified = new Webhook(key).verify(headerOf(arrived, 'hookward-options'), {
        'webhook-id': headerOf(arrived, 'hookward-id'),
        'webhook-timestamp': headerOf(arrived, 'hookward-timestamp'),
        'webhook-signature': headerOf(arrived, 'hookward-signature'),
      }) as { bodySha256: string; ip: string; method: string };
      assert.equal(verified.bodySha256, createHash('sha256').update(arrived.body).digest('hex'));
      assert.equal(verified.method, 'POST');
      assert.equal(verified.ip, '127.0.0.1');
    });
  }

  test('by hookward/bot, which gives content and options as the platform does', () => {
    const verified = verifyWebhook({ headers: arrived.headers, body: arrived.body, keys: [keys[1]] });
    assert.equal(verified.content, content);
    assert.equal(verified.options.params['user_id'], '77');
    assert.throws(() => verifyWebhook({ headers: arrived.headers, body: `${content} `, keys: [keys[1]] }));
  });

  test('by a Bots.Business command with CryptoJS alone', () => {
    const titled = Object.fromEntries(
      ['Hookward-Id', 'Hookward-Timestamp', 'Hookward-Options', 'Hookward-Signature'].map((name) => [
        name,
        headerOf(arrived, name.toLowerCase()),
      ]),
    );
    const sandbox = { CryptoJS, content, options: { headers: titled }, HOOKWARD_KEY: keys[0] };
    const trusted = runInContext(bjsSnippet, createContext(sandbox)) as { ip: string };
    assert.equal(trusted.ip, '127.0.0.1');
    assert.throws(
      () => runInContext(bjsSnippet, createContext({ ...sandbox, content: 'another' })) as unknown,
      /body is wrong/,
    );
  });
});
