import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRange } from '../../../src/access/range.ts';
import { HookwardError } from '../../../src/core/errors.ts';
import {
  compareSenderAddresses,
  mergeSenderAddresses,
  parseSenderAddresses,
  shippedSenderAddresses,
  type SenderAddressBook,
} from '../../../src/senders/index.ts';

const entry = {
  addresses: ['149.154.160.0/20', '91.108.4.0/22', '2a02:5180:0:1509::/64', '192.0.2.7'],
  date: '2026-05-17',
  source: 'https://core.telegram.org/bots/webhooks',
};

/** What is wrong with a file, as the operator is told. */
function problemOf(text: string): string {
  try {
    parseSenderAddresses(text);
  } catch (error) {
    assert.ok(error instanceof HookwardError);
    assert.equal(error.code, 'config-invalid');
    return error.message;
  }
  return 'none';
}

const problemWith = (changes: Readonly<Record<string, unknown>>) =>
  problemOf(JSON.stringify({ telegram: { ...entry, ...changes } }));

describe('a file of senders’ addresses', () => {
  it('is read by sender', () => {
    const noted = { ...entry, note: 'They say that it might change.' };
    const text = JSON.stringify({ telegram: entry, github: noted });
    assert.deepEqual(parseSenderAddresses(text), { telegram: entry, github: noted });
    assert.deepEqual(parseSenderAddresses('{}'), {});
  });

  const wholes: Readonly<Record<string, readonly [text: string, problem: RegExp]>> = {
    'no JSON': ['{', /no JSON/],
    'a list': ['[]', /one JSON object/],
    nothing: ['null', /one JSON object/],
    'too long': [`{}${' '.repeat(1024 * 1024)}`, /more than 1048576 characters/],
    'a sender that there is not': [JSON.stringify({ telegramm: entry }), /no sender `telegramm`/],
    'a sender named like a property': ['{"__proto__": {}}', /no sender `__proto__`/],
    'a sender without an entry': ['{"stripe": []}', /stripe: must have/],
  };
  for (const [what, [text, problem]] of Object.entries(wholes)) {
    it(`is refused: ${what}`, () => assert.match(problemOf(text), problem));
  }

  const members: Readonly<Record<string, readonly [changes: Readonly<Record<string, unknown>>, RegExp]>> = {
    'a member that there is not': [{ adresses: [] }, /telegram: there is no member `adresses`/],
    'no addresses': [{ addresses: undefined }, /telegram: `addresses`/],
    'an empty list': [{ addresses: [] }, /telegram: `addresses`/],
    'more than 4096': [{ addresses: Array.from({ length: 4_097 }, () => '192.0.2.7') }, /1 to 4096/],
    'a number for an address': [{ addresses: [1] }, /telegram: address 1 is no text/],
    'the same twice': [{ addresses: ['192.0.2.7', '192.0.2.7'] }, /address 2 stands there twice/],
    'no date': [{ date: undefined }, /telegram: `date`/],
    'a date that there is not': [{ date: '2026-02-30' }, /telegram: `date`/],
    'a date with a time': [{ date: '2026-05-17T00:00:00Z' }, /telegram: `date`/],
    'no source': [{ source: undefined }, /telegram: `source`/],
    'a source without https': [{ source: 'http://core.telegram.org' }, /telegram: `source`/],
    'a note that is no text': [{ note: 1 }, /telegram: `note`/],
  };
  for (const [what, [changes, problem]] of Object.entries(members)) {
    it(`is refused: ${what}`, () => assert.match(problemWith(changes), problem));
  }

  const addresses: Readonly<Record<string, RegExp>> = {
    '': /is no IP address/,
    localhost: /is no IP address/,
    '1': /is no IP address/,
    '010.0.0.1': /is no IP address/,
    '0x7f.0.0.1': /is no IP address/,
    '10/8': /is no IP address/,
    ' 192.0.2.7': /is no IP address/,
    '192.0.2.7:80': /is no IP address/,
    'fe80::1%eth0': /is no IP address/,
    '[::1]': /is no IP address/,
    '192.0.2.0/': /no prefix of 0 to 32/,
    '192.0.2.0/33': /no prefix of 0 to 32/,
    '192.0.2.0/024': /no prefix of 0 to 32/,
    '192.0.2.0/24/24': /no prefix of 0 to 32/,
    '2001:db8::/129': /no prefix of 0 to 128/,
    '192.0.2.7/32': /single address/,
    '2001:db8::1/128': /single address/,
    '192.0.2.7/24': /bits set beyond/,
    '2001:db8::1/64': /bits set beyond/,
    '2a0a:a441::/29': /bits set beyond/,
    '2001:DB8::1': /canonical spelling, 2001:db8::1/,
    '2001:db8:0:0:0:0:0:1': /canonical spelling, 2001:db8::1/,
    '2001:0db8::1': /canonical spelling, 2001:db8::1/,
    '::ffff:192.0.2.7': /canonical spelling/,
    '::ffff:c000:207': /is IPv4 in IPv6/,
  };
  for (const [address, problem] of Object.entries(addresses)) {
    it(`does not take ${JSON.stringify(address)} for an address`, () =>
      assert.match(problemWith({ addresses: ['192.0.2.1', address] }), problem));
  }

  it('takes every block at the borders of what there is', () => {
    for (const address of [
      '0.0.0.0/0',
      '::/0',
      '128.0.0.0/1',
      '2001:db8::/32',
      '192.0.2.254/31',
      '::',
      '::1',
    ])
      assert.equal(problemWith({ addresses: [address] }), 'none');
  });
});

describe('the addresses that come with the package', () => {
  const shipped = shippedSenderAddresses();

  it('are what the access lists take, spelt the same', () => {
    const listed = Object.values(shipped).flatMap(({ addresses }) => addresses);
    assert.ok(listed.length > 40);
    for (const address of listed) {
      const parsed = parseRange(address);
      assert.equal(parsed.ok ? parsed.range.text : parsed.problem, address);
    }
  });

  it('are those of the senders that publish them', () => {
    assert.deepEqual(shipped.telegram?.addresses, ['149.154.160.0/20', '91.108.4.0/22']);
    for (const name of ['shopify', 'slack', 'discord', 'twilio', 'paypal', 'crypto-pay'] as const)
      assert.equal(shipped[name], undefined);
  });
});

describe('two books of addresses', () => {
  const old: SenderAddressBook = {
    telegram: entry,
    stripe: { ...entry, addresses: ['192.0.2.1'] },
    paddle: entry,
  };
  const fresh: SenderAddressBook = {
    telegram: { ...entry, addresses: ['149.154.160.0/20', '203.0.113.0/24'], date: '2026-06-01' },
    github: entry,
    paddle: { ...entry, addresses: [...entry.addresses].reverse() },
  };

  it('are laid over one another sender by sender', () => {
    assert.deepEqual(mergeSenderAddresses(old, fresh), {
      telegram: fresh.telegram,
      stripe: old.stripe,
      paddle: fresh.paddle,
      github: entry,
    });
  });

  it('are compared sender by sender, order aside', () => {
    assert.deepEqual(compareSenderAddresses(old, fresh), [
      {
        sender: 'telegram',
        added: ['203.0.113.0/24'],
        removed: ['91.108.4.0/22', '2a02:5180:0:1509::/64', '192.0.2.7'],
        dateBefore: '2026-05-17',
        dateAfter: '2026-06-01',
      },
      { sender: 'stripe', added: [], removed: ['192.0.2.1'], dateBefore: '2026-05-17', dateAfter: null },
      { sender: 'github', added: entry.addresses, removed: [], dateBefore: null, dateAfter: '2026-05-17' },
    ]);
    assert.deepEqual(compareSenderAddresses(old, old), []);
    const dated = { ...old, stripe: { ...entry, addresses: ['192.0.2.1'], date: '2026-05-18' } };
    assert.deepEqual(compareSenderAddresses(old, dated), [
      { sender: 'stripe', added: [], removed: [], dateBefore: '2026-05-17', dateAfter: '2026-05-18' },
    ]);
  });
});
