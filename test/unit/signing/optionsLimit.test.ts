import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { CapturedRequest } from '../../../src/core/webhook.ts';
import type { SenderVerdict } from '../../../src/core/senders.ts';
import { senderNames } from '../../../src/core/senders.ts';
import { anyUnit, optionsOf, sign, valueOf } from './fixtures.ts';

const bounded = (request: Partial<CapturedRequest>, optionsBytesMax = 600) => {
  const headers = sign({ request, optionsBytesMax });
  assert.ok(valueOf(headers, 'hookward-options').length <= optionsBytesMax);
  return optionsOf(headers);
};

describe('options that are longer than their limit', () => {
  it('lose unknown headers first, then ordinary ones, then proofs; Content-Type and User-Agent last', () => {
    // Each takes the same room in the options, so that only its importance decides.
    const names = ['X-Unknown', 'Accept', 'X-Signature', 'User-Agent', 'Content-Type'];
    const headers = names.flatMap((name) => [name, 'x'.repeat(80 - name.length)]);
    const kept = new Set<string>();
    for (let limit = 512; limit <= 1000; limit += 1) {
      const options = bounded({ target: '/', headers }, limit);
      kept.add(Object.keys(options.headers).join(' '));
      assert.equal(options.truncated, Object.keys(options.headers).length < 5 ? true : undefined);
    }
    assert.deepEqual(
      [...kept],
      [
        'User-Agent Content-Type',
        'X-Signature User-Agent Content-Type',
        'Accept X-Signature User-Agent Content-Type',
        'X-Unknown Accept X-Signature User-Agent Content-Type',
      ],
    );
  });

  it('keep params and URL whole while a large header goes', () => {
    const options = bounded({ target: '/h?a=1', headers: ['Cookie', 'c'.repeat(4000), 'Accept', '*/*'] });
    assert.deepEqual(options.headers, { Accept: '*/*' });
    assert.deepEqual(options.params, { a: '1' });
    assert.deepEqual(options.omitted, ['headers']);
  });

  it('lose all params before the URL, and never some of them', () => {
    const options = bounded({ target: `/h?a=1&b=${'x'.repeat(200)}`, headers: [] });
    assert.deepEqual(options.params, {});
    assert.match(options.url ?? '', /x{200}$/);
    assert.equal(options.truncated, true);
    assert.deepEqual(options.omitted, ['params']);
  });

  it('lose a giant URL whole: a part of it would be another URL', () => {
    const options = bounded({ target: `/h?a=${'x'.repeat(8000)}`, headers: ['Content-Type', 'text/plain'] });
    assert.equal(options.url, null);
    assert.deepEqual(options.params, {});
    assert.deepEqual(options.omitted, ['url', 'params']);
    assert.deepEqual(options.headers, { 'Content-Type': 'text/plain' });
  });

  it('never lose the sender and the verdict', () => {
    const sender = { sender: 'github', verdict: 'verified' } as const;
    const request = { target: `/h?a=${'x'.repeat(8000)}`, headers: ['Cookie', 'c'.repeat(4000)] };
    for (const optionsBytesMax of [512, 4096]) {
      const options = optionsOf(sign({ request, sender, optionsBytesMax }));
      assert.deepEqual([options.sender, options.verified], ['github', true]);
      assert.deepEqual(options.omitted, ['url', 'params', 'headers']);
    }
  });

  it('fit into the least limit with all that is never left out at its longest', () => {
    const route = 'r'.repeat(63);
    const verdict: SenderVerdict = 'signature-wrong';
    const ip = 'ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255';
    const headers = ['Content-Type', 'application/x-www-form-urlencoded', 'X', 'x'.repeat(4000)];
    for (const sender of senderNames) {
      const signed = sign({
        route,
        sender: { sender, verdict },
        request: { ip, headers, target: `/h?a=${'x'.repeat(4000)}` },
        body: 'b'.repeat(5000),
        attempt: Number.MAX_SAFE_INTEGER,
        replay: Number.MAX_SAFE_INTEGER,
        optionsBytesMax: 512,
      });
      assert.ok(valueOf(signed, 'hookward-options').length <= 512, sender);
      const options = optionsOf(signed);
      assert.deepEqual([options.route, options.ip, options.sender], [route, ip, sender]);
      assert.deepEqual(options.omitted, ['form', 'url', 'params', 'headers']);
    }
  });

  it('fit for every call, are printable ASCII, and hold nothing that the call did not', () => {
    const text = fc.string({ unit: anyUnit, maxLength: 500, size: 'max' });
    const call = fc.record({
      query: text,
      headers: fc.array(fc.tuple(fc.stringMatching(/^[a-zA-Z_-]{1,30}$/), text), { maxLength: 12 }),
      limit: fc.integer({ min: 512, max: 3000 }),
    });
    fc.assert(
      fc.property(call, ({ query, headers, limit }) => {
        const request = { target: `/h?${query}`, headers: headers.flat() };
        const header = valueOf(sign({ request, optionsBytesMax: limit }), 'hookward-options');
        assert.match(header, new RegExp(`^[\\x20-\\x7e]{1,${String(limit)}}$`));
        const unbounded = sign({ request, optionsBytesMax: 1_000_000 });
        const whole = optionsOf(unbounded);
        const options = bounded(request, limit);
        assert.ok(options.url === null || options.url === whole.url);
        for (const [name, value] of Object.entries(options.headers)) {
          assert.deepEqual(value, whole.headers[name]);
        }
        if (options.omitted?.includes('params') !== true) assert.deepEqual(options.params, whole.params);
        const isLonger = valueOf(unbounded, 'hookward-options').length > limit;
        assert.equal(options.truncated, isLonger ? true : undefined);
        assert.equal(options.omitted === undefined, !isLonger);
      }),
      { numRuns: 150 },
    );
  });
});
