// What each sender gets to hear, on the wire: its own words for success, the bot's answer where it reads that, and a
// refusal for calls that it did not sign.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { ConfigInput } from '../../src/config/index.ts';
import type { SenderName } from '../../src/core/senders.ts';
import type { SenderSettings } from '../../src/senders/index.ts';
import { answersOk } from '../support/botHost.ts';
import { answerHeader, sendRequest, type RawAnswer } from '../support/sender.ts';
import * as ccpayment from '../support/signing/ccpayment.ts';
import * as coinbaseCommerce from '../support/signing/coinbaseCommerce.ts';
import * as coinpayments from '../support/signing/coinpayments.ts';
import * as coinpaymentsV3 from '../support/signing/coinpaymentsV3.ts';
import type { SenderSetup, Sign, SignedRequest } from '../support/signing/contract.ts';
import * as cryptapi from '../support/signing/cryptapi.ts';
import * as cryptomus from '../support/signing/cryptomus.ts';
import * as cryptoPay from '../support/signing/cryptoPay.ts';
import * as discord from '../support/signing/discord.ts';
import * as freekassa from '../support/signing/freekassa.ts';
import * as github from '../support/signing/github.ts';
import * as hmac from '../support/signing/hmac.ts';
import * as liqpay from '../support/signing/liqpay.ts';
import * as nowpayments from '../support/signing/nowpayments.ts';
import * as oxapay from '../support/signing/oxapay.ts';
import * as paddle from '../support/signing/paddle.ts';
import * as plisio from '../support/signing/plisio.ts';
import * as shopify from '../support/signing/shopify.ts';
import * as slack from '../support/signing/slack.ts';
import * as standardWebhooks from '../support/signing/standardWebhooks.ts';
import * as stripe from '../support/signing/stripe.ts';
import * as telegram from '../support/signing/telegram.ts';
import * as twilio from '../support/signing/twilio.ts';
import * as yookassa from '../support/signing/yookassa.ts';
import { openStage, type Stage } from './support/stage.ts';

const publicUrl = 'https://hooks.example.com';
const text = 'text/plain; charset=utf-8';
const botSaid = '{"answer":"thanks"}';

/** Status, type and body, as they must stand on the wire. Null for the type: none is sent. */
type Word = readonly [status: number, type: string | null, body: string];

const emptyOk: Word = [200, null, ''];
/** The bot's own answer; ours is not known to be any better. */
const bots: Word = [200, 'application/json', botSaid];

interface Case {
  readonly sender: { readonly setup: SenderSetup; readonly sign: Sign };
  /** What a signed call is answered, as the preset has it. */
  readonly word: Word;
  /** What it is answered in mode `wait`, by a bot that answers 200 and JSON. */
  readonly waiting: Word;
}

/** All but PayPal, whose certificate would come from outside (test/unit/app has it). */
const cases: Readonly<Record<Exclude<SenderName, 'paypal'>, Case>> = {
  telegram: { sender: telegram, word: bots, waiting: bots },
  stripe: { sender: stripe, word: emptyOk, waiting: bots },
  github: { sender: github, word: emptyOk, waiting: bots },
  'coinbase-commerce': { sender: coinbaseCommerce, word: emptyOk, waiting: bots },
  nowpayments: { sender: nowpayments, word: bots, waiting: bots },
  'crypto-pay': { sender: cryptoPay, word: bots, waiting: bots },
  yookassa: { sender: yookassa, word: emptyOk, waiting: bots },
  shopify: { sender: shopify, word: emptyOk, waiting: bots },
  slack: { sender: slack, word: bots, waiting: bots },
  discord: { sender: discord, word: bots, waiting: bots },
  twilio: { sender: twilio, word: bots, waiting: bots },
  paddle: { sender: paddle, word: emptyOk, waiting: bots },
  liqpay: { sender: liqpay, word: bots, waiting: bots },
  cryptomus: { sender: cryptomus, word: emptyOk, waiting: bots },
  plisio: { sender: plisio, word: bots, waiting: bots },
  coinpayments: { sender: coinpayments, word: emptyOk, waiting: bots },
  'coinpayments-v3': { sender: coinpaymentsV3, word: bots, waiting: bots },
  freekassa: { sender: freekassa, word: [200, text, 'YES'], waiting: [200, text, 'YES'] },
  oxapay: { sender: oxapay, word: [200, text, 'ok'], waiting: [200, text, 'ok'] },
  ccpayment: { sender: ccpayment, word: [200, text, 'success'], waiting: [200, text, 'success'] },
  cryptapi: { sender: cryptapi, word: [200, text, '*ok*'], waiting: [200, text, '*ok*'] },
  'standard-webhooks': { sender: standardWebhooks, word: bots, waiting: bots },
  hmac: { sender: hmac, word: bots, waiting: bots },
};
const names = Object.keys(cases) as (keyof typeof cases)[];

function wordOf(answer: RawAnswer): Word {
  return [answer.status, answerHeader(answer, 'content-type'), answer.body.toString()];
}

function problemOf(answer: RawAnswer): readonly [number, string] {
  return [answer.status, (JSON.parse(answer.body.toString()) as { readonly code: string }).code];
}

/** Settings as a configuration writes them. */
function written({ tolerance, payoutKeys, ...settings }: SenderSettings) {
  return {
    ...settings,
    ...(tolerance !== undefined && { tolerance: `${tolerance}ms` }),
    ...(payoutKeys !== undefined && { payoutKeys: [...payoutKeys] }),
  };
}

function routes(): NonNullable<ConfigInput['routes']> {
  return names.flatMap((name) => {
    const { secrets, settings = {} } = cases[name].sender.setup;
    const shared = {
      sender: name,
      secrets: [...secrets],
      senderSettings: written(settings),
    };
    return [
      { ...shared, name, path: `/${name}` },
      { ...shared, name: `${name}-wait`, path: `/wait/${name}`, answer: { mode: 'wait' } },
      {
        ...shared,
        name: `${name}-late`,
        path: `/late/${name}`,
        answer: { mode: 'wait', for: '1ms' },
        dedupe: 'off',
      },
    ];
  });
}

describe('acknowledgements', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage((url) => ({
      publicUrl,
      botHosts: { main: { url } },
      routes: routes(),
      trustedProxies: ['127.0.0.1'],
      access: { perAddress: null },
    }));
  });

  after(() => stage.close());

  beforeEach(() => {
    stage.botHost.behave(() => ({ headers: ['Content-Type', 'application/json'], body: botSaid }));
  });

  /** A call of the sender, signed now, from an address of its own. */
  function signed(name: keyof typeof cases, path: string, more: Parameters<Sign>[0] = {}): SignedRequest {
    const url = `${publicUrl}${path}?shop=7`;
    return cases[name].sender.sign({ url, signedAt: Date.now(), ...more });
  }

  const addressOf = (name: keyof typeof cases) => cases[name].sender.setup.addresses?.[0] ?? '198.51.100.7';

  function send(
    name: keyof typeof cases,
    request: SignedRequest,
    from = addressOf(name),
  ): Promise<RawAnswer> {
    const { method, target, headers, body } = request;
    return sendRequest(stage.server.publicUrl, {
      method,
      target,
      headers: [...headers, 'X-Forwarded-For', from],
      ...(method === 'GET' ? {} : { body }),
    });
  }

  for (const name of names) {
    const { word, waiting } = cases[name];

    test(`${name}: a signed call is answered ${word === bots ? 'by the bot' : JSON.stringify(word[2])}, and arrives`, async () => {
      const request = signed(name, `/${name}`);
      const answer = await send(name, request);
      assert.deepEqual(wordOf(answer), word);
      const id = answerHeader(answer, 'hookward-id') ?? '';
      const record = await stage.settled(id, 'delivered');
      assert.deepEqual(record.sender, { name, verdict: 'verified' });
      const arrived = stage.botHost.ledger.find((line) => line.arrived.id === id)?.arrived;
      assert.equal(arrived?.target, request.target);
      assert.deepEqual(arrived.body, Buffer.from(request.body));
    });

    test(`${name}: in mode wait a bot's {answer} reaches it as ${waiting === bots ? 'it is' : JSON.stringify(waiting[2])}`, async () => {
      assert.deepEqual(wordOf(await send(name, signed(name, `/wait/${name}`))), waiting);
    });

    test(`${name}: a call that it did not sign is refused, and goes no further`, async () => {
      const arrivals = stage.botHost.ledger.length;
      const request = signed(name, `/${name}`);
      if (name === 'yookassa') {
        assert.deepEqual(problemOf(await send(name, request, '203.0.113.9')), [403, 'sender-address-wrong']);
      } else {
        const isForm = request.headers.some((word) => word.includes('form'));
        const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
        const body = Buffer.from(isForm ? 'a=1' : '{}');
        const forged = { ...request, headers: ['Content-Type', type], body };
        const [status, code] = problemOf(await send(name, { ...forged, target: `/${name}?shop=7` }));
        assert.deepEqual([status, code], [401, 'signature-missing']);
      }
      assert.equal(stage.botHost.ledger.length, arrivals);
    });
  }

  test('a bot that is late leaves the sender with its own word, or with the id where it has none', async () => {
    stage.botHost.behave(() => ({ delayMs: 300, body: 'late' }));
    for (const name of names) {
      const answer = await send(name, signed(name, `/late/${name}`));
      const { status, body } = answer;
      assert.ok(status >= 200 && status < 300, `${name} got ${String(status)}`);
      if (cases[name].word === bots && status === 202)
        assert.match(body.toString(), /"state":"pending"/, name);
      const hasMethod = body.length > 0 && /"method"/.test(body.toString());
      assert.ok(!hasMethod, `${name} could take ${body.toString()} for a call`);
    }
  });
});

describe('handshakes', () => {
  let stage: Stage;

  before(async () => {
    const route = (name: 'slack' | 'discord' | 'github' | 'telegram') => ({
      name,
      path: `/${name}`,
      sender: name,
      secrets: [...cases[name].sender.setup.secrets],
    });
    stage = await openStage((url) => ({
      publicUrl,
      botHosts: { main: { url } },
      routes: [route('slack'), route('discord'), route('github'), route('telegram')],
      access: { perAddress: null },
    }));
  });

  after(() => stage.close());

  beforeEach(() => stage.botHost.behave(answersOk));

  async function call(name: keyof typeof cases, body: string): Promise<RawAnswer> {
    const request = cases[name].sender.sign({ url: `${publicUrl}/${name}`, signedAt: Date.now(), body });
    return sendRequest(stage.server.publicUrl, request);
  }

  /** The call is answered here: nothing is logged, nothing reaches the bot host. */
  async function assertHandshake(name: keyof typeof cases, answer: RawAnswer, word: Word): Promise<void> {
    assert.deepEqual(wordOf(answer), word);
    assert.equal(answerHeader(answer, 'hookward-id'), null);
    assert.equal(stage.botHost.ledger.length, 0);
    assert.equal((await stage.metrics()).value(`hookward_handshakes_total{route="${name}"}`), 1);
  }

  test("Slack's challenge is echoed", async () => {
    const body = '{"token":"made-up","challenge":"3eZbrw1aB10FEMAGAZd4FyFQ","type":"url_verification"}';
    await assertHandshake('slack', await call('slack', body), [200, text, '3eZbrw1aB10FEMAGAZd4FyFQ']);
  });

  test("Discord's ping is answered, its deliberately bad signatures with 401", async () => {
    const ping = '{"id":"1","application_id":"2","type":1,"token":"made-up","version":1}';
    await assertHandshake('discord', await call('discord', ping), [200, 'application/json', '{"type":1}']);
    const request = discord.sign({ signedAt: Date.now(), body: ping });
    const forged = { ...request, target: '/discord', body: Buffer.from(ping.replace('"1"', '"3"')) };
    assert.deepEqual(problemOf(await sendRequest(stage.server.publicUrl, forged)), [401, 'signature-wrong']);
    const event = '{"version":1,"application_id":"2","type":0}';
    assert.deepEqual(wordOf(await call('discord', event)), [204, null, '']);
  });

  test("GitHub's ping is answered", async () => {
    const request = github.sign({ url: `${publicUrl}/github`, body: '{"zen":"Keep it logically awesome."}' });
    const headers = request.headers.map((word, at) =>
      request.headers[at - 1]?.toLowerCase() === 'x-github-event' ? 'ping' : word,
    );
    const answer = await sendRequest(stage.server.publicUrl, { ...request, headers });
    await assertHandshake('github', answer, emptyOk);
  });

  test("Telegram takes the bot's reply as it is: a method call in the answer passes", async () => {
    const reply = '{"method":"sendMessage","chat_id":77,"text":"hi"}';
    stage.botHost.behave(() => ({ headers: ['Content-Type', 'application/json'], body: reply }));
    assert.deepEqual(wordOf(await call('telegram', '{"update_id":1}')), [200, 'application/json', reply]);
  });
});

describe('verify: report', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage((url) => ({
      botHosts: { main: { url } },
      routes: [
        { name: 'github', path: '/github', sender: 'github', secrets: ['right'], verify: 'report' },
        { name: 'bare', path: '/bare', sender: 'stripe', verify: 'report' },
      ],
      access: { perAddress: null },
    }));
  });

  after(() => stage.close());

  /** What the bot and the log are told of a call. */
  async function told(path: string, headers: readonly string[]) {
    const answer = await sendRequest(stage.server.publicUrl, {
      target: path,
      headers: ['Content-Type', 'application/json', ...headers],
      body: '{"id":"evt_1"}',
    });
    const id = answerHeader(answer, 'hookward-id') ?? '';
    const record = await stage.settled(id, 'delivered');
    const arrived = stage.botHost.ledger.find((line) => line.arrived.id === id)?.arrived.headers ?? [];
    const options = JSON.parse(arrived[arrived.indexOf('hookward-options') + 1] ?? '{}') as {
      readonly sender?: string;
      readonly verified?: boolean;
    };
    return [answer.status, record.sender?.verdict, options.sender, options.verified];
  }

  test('lets everything in, and tells the log, the bot and the metrics what it saw', async () => {
    const request = github.sign({ secret: 'right', body: '{"id":"evt_1"}' });
    const event = ['X-GitHub-Delivery', 'one'];
    const right = request.headers.filter((_, at) =>
      /signature-256/i.test(request.headers[at - (at % 2)] ?? ''),
    );
    assert.deepEqual(await told('/github', [...event, ...right]), [200, 'verified', 'github', true]);
    assert.deepEqual(await told('/github', event), [200, 'signature-missing', 'github', false]);
    assert.deepEqual(await told('/bare', []), [200, 'unchecked', 'stripe', false]);
    const page = await stage.metrics();
    assert.equal(page.value('hookward_unverified_total{route="github",reason="signature-missing"}'), 1);
  });

  test('a forged copy that came first does not make the true one its copy', async () => {
    const event = ['X-GitHub-Delivery', 'two'];
    const request = github.sign({ secret: 'right', body: '{"id":"evt_1"}' });
    const right = request.headers.filter((_, at) =>
      /signature-256/i.test(request.headers[at - (at % 2)] ?? ''),
    );
    assert.deepEqual(await told('/github', event), [200, 'signature-missing', 'github', false]);
    assert.deepEqual(await told('/github', [...event, ...right]), [200, 'verified', 'github', true]);
  });
});
