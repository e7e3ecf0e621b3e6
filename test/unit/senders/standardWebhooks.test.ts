import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findSenderProblems } from '../../../src/senders/index.ts';
import { signingTime, type SignedRequest } from '../../support/signing/contract.ts';
import { setup, sign, signWithPair, type KeyPair } from '../../support/signing/standardWebhooks.ts';
import { callOf, headerOf, verifierOf, withHeader, withoutHeader } from './support.ts';

const pair: KeyPair = {
  private: 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
  public: 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=',
};

const verify = verifierOf('standard-webhooks', setup);
const verdict = (request: SignedRequest, receivedAt = signingTime) => verify(callOf(request, { receivedAt }));

const withSignature = (value: string) => withHeader(sign(), 'webhook-signature', value);
const right = headerOf(sign(), 'webhook-signature');

describe('standard-webhooks: what is no signature', () => {
  for (const header of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
    it(`misses ${header}`, async () => {
      assert.equal(await verdict(withoutHeader(sign(), header)), 'signature-missing');
      assert.equal(await verdict(withHeader(sign(), header, '')), 'signature-missing');
    });

    it(`takes no second ${header}`, async () => {
      const request = sign();
      const repeated = { ...request, headers: [...request.headers, header, headerOf(request, header)] };
      assert.equal(await verdict(repeated), 'signature-malformed');
    });
  }

  const malformed: Readonly<Record<string, string>> = {
    'a version without a signature': 'v1,',
    'a signature without a version': right.slice(3),
    'a version that is not known': right.replace('v1,', 'v2,'),
    'a version in capitals': right.replace('v1,', 'V1,'),
    'a version v1a with a signature of v1 that is no base64': 'v1a,=',
    'a colon for the comma': right.replace(',', ':'),
    'base64 without its padding': right.replace(/=$/, ''),
    'base64 with more padding': `${right}=`,
    'base64 in the alphabet of URLs': `v1,${'-_'.repeat(21)}--=`,
    'a list with commas': `${right},${right}`,
    'seventeen signatures': Array.from({ length: 17 }, () => right).join(' '),
  };
  for (const [what, value] of Object.entries(malformed)) {
    it(`is not read: ${what}`, async () =>
      assert.equal(await verdict(withSignature(value)), 'signature-malformed'));
  }

  it('is wrong when it is cut short at a border of base64', async () => {
    assert.equal(await verdict(withSignature(right.slice(0, 35))), 'signature-wrong');
  });

  for (const time of [
    '',
    'now',
    '1779019200.0',
    '-1779019200',
    ' 1779019200',
    '0x6a09',
    '1e9',
    '9'.repeat(13),
  ]) {
    it(`takes no ${JSON.stringify(time)} for a time`, async () => {
      const wanted = time === '' ? 'signature-missing' : 'signature-malformed';
      assert.equal(await verdict(withHeader(sign(), 'webhook-timestamp', time)), wanted);
    });
  }

  it('is refused where the border of id and time could lie elsewhere', async () => {
    assert.equal(await verdict(withHeader(sign(), 'webhook-id', 'msg.1')), 'signature-malformed');
  });
});

describe('standard-webhooks: time', () => {
  for (const sense of [-1, 1]) {
    it(`is right up to five minutes ${sense < 0 ? 'ahead of' : 'behind'} the clock, and no second more`, async () => {
      assert.equal(await verdict(sign(), signingTime + sense * 300_000), 'verified');
      assert.equal(await verdict(sign(), signingTime + sense * 301_000), 'signature-stale');
    });
  }

  it('is not what a wrong signature is told for', async () => {
    const other = sign({ secret: setup.secrets[1] ?? '' });
    assert.equal(await verdict(other, signingTime + 301_000), 'signature-wrong');
  });
});

describe('standard-webhooks: several signatures', () => {
  const wrong = headerOf(sign({ secret: setup.secrets[1] ?? '' }), 'webhook-signature');

  it('are right where one of them is, wherever it stands', async () => {
    for (const list of [`${right} ${wrong}`, `${wrong} ${right}`, `v9,abc ${wrong} v1,?? ${right} v1a,AA==`])
      assert.equal(await verdict(withSignature(list)), 'verified');
  });

  it('are wrong where none is', async () => {
    assert.equal(await verdict(withSignature(`${wrong} ${wrong}`)), 'signature-wrong');
  });
});

describe('standard-webhooks: v1a', () => {
  const byPair = verifierOf('standard-webhooks', setup, { secrets: [pair.public] });
  const byBoth = verifierOf('standard-webhooks', setup, {
    secrets: [setup.secrets[0] ?? '', pair.public],
  });

  it('is checked under a public key', async () => {
    assert.equal(await byPair(callOf(signWithPair(pair))), 'verified');
    const tampered = { ...signWithPair(pair), body: Buffer.from('{}') };
    assert.equal(await byPair(callOf(tampered)), 'signature-wrong');
  });

  it('stands beside v1: either key lets its own version pass', async () => {
    assert.equal(await byBoth(callOf(sign())), 'verified');
    assert.equal(await byBoth(callOf(signWithPair(pair))), 'verified');
  });

  it('is never an HMAC under the public key, which everybody knows', async () => {
    const known = pair.public.replace('whpk_', 'whsec_');
    assert.equal(await byPair(callOf(sign({ secret: known }))), 'signature-wrong');
    assert.equal(await byBoth(callOf(sign({ secret: known }))), 'signature-wrong');
  });

  it('is wrong under a shared secret alone', async () => {
    assert.equal(await verdict(signWithPair(pair)), 'signature-wrong');
  });
});

describe('standard-webhooks: keys', () => {
  const problemsOf = (secret: string) =>
    findSenderProblems('standard-webhooks', {
      secrets: [secret],
      settings: {},
      publicUrl: null,
      verify: 'enforce',
    });
  const bytes = (count: number) => Buffer.alloc(count, 7).toString('base64');

  for (const secret of [`whsec_${bytes(24)}`, `whsec_${bytes(64)}`, bytes(32), pair.public]) {
    it(`can be ${secret.slice(0, 12)}...`, () => assert.deepEqual(problemsOf(secret), []));
  }

  const refused: Readonly<Record<string, string>> = {
    'a private key': pair.private,
    'a secret of 23 bytes': `whsec_${bytes(23)}`,
    'a secret of 65 bytes': `whsec_${bytes(65)}`,
    'a prefix alone': 'whsec_',
    'a public prefix alone': 'whpk_',
    'text that is no base64': 'whsec_not a key at all, is it?',
    'base64 without its padding': `whsec_${bytes(32).replace('=', '')}`,
    'a public key of 31 bytes': `whpk_${bytes(31)}`,
    'a public key under which anybody can sign': `whpk_${Buffer.alloc(32).toString('base64')}`,
    'empty text': '',
  };
  for (const [what, secret] of Object.entries(refused)) {
    it(`cannot be ${what}`, () => {
      const [problem, ...others] = problemsOf(secret);
      assert.deepEqual(problem?.at, ['secrets', 0]);
      assert.equal(others.length, 0);
      if (secret.length > 8) assert.ok(!problem.message.includes(secret.slice(8)));
    });
  }
});
