import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { prepareOrderKey } from '../../../src/ingress/orderKey.ts';
import { queryValue } from '../../../src/ingress/query.ts';
import { KeySource } from '../../../src/ingress/requestKey.ts';

interface Source {
  readonly target?: string;
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
}

function keyOf(by: string, { target = '/', headers = [], body = '' }: Source): string | null {
  const question = target.indexOf('?');
  const request = { target, headers, body: Buffer.from(body as Uint8Array) };
  return prepareOrderKey(by)(new KeySource(request, question < 0 ? target.length : question));
}

const json: readonly [pointer: string, body: string, expected: string | null][] = [
  ['json:/id', '{"id":"a"}', 'a'],
  ['json:/id', '{"id":7}', '7'],
  ['json:/id', '{"id":true}', 'true'],
  ['json:/id', '{"id":null}', null],
  ['json:/id', '{"id":{}}', null],
  ['json:/id', '{}', null],
  ['json:/id', '[]', null],
  ['json:/id', '', null],
  ['json:/id', '{"id":', null],
  ['json:/a/b/1', '{"a":{"b":["x","y"]}}', 'y'],
  ['json:/a/01', '{"a":["x","y"]}', null],
  ['json:/a/-', '{"a":["x"]}', null],
  ['json:/a/length', '{"a":["x"]}', null],
  ['json:/a/length', '{"a":"text"}', null],
  ['json:/a~1b', '{"a/b":"slash"}', 'slash'],
  ['json:/a~0b', '{"a~b":"tilde"}', 'tilde'],
  ['json:/a~01', '{"a~1":"both"}', 'both'],
  ['json:/', '{"":"empty"}', 'empty'],
  ['json:', '"whole"', 'whole'],
  ['json:/__proto__', '{}', null],
  ['json:/constructor/name', '{}', null],
  ['json:/__proto__', '{"__proto__":"own"}', 'own'],
];

describe('order keys', () => {
  for (const [pointer, body, expected] of json) {
    test(`${pointer} of ${body || 'nothing'} is ${String(expected)}`, () => {
      assert.equal(keyOf(pointer, { body }), expected);
    });
  }

  test('a header is found whatever its case, the first of repeats', () => {
    assert.equal(keyOf('header:X-Order', { headers: ['a', 'b', 'x-ORDER', '1', 'X-Order', '2'] }), '1');
    assert.equal(keyOf('header:X-Order', { headers: ['x-order-2', '1'] }), null);
  });

  test('a query field is decoded', () => {
    assert.equal(keyOf('query:key', { target: '/p?a=1&key=%D0%B0+b' }), 'а b');
    assert.equal(keyOf('query:key', { target: '/p?key' }), '');
    assert.equal(keyOf('query:key', { target: '/key=1' }), null);
  });

  test('a long key becomes a digest of fixed length that still tells keys apart', () => {
    const one = keyOf('header:k', { headers: ['k', 'x'.repeat(5000)] });
    const other = keyOf('header:k', { headers: ['k', `${'x'.repeat(4999)}y`] });
    assert.match(one ?? '', /^sha256:[\w-]{43}$/);
    assert.notEqual(one, other);
  });

  test('a body beyond a quarter MiB is not parsed', () => {
    const body = (length: number) => `{"id":"a","pad":"${'x'.repeat(length - 20)}"}`;
    assert.equal(keyOf('json:/id', { body: body(256 * 1024) }), 'a');
    assert.equal(keyOf('json:/id', { body: body(256 * 1024 + 100) }), null);
  });

  test('nesting that no stack could follow is no key, and no crash', () => {
    assert.equal(keyOf('json:/id', { body: '['.repeat(100_000) + ']'.repeat(100_000) }), null);
  });

  test('bytes that are no text are no key, and no crash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.string(), (body, pointer) => {
        const key = keyOf(`json:/${pointer}`, { body });
        assert.ok(key === null || typeof key === 'string');
      }),
    );
  });

  test('a pointer made from a path finds what stands there', () => {
    const escape = (token: string) => token.replaceAll('~', '~0').replaceAll('/', '~1');
    const path = fc.array(fc.string(), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(path, fc.string({ maxLength: 100 }), (tokens, value) => {
        // Text, so that `__proto__` is a member like any other.
        const body = tokens.reduceRight(
          (inner, token) => `{${JSON.stringify(token)}:${inner}}`,
          JSON.stringify(value),
        );
        assert.equal(keyOf(`json:/${tokens.map(escape).join('/')}`, { body }), value);
      }),
    );
  });
});

describe('query fields', () => {
  test('the value is the one that a form parser finds', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '&', '=', '+', ' ', '%', 'я', '/'),
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 6 }), text, (pairs, name) => {
        const query = pairs
          .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
          .join('&');
        assert.equal(queryValue(`/p?${query}`, 2, name), new URLSearchParams(query).get(name));
      }),
      { numRuns: 2000 },
    );
  });

  test('an escape that is none is left as it stands', () => {
    assert.equal(queryValue('/p?a=50%+off', 2, 'a'), '50% off');
  });
});
