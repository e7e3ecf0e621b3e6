import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BlockList, isIPv6 } from 'node:net';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { countedRange, rangesOverlap } from '../../../src/access/range.ts';
import type { AddressRange } from '../../../src/access/index.ts';
import { createAddressSet, parseAddress, parseRange } from '../../../src/access/index.ts';

function range(text: string): AddressRange {
  const parsed = parseRange(text);
  assert.ok(parsed.ok, text);
  return parsed.range;
}

describe('parseRange', () => {
  for (const [text, canonical] of [
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7/32', '192.0.2.7'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8::/32', '2001:db8::/32'],
    ['2001:db8::1/128', '2001:db8::1'],
    ['::/0', '::/0'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1/128', '10.0.0.1'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
  ] as const) {
    it(`takes ${text} as ${canonical}`, () => {
      assert.equal(range(text).text, canonical);
    });
  }

  for (const [text, problem] of [
    ['10/8', /expected an address or CIDR block/],
    ['10.0.0.0/33', /prefix length of 0 to 32/],
    ['2001:db8::/129', /prefix length of 0 to 128/],
    ['10.0.0.0/08', /prefix length/],
    ['10.0.0.0/', /prefix length/],
    ['10.0.0.0/-1', /prefix length/],
    ['10.0.0.0/8/8', /prefix length/],
    ['10.0.0.0/255.0.0.0', /prefix length/],
    ['10.1.2.3/8', /the block is 10\.0\.0\.0\/8/],
    ['2001:db8::1/32', /the block is 2001:db8::\/32/],
    ['::ffff:10.1.2.3/104', /the block is 10\.0\.0\.0\/8/],
    ['::ffff:10.0.0.0/80', /at least 96; write it as an IPv4 block/],
    ['fe80::1%eth0', /zone ids are not taken/],
    ['fe80::%eth0/10', /zone ids are not taken/],
    [' 10.0.0.0/8', /expected/],
    ['010.0.0.0/8', /expected/],
    ['0x0a.0.0.0/8', /expected/],
    ['', /expected/],
    ['/8', /expected/],
    ['sender:telegram', /expected/],
  ] as const) {
    it(`refuses ${JSON.stringify(text)} and says why`, () => {
      const parsed = parseRange(text);
      assert.ok(!parsed.ok);
      assert.match(parsed.problem, problem);
    });
  }

  it('never throws, and reads its own canonical text as the same range', () => {
    const almost = fc.stringMatching(/^[0-9a-f:.%/]{0,24}$/);
    const cidr = fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 0, max: 130 }));
    fc.assert(
      fc.property(
        fc.oneof(
          almost,
          fc.string(),
          cidr.map(([base, prefix]) => `${base}/${prefix}`),
        ),
        (text) => {
          const parsed = parseRange(text);
          if (parsed.ok) assert.deepEqual(range(parsed.range.text), parsed.range);
        },
      ),
      { numRuns: 5000 },
    );
  });
});

describe('countedRange', () => {
  it('widens an IPv6 address to its /64 and leaves wider blocks and IPv4 alone', () => {
    assert.equal(countedRange(range('2001:db8::1')).text, '2001:db8::/64');
    assert.equal(countedRange(range('2001:db8::/65')).text, '2001:db8::/64');
    assert.equal(countedRange(range('2001:db8::/48')).text, '2001:db8::/48');
    assert.equal(countedRange(range('192.0.2.7')).text, '192.0.2.7');
  });
});

describe('rangesOverlap', () => {
  it('holds for nested ranges either way, and for nothing else', () => {
    assert.equal(rangesOverlap(range('10.0.0.0/8'), range('10.1.2.3')), true);
    assert.equal(rangesOverlap(range('10.1.2.3'), range('10.0.0.0/8')), true);
    assert.equal(rangesOverlap(range('10.0.0.0/8'), range('11.0.0.0/8')), false);
    assert.equal(rangesOverlap(range('0.0.0.0/0'), range('::/0')), false);
  });
});

/** A block around a random address, few leading bits so that blocks and addresses meet. */
const block = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 32 }), fc.uint8Array({ minLength: 4, maxLength: 4 })),
  fc.tuple(fc.integer({ min: 0, max: 128 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
);
const narrow = (bytes: Uint8Array) =>
  ipaddr.fromByteArray([...bytes].map((byte, at) => (at === 0 ? 32 + (byte % 4) : byte % 3)));

describe('createAddressSet', () => {
  it('agrees with node:net BlockList on random blocks and addresses', () => {
    let inside = 0;
    fc.assert(
      fc.property(
        fc.array(block, { minLength: 1, maxLength: 20 }),
        fc.array(block, { minLength: 10, maxLength: 10 }),
        (blocks, probes) => {
          // One list per family: BlockList lets `::/0` cover IPv4 too, which `parseRange` says it does not.
          const models = { ipv4: new BlockList(), ipv6: new BlockList() };
          const texts = blocks.map(([prefix, bytes]) => {
            const base = narrow(bytes).toString();
            const network = isIPv6(base)
              ? ipaddr.IPv6.networkAddressFromCIDR(`${base}/${prefix}`).toString()
              : ipaddr.IPv4.networkAddressFromCIDR(`${base}/${prefix}`).toString();
            const family = isIPv6(base) ? 'ipv6' : 'ipv4';
            models[family].addSubnet(network, prefix, family);
            return `${network}/${prefix}`;
          });
          const set = createAddressSet(texts);
          for (const [, bytes] of probes) {
            const text = narrow(bytes).toString();
            const address = parseAddress(text);
            assert.ok(address !== null);
            const family = isIPv6(text) ? 'ipv6' : 'ipv4';
            const expected = models[family].check(text, family);
            if (expected) inside += 1;
            assert.equal(set.has(address), expected, `${text} in ${texts.join(' ')}`);
          }
        },
      ),
      { numRuns: 500 },
    );
    assert.ok(inside > 100, 'the blocks and addresses must meet for this to mean anything');
  });

  it('finds an IPv4-mapped address in an IPv4 block', () => {
    const mapped = parseAddress('::ffff:10.1.2.3');
    assert.ok(mapped !== null);
    assert.equal(createAddressSet(['10.0.0.0/8']).has(mapped), true);
    assert.equal(createAddressSet(['::ffff:10.0.0.0/104']).has(mapped), true);
    assert.equal(createAddressSet(['::/0']).has(mapped), false);
  });

  it('lists nobody for a range that cannot be parsed', () => {
    const set = createAddressSet(['10/8', '10.1.2.3/8']);
    assert.equal(set.size, 0);
    assert.equal(set.has({ text: '10.1.2.3' }), false);
    assert.equal(set.has({ text: '0.0.0.10' }), false);
  });

  it('asks ten thousand ranges as quickly as one of each length', () => {
    const texts: string[] = [];
    for (let at = 0; at < 10_000; at += 1) texts.push(`10.${at >> 8}.${at & 255}.0/${24 + (at % 9)}`);
    const set = createAddressSet(texts);
    assert.equal(set.size, 10_000);
    const began = performance.now();
    for (let at = 0; at < 200_000; at += 1) set.has({ text: `11.${at & 63}.${at & 255}.1` });
    const microseconds = ((performance.now() - began) * 1000) / 200_000;
    assert.ok(microseconds < 20, `${microseconds} us a look-up`);
  });
});
