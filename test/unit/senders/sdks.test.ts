// Each sender's own SDK as the judge: what it takes we take, what it signs we take, and both refuse the same.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { Webhooks } from '@octokit/webhooks';
import { sign as octokitSign, verify as octokitVerify } from '@octokit/webhooks-methods';
import { Environment, Paddle } from '@paddle/paddle-node-sdk';
import '@shopify/shopify-api/adapters/node';
import { shopifyApi } from '@shopify/shopify-api';
import bolt from '@slack/bolt';
import { verifyKey } from 'discord-interactions';
import { Bot, webhookCallback } from 'grammy';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import twilio from 'twilio';
import type { SenderName } from '../../../src/core/senders.ts';
import * as coinbaseCommerce from '../../support/signing/coinbaseCommerce.ts';
import type { SenderSetup, Sign, SignedRequest } from '../../support/signing/contract.ts';
import * as cryptoPay from '../../support/signing/cryptoPay.ts';
import * as discord from '../../support/signing/discord.ts';
import * as github from '../../support/signing/github.ts';
import * as paddle from '../../support/signing/paddle.ts';
import * as shopify from '../../support/signing/shopify.ts';
import * as slack from '../../support/signing/slack.ts';
import * as standardWebhooks from '../../support/signing/standardWebhooks.ts';
import * as stripe from '../../support/signing/stripe.ts';
import * as telegram from '../../support/signing/telegram.ts';
import * as twilioSigning from '../../support/signing/twilio.ts';
import { callOf, headerOf, verifierOf, withHeader } from './support.ts';

const require = createRequire(import.meta.url);

const coinbase = require('coinbase-commerce-node') as {
  readonly Webhook: {
    computeSignature(payload: string, secret: string): string;
    verifyEventBody(payload: string, signature: string, secret: string): unknown;
  };
};

const CryptoPayWebhooks = require('@foile/crypto-pay-api/src/webhooks.js') as {
  readonly prototype: {
    verifyUpdate(this: { readonly token: string }, update: unknown, signature: string): boolean;
  };
};

const twilioWebhooks = require('twilio/lib/webhooks/webhooks.js') as {
  getExpectedTwilioSignature(token: string, url: string, fields: object): string;
};

/** An SDK that can check, and perhaps sign. */
interface Sdk {
  readonly sender: SenderName;
  readonly package: string;
  readonly signing: { readonly sign: Sign; readonly setup: SenderSetup };
  /** Whether the SDK takes the request. May throw where it does not. */
  accepts(request: SignedRequest, secret: string, now: number): Promise<boolean> | boolean;
  /** The value of the signature's header, as the SDK makes it. */
  signs?(request: SignedRequest, secret: string, now: number): Promise<string> | string;
}

const textOf = ({ body }: SignedRequest) => Buffer.from(body).toString('utf8');

const fieldsOf = (request: SignedRequest) => Object.fromEntries(new URLSearchParams(textOf(request)));

const lowerCased = ({ headers }: SignedRequest) =>
  Object.fromEntries(
    headers.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), headers[at + 1] ?? '']] : [])),
  );

function standardSdk(name: 'standardwebhooks' | 'svix'): Sdk {
  const Webhook = name === 'svix' ? SvixWebhook : StandardWebhook;
  return {
    sender: 'standard-webhooks',
    package: name,
    signing: standardWebhooks,
    accepts: (request, secret) => {
      new Webhook(secret).verify(textOf(request), lowerCased(request));
      return true;
    },
    signs: (request, secret, now) =>
      new Webhook(secret).sign(standardWebhooks.messageId, new Date(now), textOf(request)),
  };
}

const sdks: readonly Sdk[] = [
  {
    sender: 'stripe',
    package: 'stripe',
    signing: stripe,
    accepts: (request, secret, now) => {
      const header = headerOf(request, 'stripe-signature');
      const payload = Buffer.from(request.body);
      Stripe.webhooks.constructEvent(payload, header, secret, 300, undefined, now);
      return true;
    },
    signs: (request, secret, now) =>
      Stripe.webhooks.generateTestHeaderString({
        payload: textOf(request),
        secret,
        timestamp: Math.floor(now / 1000),
      }),
  },
  {
    sender: 'github',
    package: '@octokit/webhooks-methods',
    signing: github,
    accepts: (request, secret) =>
      octokitVerify(secret, textOf(request), headerOf(request, 'x-hub-signature-256')),
    signs: (request, secret) => octokitSign(secret, textOf(request)),
  },
  {
    sender: 'github',
    package: '@octokit/webhooks',
    signing: github,
    accepts: (request, secret) =>
      new Webhooks({ secret }).verify(textOf(request), headerOf(request, 'x-hub-signature-256')),
    signs: (request, secret) => new Webhooks({ secret }).sign(textOf(request)),
  },
  {
    sender: 'shopify',
    package: '@shopify/shopify-api',
    signing: shopify,
    accepts: async (request, secret) => {
      const api = shopifyApi({
        apiKey: 'made-up',
        apiSecretKey: secret,
        apiVersion: '2026-04' as never,
        hostName: 'hooks.example.com',
        isEmbeddedApp: false,
        logger: { log: () => undefined },
      });
      const rawRequest = { method: 'POST', url: request.target, headers: lowerCased(request) };
      return (await api.webhooks.validate({ rawBody: textOf(request), rawRequest, rawResponse: {} })).valid;
    },
  },
  {
    sender: 'slack',
    package: '@slack/bolt',
    signing: slack,
    accepts: (request, secret, now) =>
      bolt.isValidSlackRequest({
        signingSecret: secret,
        body: textOf(request),
        headers: {
          'x-slack-signature': headerOf(request, 'x-slack-signature'),
          'x-slack-request-timestamp': Number(headerOf(request, 'x-slack-request-timestamp')),
        },
        nowMilliseconds: now,
      }),
  },
  {
    sender: 'discord',
    package: 'discord-interactions',
    signing: discord,
    accepts: (request, secret) =>
      verifyKey(
        Buffer.from(request.body),
        headerOf(request, 'x-signature-ed25519'),
        headerOf(request, 'x-signature-timestamp'),
        secret,
      ),
  },
  {
    sender: 'twilio',
    package: 'twilio',
    signing: twilioSigning,
    accepts: (request, secret) =>
      twilio.validateRequest(secret, headerOf(request, 'x-twilio-signature'), request.url, fieldsOf(request)),
    signs: (request, secret) =>
      twilioWebhooks.getExpectedTwilioSignature(secret, request.url, fieldsOf(request)),
  },
  {
    sender: 'twilio',
    package: 'twilio, JSON',
    signing: { sign: twilioSigning.signJson, setup: twilioSigning.setup },
    accepts: (request, secret) =>
      twilio.validateRequestWithBody(
        secret,
        headerOf(request, 'x-twilio-signature'),
        request.url,
        textOf(request),
      ),
  },
  {
    sender: 'paddle',
    package: '@paddle/paddle-node-sdk',
    signing: paddle,
    accepts: (request, secret) => {
      const { webhooks } = new Paddle('made-up', { environment: Environment.sandbox });
      return webhooks.isSignatureValid(textOf(request), secret, headerOf(request, 'paddle-signature'));
    },
  },
  {
    sender: 'coinbase-commerce',
    package: 'coinbase-commerce-node',
    signing: coinbaseCommerce,
    accepts: (request, secret) => {
      const signature = headerOf(request, 'x-cc-webhook-signature');
      return coinbase.Webhook.verifyEventBody(textOf(request), signature, secret) !== undefined;
    },
    signs: (request, secret) => coinbase.Webhook.computeSignature(textOf(request), secret),
  },
  {
    sender: 'crypto-pay',
    package: '@foile/crypto-pay-api',
    signing: cryptoPay,
    accepts: (request, token) =>
      CryptoPayWebhooks.prototype.verifyUpdate.call(
        { token },
        JSON.parse(textOf(request)),
        headerOf(request, 'crypto-pay-api-signature'),
      ),
  },
  standardSdk('standardwebhooks'),
  standardSdk('svix'),
];

/** What the SDK says; it may throw to refuse. */
async function accepted(sdk: Sdk, request: SignedRequest, secret: string, now: number): Promise<boolean> {
  try {
    return await sdk.accepts(request, secret, now);
  } catch {
    return false;
  }
}

for (const sdk of sdks) {
  describe(`${sdk.sender} beside ${sdk.package}`, () => {
    const { sign, setup } = sdk.signing;
    const [right = '', other = ''] = setup.secrets;
    const verify = verifierOf(sdk.sender, setup);
    // The SDKs that hold times against a clock read the machine's own.
    const signed = () => {
      const now = Math.floor(Date.now() / 1000) * 1000;
      return { now, request: sign({ secret: right, signedAt: now }) };
    };

    it('takes what the SDK takes', async () => {
      const { now, request } = signed();
      assert.equal(await accepted(sdk, request, right, now), true);
      assert.equal(await verify(callOf(request, { receivedAt: now })), 'verified');
    });

    it('refuses a changed body, as the SDK does', async () => {
      const { now, request } = signed();
      const body = Buffer.from(request.body);
      body[body.length - 3] = (body[body.length - 3] ?? 0) ^ 0x01;
      const tampered = { ...request, body };
      assert.equal(await accepted(sdk, tampered, right, now), false);
      assert.equal(await verify(callOf(tampered, { receivedAt: now })), 'signature-wrong');
    });

    it('refuses what another secret signed, as the SDK does', async () => {
      const now = Math.floor(Date.now() / 1000) * 1000;
      const request = sign({ secret: other, signedAt: now });
      assert.equal(await accepted(sdk, request, right, now), false);
      assert.equal(await verify(callOf(request, { receivedAt: now })), 'signature-wrong');
    });

    if (sdk.signs === undefined) return;
    const signs = sdk.signs.bind(sdk);
    it('takes what the SDK signs', async () => {
      const { now, request } = signed();
      const header = await signs(request, right, now);
      const bySdk = withHeader(request, setup.signatureHeader ?? '', header);
      assert.equal(await verify(callOf(bySdk, { receivedAt: now })), 'verified');
    });
  });
}

describe('telegram beside grammy', () => {
  const [right = '', other = ''] = telegram.setup.secrets;
  const verify = verifierOf('telegram', telegram.setup);

  async function grammyTakes(request: SignedRequest): Promise<boolean> {
    const bot = new Bot('1:made-up', {
      botInfo: {
        id: 1,
        is_bot: true,
        first_name: 'made up',
        username: 'made_up_bot',
      } as never,
    });
    const handle = webhookCallback(bot, 'std/http', { secretToken: right });
    const answer = await handle(
      new Request(request.url, {
        method: 'POST',
        headers: lowerCased(request),
        body: textOf(request),
      }),
    );
    return answer.status === 200;
  }

  it('takes the token that grammy takes, and no other', async () => {
    const request = telegram.sign({ secret: right });
    assert.equal(await grammyTakes(request), true);
    assert.equal(await verify(callOf(request)), 'verified');
    const wrong = telegram.sign({ secret: other });
    assert.equal(await grammyTakes(wrong), false);
    assert.equal(await verify(callOf(wrong)), 'signature-wrong');
  });
});
