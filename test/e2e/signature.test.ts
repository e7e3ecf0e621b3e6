// What a bot host can prove of a webhook that came over the wire, with each of the checks that the README offers.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import CryptoJS from 'crypto-js';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { verifyWebhook } from '../../src/signing/bot.ts';
import type { WebhookOptions } from '../../src/signing/index.ts';
import { answersOk, type Arrived } from '../support/botHost.ts';
import { answerHeader, sendRequest, type RequestParams } from '../support/sender.ts';
import { waitFor } from '../support/waitFor.ts';
import { bjsSnippet } from '../unit/signing/bjsSnippet.ts';
import { arrivedTimes, optionsOf, soleHeader } from './support/arrivals.ts';
import { openStage, type Stage } from './support/stage.ts';

const keyOf = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
const oldKey = keyOf(1);
const newKey = keyOf(2);
const strangersKey = keyOf(3);

/** By the `standardwebhooks` library, given the options header as the payload. */
function byLibrary(arrived: Arrived, key: string, json = soleHeader(arrived, 'hookward-options')): unknown {
  return new StandardWebhook(key).verify(json, {
    'webhook-id': soleHeader(arrived, 'hookward-id'),
    'webhook-timestamp': soleHeader(arrived, 'hookward-timestamp'),
    'webhook-signature': soleHeader(arrived, 'hookward-signature'),
  });
}

/** By a Bots.Business command: only CryptoJS, content and options are there, names in Title-Case. */
function byCommand(arrived: Arrived, key: string, content = arrived.body.toString('utf8')): WebhookOptions {
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < arrived.headers.length; at += 2) {
    const title = (arrived.headers[at] ?? '')
      .toLowerCase()
      .replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
    headers[title] ??= arrived.headers[at + 1] ?? '';
  }
  const sandbox = createContext({ CryptoJS, content, options: { headers }, HOOKWARD_KEY: key });
  return JSON.parse(JSON.stringify(runInContext(bjsSnippet, sandbox))) as WebhookOptions;
}

/** By the verifier that the package brings. */
function byPackage(arrived: Arrived, keys: readonly string[], body: Uint8Array | string = arrived.body) {
  return verifyWebhook({ headers: arrived.headers, body, keys });
}

const requests: Readonly<Record<string, RequestParams>> = {
  'a POST with text beyond ASCII': {
    target: '/hook/7?&command=%2FonWebhook&user_id=77',
    headers: ['Content-Type', 'application/json', 'X-Name', 'caf\xe9'],
    body: '{"title":"кот 🐱","sum":1.0}',
  },
  'a form': {
    target: '/hook/7?a=1',
    headers: ['content-type', 'application/x-www-form-urlencoded'],
    body: 'a=2&b=%D0%BA+%F0%9F%90%B1',
  },
  'bytes that are not UTF-8': { target: '/hook/7', body: Buffer.from([0, 0xff, 0xc3, 0x28]) },
  'an empty POST': { target: '/hook/7', body: '' },
  'a GET with content': { method: 'GET', target: '/hook/7?&command=%2Fa&content=%D0%BA%D0%BE%D1%82' },
  'a call whose options do not fit': {
    target: `/hook/7?q=${'x'.repeat(2000)}`,
    headers: Array.from({ length: 60 }, (_, at) => (at % 2 === 0 ? `X-Long-${String(at)}` : 'y'.repeat(200))),
    body: 'x',
  },
};

describe('the signature on what arrives', () => {
  let stage: Stage;
  let signingKeys: readonly string[] = [newKey, oldKey];

  const config = (url: string) => ({
    publicUrl: 'https://hooks.example.com',
    botHosts: { main: { url } },
    routes: [{ name: 'hook', path: '/hook/:bot', retry: { firstDelay: '50ms', maxDelay: '50ms' } }],
    signing: { keys: [...signingKeys] },
    access: { perAddress: null },
  });

  before(async () => {
    stage = await openStage(config);
  });

  after(() => stage.close());

  beforeEach(() => stage.botHost.behave(answersOk));

  async function arrivalOf(request: RequestParams): Promise<Arrived> {
    const answer = await sendRequest(stage.server.publicUrl, request);
    assert.equal(answer.status, 200, answer.body.toString());
    const [arrived] = await arrivedTimes(stage.botHost, answerHeader(answer, 'hookward-id') ?? '', 1);
    return arrived as Arrived;
  }

  for (const [what, request] of Object.entries(requests)) {
    test(`${what}: each of two overlapping keys alone proves it, by the library, by hookward/bot, in a command`, async () => {
      const arrived = await arrivalOf(request);
      const options = optionsOf(arrived);
      const isText = !arrived.body.includes(0xff);
      for (const key of [newKey, oldKey]) {
        assert.deepEqual(byLibrary(arrived, key), options);
        const verified = byPackage(arrived, [key]);
        assert.deepEqual(verified.options, options);
        assert.ok(Buffer.from(verified.body).equals(Buffer.from(request.body ?? '')));
        if (isText) assert.deepEqual(byCommand(arrived, key), options);
      }
      assert.match(
        soleHeader(arrived, 'hookward-signature'),
        /^v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}=$/,
      );
      assert.ok(soleHeader(arrived, 'hookward-options').length <= 4096);
      assert.match(soleHeader(arrived, 'hookward-options'), /^[\x20-\x7e]+$/);
    });

    test(`${what}: nobody else's key does, nor with other options or another body`, async () => {
      const arrived = await arrivalOf(request);
      assert.throws(() => byLibrary(arrived, strangersKey), /No matching signature/);
      assert.throws(() => byPackage(arrived, [strangersKey]), { code: 'signature-wrong' });
      assert.throws(() => byCommand(arrived, strangersKey), /signature is wrong/);
      const changed = soleHeader(arrived, 'hookward-options').replace('"ip":"127.0.0.1"', '"ip":"127.0.0.2"');
      assert.throws(() => byLibrary(arrived, newKey, changed), /No matching signature/);
      const body = Buffer.concat([arrived.body, Buffer.from(' ')]);
      assert.throws(() => byPackage(arrived, [newKey], body), { code: 'body-wrong' });
      if (arrived.method === 'POST')
        assert.throws(() => byCommand(arrived, newKey, body.toString()), /body is wrong/);
    });
  }

  test('the options tell what a bot may trust: url, fields, titled headers, address, route, time, body', async () => {
    const before = Date.now();
    const arrived = await arrivalOf({
      target: '/hook/7?&command=%2FonWebhook&a=%20+&a=2',
      headers: [
        ...['x-forwarded-for', '203.0.113.9', 'x-oDD-name', '1', 'X-Odd-Name', '2', 'hookward-ip', 'evil'],
        ...[
          'Content-Type',
          'application/x-www-form-urlencoded; charset=utf-8',
          'Connection',
          'x-hop',
          'X-Hop',
          '1',
        ],
      ],
      body: 'a=3&кот=%F0%9F%90%B1',
    });
    const { receivedAt, ...options } = optionsOf(arrived);
    assert.deepEqual(options, {
      v: 1,
      url: 'https://hooks.example.com/hook/7?&command=%2FonWebhook&a=%20+&a=2',
      method: 'POST',
      params: { command: '/onWebhook', a: ['  ', '2', '3'], кот: '🐱' },
      headers: {
        Host: 'hooks.test',
        'Content-Length': String(arrived.body.length),
        'X-Odd-Name': ['1', '2'],
        'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
      },
      ip: '127.0.0.1',
      route: 'hook',
      attempt: 1,
      replay: 0,
      bodySha256: createHash('sha256').update(arrived.body).digest('hex'),
    });
    assert.ok(receivedAt >= before && receivedAt <= Date.now());
  });

  test('what does not fit is left out whole, and said to be', async () => {
    const { url, truncated, omitted, headers } = optionsOf(
      await arrivalOf(requests['a call whose options do not fit'] as RequestParams),
    );
    assert.equal(url?.length, 'https://hooks.example.com/hook/7?q='.length + 2000);
    assert.deepEqual([truncated, omitted], [true, ['params', 'headers']]);
    assert.ok(
      Object.values(headers).every((value) => value.length >= 1 && !/^y{1,199}$/.test(String(value))),
    );
  });

  test('content is the body of a POST and the parameter of a GET', async () => {
    const post = await arrivalOf({ target: '/hook/7?content=no', body: '{"a":"кот"}' });
    assert.equal(byPackage(post, [newKey]).content, '{"a":"кот"}');
    const get = await arrivalOf(requests['a GET with content'] as RequestParams);
    assert.equal(byPackage(get, [newKey]).content, 'кот');
  });

  test('every attempt has the same id and a fresh timestamp, and tells its number and its replay', async () => {
    let tries = 0;
    stage.botHost.behave(() =>
      ++tries === 1 ? { status: 503, headers: ['Retry-After', '1'] } : { status: 200, body: 'ok' },
    );
    const answer = await sendRequest(stage.server.publicUrl, { target: '/hook/7', body: 'again' });
    const id = answerHeader(answer, 'hookward-id') ?? '';
    await stage.settled(id, 'delivered');
    await stage.cli('replay', id, '--yes');
    const arrivals = await arrivedTimes(stage.botHost, id, 3);
    assert.deepEqual(
      arrivals.map((arrived) => {
        const { options, id: verifiedId } = byPackage(arrived, [oldKey]);
        assert.equal(verifiedId, id);
        return { attempt: options.attempt, replay: options.replay };
      }),
      [
        { attempt: 1, replay: 0 },
        { attempt: 2, replay: 0 },
        { attempt: 3, replay: 1 },
      ],
    );
    const times = arrivals.map((arrived) => Number(soleHeader(arrived, 'hookward-timestamp')));
    assert.ok((times[1] ?? 0) > (times[0] ?? 0), `a second later the timestamps were ${times.join()}`);
    assert.ok(Math.abs(Date.now() / 1000 - (times[2] ?? 0)) < 30);
    const received = new Set(arrivals.map((arrived) => optionsOf(arrived).receivedAt));
    assert.equal(received.size, 1, 'the time of arrival stays');
    const signatures = new Set(arrivals.map((arrived) => soleHeader(arrived, 'hookward-signature')));
    assert.equal(signatures.size, 3);
  });

  test('a key is taken out by a reload: from then on the other one signs alone', async () => {
    const file = join(stage.dir, 'webhooks.config.yaml');
    const whole = readFileSync(file, 'utf8');
    signingKeys = [newKey];
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(whole) as object), signing: { keys: signingKeys } }));
    stage.server.signal('SIGHUP');
    await waitFor('the reload', () =>
      stage.server.logLines().find(({ event }) => event === 'config-reloaded'),
    );
    const arrived = await arrivalOf({ target: '/hook/7', body: 'rotated' });
    assert.equal(byPackage(arrived, [newKey]).content, 'rotated');
    assert.throws(() => byPackage(arrived, [oldKey]), { code: 'signature-wrong' });
  });
});

describe('the signature without any configured key', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage((url) => ({ botHosts: { main: { url } }, signing: { headerPrefix: 'x-own' } }));
  });

  after(() => stage.close());

  test('is by the key kept beside the log, the same after a restart, under the configured names', async () => {
    const keyKept = () => readFileSync(join(stage.dir, 'log', 'signing.key'), 'utf8').trim();
    const key = keyKept();
    for (const body of ['before', 'after']) {
      const answer = await sendRequest(stage.server.publicUrl, {
        target: '/any',
        headers: ['x_own_id', 'forged', 'hookward-id', 'not ours here'],
        body,
      });
      assert.equal(answer.status, 200);
      const { arrived } = await waitFor('the arrival', () =>
        stage.botHost.ledger.find((line) => line.arrived.body.toString() === body),
      );
      const { content, id } = verifyWebhook({
        headers: arrived.headers,
        body: arrived.body,
        keys: [key],
        headerPrefix: 'x-own',
      });
      assert.deepEqual([content, id], [body, answerHeader(answer, 'x-own-id')]);
      assert.equal(soleHeader(arrived, 'hookward-id'), 'not ours here');
      if (body === 'before') await stage.restart('stop');
    }
    assert.equal(keyKept(), key);
  });
});
