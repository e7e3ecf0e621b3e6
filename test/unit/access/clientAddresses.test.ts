import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addressOfNode } from '../../../src/access/hops.ts';
import { createClientAddresses, parseAddress } from '../../../src/access/index.ts';

const proxy = '10.0.0.1';

function clientOf(peer: string | undefined, headers: readonly string[], trustedProxies = ['10.0.0.0/8']) {
  const addresses = createClientAddresses({ settings: { current: { trustedProxies } } });
  return addresses.of({ peer, headers })?.text ?? null;
}

const xff = (...lines: string[]) => lines.flatMap((line) => ['X-Forwarded-For', line]);
const forwarded = (...lines: string[]) => lines.flatMap((line) => ['Forwarded', line]);

describe('the client address', () => {
  it('is the peer where there is no trust, whatever the headers say', () => {
    assert.equal(clientOf('192.0.2.7', [...xff('6.6.6.6'), ...forwarded('for=6.6.6.6')]), '192.0.2.7');
    assert.equal(clientOf(proxy, xff('6.6.6.6'), []), proxy);
  });

  it('is the right-most entry behind one trusted proxy', () => {
    assert.equal(clientOf(proxy, xff('6.6.6.6, 192.0.2.7')), '192.0.2.7');
  });

  it('is the right-most untrusted entry behind several', () => {
    assert.equal(clientOf(proxy, xff('6.6.6.6, 192.0.2.7, 10.9.9.9, 10.0.0.2')), '192.0.2.7');
  });

  it('does not read what stands left of it', () => {
    for (const forged of ['unknown', '010.0.0.1', '"', '', 'x'.repeat(3000)]) {
      assert.equal(clientOf(proxy, xff(`${forged}, 192.0.2.7`)), '192.0.2.7');
    }
  });

  it('joins several header lines in order', () => {
    assert.equal(clientOf(proxy, xff('6.6.6.6', '192.0.2.7')), '192.0.2.7');
    assert.equal(clientOf(proxy, xff('192.0.2.7', '10.0.0.2')), '192.0.2.7');
    assert.equal(clientOf(proxy, ['x-FORWARDED-for', '6.6.6.6', ...xff('192.0.2.7')]), '192.0.2.7');
  });

  for (const [entry, client] of [
    ['1.2.3.4:80', '1.2.3.4'],
    ['[2001:db8::1]:80', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['  192.0.2.7\t', '192.0.2.7'],
    ['unknown', null],
    ['', null],
    ['010.0.0.1', null],
    ['0x7f.1', null],
    ['::ffff:010.0.0.1', null],
    ['fe80::1%eth0', null],
    ['[fe80::1%eth0]', null],
    ['1.2.3.4:', null],
    ['1.2.3.4:123456', null],
    ['1.2.3.4:80:80', null],
    ['[192.0.2.7]', null],
    ['[2001:db8::1', null],
    ['[2001:db8::1]x', null],
    ['192.0.2.7 10.0.0.1', null],
    ['unix:', null],
    ['localhost', null],
  ] as const) {
    it(`of the entry ${JSON.stringify(entry)} is ${String(client)}`, () => {
      assert.equal(clientOf(proxy, xff(entry)), client);
      assert.equal(clientOf(proxy, xff(`6.6.6.6, ${entry}`)), client);
    });
  }

  it('is undetermined where an empty entry stands at the right end', () => {
    assert.equal(clientOf(proxy, xff('192.0.2.7, ')), null);
    assert.equal(clientOf(proxy, xff('192.0.2.7', '')), null);
    assert.equal(clientOf(proxy, xff(',')), null);
  });

  it('folds an IPv4-mapped peer, so that it is trusted as the IPv4 proxy it is', () => {
    assert.equal(clientOf('::ffff:10.0.0.1', xff('192.0.2.7')), '192.0.2.7');
    assert.equal(clientOf('::ffff:192.0.2.7', xff('6.6.6.6')), '192.0.2.7');
  });

  it('is undetermined where the peer is', () => {
    assert.equal(clientOf(undefined, xff('6.6.6.6')), null);
    assert.equal(clientOf('fe80::1%eth0', xff('6.6.6.6')), null);
    assert.equal(clientOf('/run/hookward.sock', xff('6.6.6.6')), null);
  });

  it('is the furthest proxy where there is nothing but proxies', () => {
    assert.equal(clientOf(proxy, []), proxy);
    assert.equal(clientOf(proxy, xff('10.3.3.3, 10.2.2.2')), '10.3.3.3');
  });

  it('does not look at X-Real-IP and the like', () => {
    const others = ['X-Real-IP', '6.6.6.6', 'X-Client-IP', '6.6.6.6', 'X_Forwarded_For', '6.6.6.6'];
    assert.equal(clientOf(proxy, others), proxy);
    assert.equal(clientOf(proxy, [...others, ...xff('192.0.2.7')]), '192.0.2.7');
  });

  for (const [line, client] of [
    ['for=192.0.2.7', '192.0.2.7'],
    ['for="192.0.2.7:4711"', '192.0.2.7'],
    ['for="[2001:db8::1]"', '2001:db8::1'],
    ['for="[2001:db8::1]:_obfuscated"', '2001:db8::1'],
    ['for=6.6.6.6, for=192.0.2.7;proto=https, for=10.0.0.2', '192.0.2.7'],
    ['for=_hidden', null],
    ['for=unknown', null],
    ['for=192.0.2.7, for=_hidden', null],
    ['for=_hidden, for=192.0.2.7', '192.0.2.7'],
    ['for=192.0.2.7, proto=https', null],
    ['for=2001:db8::1', null],
    ['for=192.0.2.7;by="', null],
  ] as const) {
    it(`of Forwarded: ${line} is ${String(client)}`, () => {
      assert.equal(clientOf(proxy, forwarded(line)), client);
    });
  }

  it('is not disturbed by a malformed line that stands left of the proxy’s own', () => {
    assert.equal(clientOf(proxy, forwarded('for="', 'for=192.0.2.7')), '192.0.2.7');
    assert.equal(clientOf(proxy, forwarded('for=192.0.2.7', 'for="')), null);
  });

  describe('with both headers', () => {
    it('is what they agree on', () => {
      assert.equal(clientOf(proxy, [...xff('192.0.2.7'), ...forwarded('for=192.0.2.7')]), '192.0.2.7');
      assert.equal(
        clientOf(proxy, [...xff('192.0.2.7, 10.0.0.2'), ...forwarded('for="192.0.2.7:99"')]),
        '192.0.2.7',
      );
    });

    it('is undetermined where they differ: the proxy writes one, the caller forged the other', () => {
      assert.equal(clientOf(proxy, [...xff('192.0.2.7'), ...forwarded('for=6.6.6.6')]), null);
      assert.equal(clientOf(proxy, [...xff('6.6.6.6'), ...forwarded('for=192.0.2.7')]), null);
      assert.equal(clientOf(proxy, [...xff('192.0.2.7'), ...forwarded('for=_x')]), null);
      assert.equal(clientOf(proxy, [...xff('192.0.2.7'), ...forwarded('"')]), null);
    });

    it('is what one says where the other knows proxies only, as in a mixed chain', () => {
      assert.equal(clientOf(proxy, [...xff('192.0.2.7'), ...forwarded('for=10.0.0.2')]), '192.0.2.7');
      assert.equal(clientOf(proxy, [...xff('10.0.0.2'), ...forwarded('for=192.0.2.7')]), '192.0.2.7');
    });
  });

  it('costs bounded work on a 10 kB header', () => {
    const spoofed = '1.1.1.1, '.repeat(1200);
    const trusted = `${'10.0.0.1, '.repeat(1000)}10.0.0.1`;
    assert.equal(clientOf(proxy, xff(`${spoofed}192.0.2.7`)), '192.0.2.7');
    assert.equal(clientOf(proxy, xff(trusted)), null, 'no real chain is a thousand proxies long');
    assert.equal(clientOf(proxy, xff(','.repeat(10_000))), null);
    assert.equal(clientOf(proxy, forwarded(`for="${'\\'.repeat(10_000)}`)), null);
    const addresses = createClientAddresses({ settings: { current: { trustedProxies: ['10.0.0.0/8'] } } });
    const headers = [...xff(trusted), ...forwarded('for=1.1.1.1,'.repeat(850))];
    const began = performance.now();
    for (let at = 0; at < 200; at += 1) addresses.of({ peer: proxy, headers });
    assert.ok((performance.now() - began) / 200 < 5, 'milliseconds a request');
  });

  it('follows a reload of the trusted proxies at once', () => {
    const settings = { current: { trustedProxies: [] as string[] } };
    const addresses = createClientAddresses({ settings });
    assert.equal(addresses.of({ peer: proxy, headers: xff('192.0.2.7') })?.text, proxy);
    assert.equal(addresses.isTrustedProxy(proxy), false);
    settings.current = { trustedProxies: ['10.0.0.1'] };
    assert.equal(addresses.of({ peer: proxy, headers: xff('192.0.2.7') })?.text, '192.0.2.7');
    assert.equal(addresses.isTrustedProxy(proxy), true);
    assert.equal(addresses.isTrustedProxy('::ffff:10.0.0.1'), true);
    assert.equal(addresses.isTrustedProxy(undefined), false);
    assert.equal(addresses.isTrustedProxy('nonsense'), false);
  });

  it('trusts no proxy for a text that is no range', () => {
    assert.equal(clientOf('0.0.0.10', xff('6.6.6.6'), ['10/8']), '0.0.0.10');
    assert.equal(clientOf('10.1.2.3', xff('6.6.6.6'), ['10.1.2.3/8']), '10.1.2.3');
  });

  it('looks ten thousand peers up without keeping all of them', () => {
    const addresses = createClientAddresses({ settings: { current: { trustedProxies: ['10.0.0.0/8'] } } });
    for (let at = 0; at < 10_000; at += 1) {
      const peer = `192.${at >> 16}.${(at >> 8) & 255}.${at & 255}`;
      assert.equal(addresses.of({ peer, headers: [] })?.text, peer);
    }
    assert.equal(addresses.of({ peer: '192.0.0.0', headers: [] })?.text, '192.0.0.0');
  });
});

describe('no forgery', () => {
  const untrusted = fc
    .oneof(fc.ipV4(), fc.ipV6())
    .filter((text) => parseAddress(text) !== null && !/^10\.|^::ffff:/.test(parseAddress(text)?.text ?? ''));
  const junk = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^(?:for|by|=|"|\\|;|,| |1\.2\.3\.4|10\.0\.0\.1|\[::1\]|_x|unknown)*$/),
    fc.ipV4(),
  );
  const hops = fc.array(fc.constantFrom('10.0.0.2', '10.1.1.1', '::ffff:10.2.2.2'), { maxLength: 3 });
  const addresses = createClientAddresses({ settings: { current: { trustedProxies: ['10.0.0.0/8'] } } });

  it('comes through X-Forwarded-For when the proxy appends the caller, on the same line or its own', () => {
    fc.assert(
      fc.property(
        fc.array(junk, { maxLength: 3 }),
        untrusted,
        hops,
        fc.boolean(),
        (left, real, right, own) => {
          const appended = [real, ...right].join(', ');
          const lines =
            own || left.length === 0
              ? [...left, appended]
              : [...left.slice(0, -1), `${left.at(-1) ?? ''}, ${appended}`];
          const found = addresses.of({ peer: proxy, headers: xff(...lines) });
          assert.equal(found?.text, parseAddress(real)?.text);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('comes through Forwarded: the caller or nobody is found', () => {
    let determined = 0;
    fc.assert(
      fc.property(
        fc.array(junk, { maxLength: 3 }),
        untrusted,
        fc.boolean(),
        fc.boolean(),
        (left, real, own, more) => {
          const node = real.includes(':') ? `for="[${real}]"` : `for=${real}`;
          const appended = more ? `${node};proto=https;host="hooks.example"` : node;
          const lines =
            own || left.length === 0
              ? [...left, appended]
              : [...left.slice(0, -1), `${left.at(-1) ?? ''}, ${appended}`];
          const found = addresses.of({ peer: proxy, headers: forwarded(...lines) });
          if (found !== null) determined += 1;
          if (own) assert.notEqual(found, null);
          assert.ok(
            found === null || found.text === parseAddress(real)?.text,
            `${lines.join('\n')} gave ${String(found?.text)}`,
          );
        },
      ),
      { numRuns: 5000 },
    );
    assert.ok(determined > 1000);
  });

  it('comes through the header that the proxy does not write', () => {
    fc.assert(
      fc.property(
        fc.array(junk, { maxLength: 2 }),
        untrusted,
        fc.boolean(),
        (forged, real, writesForwarded) => {
          const node = real.includes(':') ? `for="[${real}]"` : `for=${real}`;
          const headers = writesForwarded
            ? [...xff(...forged), ...forwarded(node)]
            : [...forwarded(...forged), ...xff(real)];
          const found = addresses.of({ peer: proxy, headers });
          assert.ok(found === null || found.text === parseAddress(real)?.text);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('makes the parsers throw', () => {
    fc.assert(
      fc.property(fc.array(junk), fc.array(junk), fc.string(), (one, other, node) => {
        addresses.of({ peer: proxy, headers: [...xff(...one), ...forwarded(...other)] });
        addressOfNode(node);
      }),
      { numRuns: 3000 },
    );
  });
});
