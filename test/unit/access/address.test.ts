import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { ipv4Bits, ipv6Words } from '../../../src/access/address.ts';
import { parseAddress } from '../../../src/access/index.ts';

const anyIpv6 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => ipaddr.fromByteArray([...bytes]));
// Runs of zero words are what the short form is about.
const sparseIpv6 = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 0xffff })), {
    minLength: 8,
    maxLength: 8,
  })
  .map((words) => new ipaddr.IPv6(words));

describe('parseAddress', () => {
  for (const [text, canonical, countedAs] of [
    ['192.0.2.7', '192.0.2.7', '192.0.2.7'],
    ['0.0.0.0', '0.0.0.0', '0.0.0.0'],
    ['2001:DB8:0:0::1', '2001:db8::1', '2001:db8::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['::1', '::1', '::/64'],
    ['::ffff:10.0.0.1', '10.0.0.1', '10.0.0.1'],
    ['::FFFF:0a00:0001', '10.0.0.1', '10.0.0.1'],
    ['0:0:0:0:0:ffff:10.0.0.1', '10.0.0.1', '10.0.0.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221', '64:ff9b::/64'],
  ] as const) {
    it(`takes ${text} as ${canonical}, counted as ${countedAs}`, () => {
      assert.deepEqual(parseAddress(text), { text: canonical, countedAs });
    });
  }

  for (const text of [
    '',
    ' 127.0.0.1',
    '127.0.0.1 ',
    '127.0.0.1\n',
    '1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0x7f000001',
    '0177.0.0.1',
    '010.0.0.1',
    '::ffff:010.0.0.1',
    '256.0.0.1',
    '1.2.3.4.5',
    '1.2.3.4:80',
    '[::1]',
    '[::1]:80',
    'fe80::1%eth0',
    '10.0.0.0/8',
    '10/8',
    'unknown',
    '_hidden',
    'localhost',
    '1::2::3',
    '１.2.3.4',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(parseAddress(text), null);
    });
  }

  it('takes nothing that node:net does not take, and never throws', () => {
    const almost = fc.stringMatching(/^[0-9a-fx:.%/[\] ]{0,24}$/);
    fc.assert(
      fc.property(fc.oneof(almost, fc.string(), fc.ipV4(), fc.ipV6(), fc.ipV4Extended()), (text) => {
        const parsed = parseAddress(text);
        assert.equal(parsed !== null, isIP(text) !== 0 && !text.includes('%'));
        if (parsed !== null) assert.deepEqual(parseAddress(parsed.text), parsed);
      }),
      { numRuns: 5000 },
    );
  });

  it('counts IPv6 addresses as one exactly where their first 64 bits are one', () => {
    fc.assert(
      fc.property(sparseIpv6, sparseIpv6, fc.boolean(), (one, other, sameNetwork) => {
        const second = sameNetwork
          ? new ipaddr.IPv6([...one.parts.slice(0, 4), ...other.parts.slice(4)])
          : other;
        fc.pre(!one.isIPv4MappedAddress() && !second.isIPv4MappedAddress());
        const counted = [one, second].map((address) => parseAddress(address.toString())?.countedAs);
        assert.equal(counted[0] === counted[1], one.match(second, 64));
      }),
    );
  });
});

describe('bits of canonical text', () => {
  it('are those of the address, IPv4', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes) => {
        const expected = Buffer.from(bytes).readInt32BE();
        assert.equal(ipv4Bits(ipaddr.fromByteArray([...bytes]).toString()), expected);
      }),
    );
  });

  it('are those of the address, IPv6', () => {
    const words = new Uint16Array(8);
    fc.assert(
      fc.property(fc.oneof(anyIpv6, sparseIpv6), (address) => {
        ipv6Words(address.toString(), words);
        assert.deepEqual([...words], (address as ipaddr.IPv6).parts);
      }),
      { numRuns: 2000 },
    );
  });
});
