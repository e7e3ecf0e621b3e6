import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HookwardError } from '../../../src/core/errors.ts';
import { senderNames, type SenderName } from '../../../src/core/senders.ts';
import {
  createSender,
  findSenderProblems,
  isCheckable,
  senderPresets,
  type SenderConfig,
} from '../../../src/senders/index.ts';
import { signers } from '../../support/signing/index.ts';

const publicUrl = 'https://hooks.example.com';

/** The problems of a configuration, by their places. */
function placesOf(name: SenderName, changes: Partial<SenderConfig> = {}): readonly string[] {
  const { setup } = signers[name];
  const config: SenderConfig = {
    secrets: setup.secrets,
    settings: setup.settings ?? {},
    publicUrl,
    verify: 'enforce',
  };
  return findSenderProblems(name, { ...config, ...changes }).map(({ at }) => at.join('.'));
}

const takesSecrets = senderNames.filter((name) => senderPresets[name].secret !== null);
const takesNone = senderNames.filter((name) => senderPresets[name].secret === null);

describe('a sender’s configuration', () => {
  for (const name of senderNames) {
    it(`of ${name} is right as its tests have it, enforced and reported`, () => {
      assert.deepEqual(placesOf(name), []);
      assert.deepEqual(placesOf(name, { verify: 'report' }), []);
    });
  }

  it('needs a secret where one signs, unless nothing is enforced', () => {
    for (const name of takesSecrets) {
      assert.deepEqual(placesOf(name, { secrets: [] }), ['secrets'], name);
      assert.deepEqual(placesOf(name, { secrets: [], verify: 'report', publicUrl: null }), [], name);
    }
  });

  it('has no secrets where none sign', () => {
    assert.deepEqual(takesNone, ['paypal', 'yookassa']);
    for (const name of takesNone) {
      assert.deepEqual(placesOf(name, { secrets: ['made up'] }), ['secrets']);
      assert.deepEqual(placesOf(name, { secrets: ['made up'], verify: 'report' }), ['secrets']);
    }
  });

  it('has the settings that its sender needs, in either mode', () => {
    for (const name of senderNames) {
      const needed = senderPresets[name].settings.required.map((setting) => `senderSettings.${setting}`);
      for (const verify of ['enforce', 'report'] as const) {
        const places = placesOf(name, { settings: {}, verify });
        for (const place of needed) assert.ok(places.includes(place), `${name}: ${place}`);
      }
    }
    assert.deepEqual(placesOf('paypal', { settings: {} }), ['senderSettings.webhookId']);
    assert.deepEqual(placesOf('paypal', { settings: { webhookId: ' ' } }), ['senderSettings.webhookId']);
  });

  it('has no settings that its sender does not know, set to nothing aside', () => {
    assert.deepEqual(placesOf('stripe', { settings: { webhookId: 'WH-1', prefix: '' } }), [
      'senderSettings.webhookId',
      'senderSettings.prefix',
    ]);
    assert.deepEqual(placesOf('stripe', { settings: { webhookId: undefined } }), []);
  });

  it('has no empty key among the payout keys', () => {
    assert.deepEqual(placesOf('oxapay', { settings: { payoutKeys: ['made up', ''] } }), [
      'senderSettings.payoutKeys',
    ]);
  });

  it('knows the public URL where it is signed', () => {
    const unknowing = senderNames.filter((name) => placesOf(name, { publicUrl: null }).includes('sender'));
    assert.deepEqual(unknowing, ['twilio', 'coinpayments-v3', 'cryptapi']);
  });

  it('is told all its problems at once, each place once', () => {
    const places = placesOf('hmac', {
      secrets: ['', 'fine', ' '],
      settings: { header: ' ', signed: '{target}', merchant: 'm' },
    });
    assert.deepEqual(places, [
      'secrets.0',
      'secrets.2',
      'senderSettings.merchant',
      'senderSettings.header',
      'senderSettings.signed',
    ]);
  });

  it('is never repeated in a problem', () => {
    for (const name of takesSecrets) {
      const secret = 'never to be seen';
      const found = findSenderProblems(name, {
        secrets: [secret],
        settings: { header: secret, signed: `{${secret}}`, timestampHeader: secret },
        publicUrl: null,
        verify: 'enforce',
      });
      assert.ok(!JSON.stringify(found).includes(secret), name);
    }
  });
});

describe('what there is to check with', () => {
  it('is a secret, or nothing that could be lacking', () => {
    for (const name of takesSecrets) {
      assert.equal(isCheckable(name, { secrets: [] }), false);
      assert.equal(isCheckable(name, { secrets: ['made up'] }), true);
    }
    for (const name of takesNone) assert.equal(isCheckable(name, { secrets: [] }), true);
  });
});

describe('making a sender', () => {
  const documents = () => Promise.reject(new Error('not here'));

  it('brings its preset along', () => {
    const sender = createSender('stripe', { secrets: ['a'], settings: {}, addresses: [], documents });
    assert.equal(sender.preset, senderPresets.stripe);
  });

  it('fails where the secrets or settings cannot be used, naming the place and no value', () => {
    const secrets = ['0123'];
    assert.throws(
      () => createSender('discord', { secrets, settings: {}, addresses: [], documents }),
      (error) => {
        assert.ok(error instanceof HookwardError);
        assert.equal(error.code, 'config-invalid');
        assert.match(error.message, /^secrets\.0: /);
        assert.ok(!error.message.includes('0123'));
        return true;
      },
    );
  });
});
