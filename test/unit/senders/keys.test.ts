import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HookwardError } from '../../../src/core/errors.ts';
import type { SenderName } from '../../../src/core/senders.ts';
import { findSenderProblems, senderPresets } from '../../../src/senders/index.ts';
import * as discord from '../../support/signing/discord.ts';
import * as telegram from '../../support/signing/telegram.ts';
import { callOf, verifierOf, withHeader } from './support.ts';

const problemsOf = (name: SenderName, secret: string) =>
  findSenderProblems(name, { secrets: [secret], settings: {}, publicUrl: null, verify: 'enforce' });

describe('telegram: the secret token', () => {
  const verify = verifierOf('telegram', telegram.setup);
  const verdict = (token: string) =>
    verify(callOf(withHeader(telegram.sign(), 'x-telegram-bot-api-secret-token', token)));

  it('is compared whole', async () => {
    const [token = ''] = telegram.setup.secrets;
    for (const other of [token.slice(0, -1), `${token}x`, token.toUpperCase(), 'x'])
      assert.equal(await verdict(other), 'signature-wrong');
  });

  it('has a form that the header is held against', async () => {
    for (const other of ['a b', 'a.b', 'é', 'a'.repeat(257)])
      assert.equal(await verdict(other), 'signature-malformed');
    for (const secret of ['a b', 'a.b', 'é', 'a'.repeat(257), 'a\n'])
      assert.deepEqual(problemsOf('telegram', secret)[0]?.at, ['secrets', 0]);
    assert.deepEqual(problemsOf('telegram', 'a'.repeat(256)), []);
  });
});

describe('discord: the public key', () => {
  const [key = ''] = discord.setup.secrets;

  it('may be written in capitals', async () => {
    const verify = verifierOf('discord', discord.setup, { secrets: [key.toUpperCase()] });
    assert.equal(await verify(callOf(discord.sign())), 'verified');
  });

  it('must be one', () => {
    for (const secret of [key.slice(2), `${key}00`, `0x${key}`, 'z'.repeat(64), '0'.repeat(64)])
      assert.deepEqual(problemsOf('discord', secret), [
        { at: ['secrets', 0], message: 'an Ed25519 public key is 64 hex digits' },
      ]);
  });
});

describe('discord: what is signed', () => {
  const verify = verifierOf('discord', discord.setup);

  it('cannot be cut elsewhere: digits stay with the time', async () => {
    const request = discord.sign({ body: '{"id":"1","type":2}' });
    const shifted = {
      ...withHeader(request, 'x-signature-timestamp', '177901920'),
      body: Buffer.concat([Buffer.from('0'), request.body]),
    };
    assert.equal(await verify(callOf(shifted)), 'signature-wrong');
  });

  it('needs a time in digits', async () => {
    for (const time of ['soon', '1.5', '-1', '1'.repeat(21)])
      assert.equal(
        await verify(callOf(withHeader(discord.sign(), 'x-signature-timestamp', time))),
        'signature-malformed',
      );
  });
});

describe('an empty key of an HMAC', () => {
  const names = [
    'stripe',
    'github',
    'coinbase-commerce',
    'crypto-pay',
    'shopify',
    'slack',
    'twilio',
    'paddle',
    'standard-webhooks',
    'hmac',
  ] as const;
  for (const name of names) {
    it(`cannot be made for ${name}, even where nothing was checked before`, () => {
      const documents = () => Promise.reject(new Error('not here'));
      const params = { secrets: [''], settings: { header: 'X-Sig' }, addresses: [], documents };
      assert.throws(
        () => senderPresets[name].verifier(params),
        (error) => error instanceof HookwardError && error.code === 'config-invalid',
      );
    });
  }
});
