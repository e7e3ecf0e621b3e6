// Turning over any single bit of a signed request is refused, unless the preset says that its sender does not sign it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { senderNames, type SenderName } from '../../../src/core/senders.ts';
import { senderPresets } from '../../../src/senders/index.ts';
import * as cryptapi from '../../support/signing/cryptapi.ts';
import type { SenderSetup, Sign, SignedRequest } from '../../support/signing/contract.ts';
import * as freekassa from '../../support/signing/freekassa.ts';
import { signers } from '../../support/signing/index.ts';
import * as plisio from '../../support/signing/plisio.ts';
import * as standardWebhooks from '../../support/signing/standardWebhooks.ts';
import * as twilio from '../../support/signing/twilio.ts';
import { bitsOf, differOnlyUnsigned, flipped, type Unsigned } from './flips.ts';
import { callOf, verifierOf, withoutHeader } from './support.ts';

const signedFields: Readonly<Partial<Record<SenderName, readonly string[]>>> = {
  liqpay: ['data', 'signature'],
  freekassa: ['merchant_id', 'amount', 'merchant_order_id', 'sign'],
};

interface Case {
  readonly name: SenderName;
  readonly what: string;
  readonly sign: Sign;
  readonly setup: SenderSetup;
}

const pair: standardWebhooks.KeyPair = {
  private: 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
  public: 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=',
};

const cases: readonly Case[] = [
  ...senderNames.map((name) => ({ name, what: name, ...signers[name] })),
  { name: 'twilio', what: 'twilio, JSON', setup: twilio.setup, sign: twilio.signJson },
  { name: 'cryptapi', what: 'cryptapi, POST', setup: cryptapi.setup, sign: cryptapi.signPost },
  { name: 'freekassa', what: 'freekassa, GET', setup: freekassa.setup, sign: freekassa.signGet },
  { name: 'plisio', what: 'plisio, JSON', setup: plisio.setup, sign: plisio.signJson },
  {
    name: 'standard-webhooks',
    what: 'standard-webhooks, v1a',
    setup: { ...standardWebhooks.setup, secrets: [pair.public] },
    sign: (params = {}) => standardWebhooks.signWithPair(pair, params),
  },
];

/** What turning bits over in requests of one sender comes to. */
function judgeOf({ name, setup }: Case) {
  const verify = verifierOf(name, setup);
  const unsigned: Unsigned = {
    parts: senderPresets[name].unsigned,
    signedFields: signedFields[name] ?? [],
  };
  const ip = setup.addresses?.[0] ?? '192.0.2.7';
  const verdict = (request: SignedRequest) => verify(callOf(request, { ip }));
  /** The headers without which the signature is missing. */
  const signatureHeaders = async (request: SignedRequest): Promise<readonly string[]> => {
    const names = request.headers.filter((_, at) => at % 2 === 0).map((text) => text.toLowerCase());
    const verdicts = await Promise.all(names.map((text) => verdict(withoutHeader(request, text))));
    return names.filter((_, at) => verdicts[at] === 'signature-missing');
  };
  /** Null where the bit is noticed, or is one that may not be; else how the two requests differ. */
  const fault = async (
    request: SignedRequest,
    bit: number,
    bearing: readonly string[],
  ): Promise<string | null> => {
    const other = flipped(request, bit);
    if ((await verdict(other)) !== 'verified') return null;
    if (differOnlyUnsigned(request, other, unsigned, bearing)) return null;
    const text = ({ body, ...rest }: SignedRequest) =>
      JSON.stringify({ ...rest, body: Buffer.from(body).toString('latin1') });
    return `bit ${String(bit)} of\n${text(request)}\ngoes unnoticed:\n${text(other)}`;
  };
  return { verdict, signatureHeaders, fault };
}

/** The senders that sign whatever bytes a body has; Discord's begins with a brace. */
const signsAnyBody: ReadonlySet<string> = new Set([
  'stripe',
  'github',
  'paypal',
  'coinbase-commerce',
  'crypto-pay',
  'shopify',
  'slack',
  'discord',
  'paddle',
  'coinpayments-v3',
  'cryptapi, POST',
  'standard-webhooks',
  'standard-webhooks, v1a',
  'hmac',
  'telegram',
  'yookassa',
]);

const braced = (bytes: Uint8Array) => Buffer.concat([Buffer.from('{'), bytes]);

describe('a single bit of a signed request', () => {
  for (const one of cases) {
    it(`of ${one.what} is noticed, each of a typical call`, async () => {
      const { verdict, signatureHeaders, fault } = judgeOf(one);
      const request = one.sign();
      assert.equal(await verdict(request), 'verified');
      const bearing = await signatureHeaders(request);
      for (let bit = 0; bit < bitsOf(request); bit += 1)
        assert.equal(await fault(request, bit, bearing), null);
    });

    it(`of ${one.what} is noticed, in calls of all kinds`, async () => {
      const { verdict, signatureHeaders, fault } = judgeOf(one);
      const body = signsAnyBody.has(one.what)
        ? fc.uint8Array({ maxLength: 64 }).map((bytes) => (one.name === 'discord' ? braced(bytes) : bytes))
        : fc.constant(undefined);
      const call = fc.record({
        body,
        target: fc.constantFrom('/?', '/in?shop=7', '/in/a%2Fb?a=1&&b=%20'),
        bit: fc.nat(),
      });
      await fc.assert(
        fc.asyncProperty(call, async ({ body: bytes, target, bit }) => {
          const url = `https://hooks.example.com${target}`;
          const request = one.sign(bytes === undefined ? { url } : { url, body: bytes });
          assert.equal(await verdict(request), 'verified');
          const bearing = await signatureHeaders(request);
          assert.equal(await fault(request, bit % bitsOf(request), bearing), null);
        }),
        { numRuns: 100 },
      );
    });
  }
});
