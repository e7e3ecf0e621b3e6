import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { forwardedNodes } from '../../../src/access/forwarded.ts';

describe('forwardedNodes', () => {
  for (const [line, nodes] of [
    ['for=192.0.2.43', ['192.0.2.43']],
    ['for="_gazonk"', ['_gazonk']],
    ['For="[2001:db8:cafe::17]:4711"', ['[2001:db8:cafe::17]:4711']],
    ['for=192.0.2.60;proto=http;by=203.0.113.43', ['192.0.2.60']],
    ['for=192.0.2.43, for=198.51.100.17', ['192.0.2.43', '198.51.100.17']],
    ['by=203.0.113.43;FOR=192.0.2.60 ; proto=http', ['192.0.2.60']],
    ['proto=https', ['']],
    ['', ['']],
    ['for=a,,for=b', ['a', '', 'b']],
    ['for=a;', ['a']],
    ['host="a,b;c=\\"d\\"";for=x', ['x']],
  ] as const) {
    it(`reads ${JSON.stringify(line)}`, () => {
      assert.deepEqual(forwardedNodes(line), nodes);
    });
  }

  for (const line of [
    'for=2001:db8::1',
    'for=[2001:db8::1]',
    'for="192.0.2.43',
    'for=',
    'for',
    'for =a',
    'for= a',
    'for=a for=b',
    'for=a;for=b',
    'for=a;FOR=a',
    'for="a"b',
    'for="a\u0000"',
    'for="a\\',
    '=a',
    'for=a;=b',
    // The caller leaves a quote open so that it swallows what the proxy adds.
    'for=6.6.6.6;by=", for=192.0.2.43',
    'for=6.6.6.6;by=", for="[2001:db8::1]"',
    'for=6.6.6.6;by=", for=192.0.2.43;host=""',
    'for=6.6.6.6;by="\\, for="[2001:db8::1]"',
  ]) {
    it(`finds ${JSON.stringify(line)} malformed`, () => {
      assert.equal(forwardedNodes(line), null);
    });
  }

  it('never throws, whatever the line', () => {
    const almost = fc.stringMatching(/^(?:for|by|=|"|\\|;|,| |1\.2\.3\.4|\[::1\]|_x)*$/);
    fc.assert(
      fc.property(fc.oneof(almost, fc.string({ unit: 'binary' })), (line) => {
        forwardedNodes(line);
      }),
      { numRuns: 5000 },
    );
  });
});
