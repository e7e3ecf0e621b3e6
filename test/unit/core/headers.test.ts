import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { headerValue, headerValues } from '../../../src/core/headers.ts';

const headers = ['Host', 'a.example', 'X-One', '1', 'x-oNE', '2', 'Empty', '', '__proto__', 'kept'];

test('the first value of a name is found in any case', () => {
  assert.equal(headerValue(headers, 'host'), 'a.example');
  assert.equal(headerValue(headers, 'x-one'), '1');
});

test('an empty value is a value, a missing name is null', () => {
  assert.equal(headerValue(headers, 'empty'), '');
  assert.equal(headerValue(headers, 'x-two'), null);
  assert.equal(headerValue([], 'host'), null);
});

test('values are never taken for names', () => {
  assert.equal(headerValue(['a', 'host', 'b', 'c'], 'host'), null);
});

test('a name that means something to objects means nothing here', () => {
  assert.equal(headerValue(headers, '__proto__'), 'kept');
  assert.equal(headerValue(headers, 'constructor'), null);
});

test('every value of a name comes in order', () => {
  assert.deepEqual(headerValues(headers, 'x-one'), ['1', '2']);
  assert.deepEqual(headerValues(headers, 'x-two'), []);
});

test('headerValue is the first of headerValues, whatever the list', () => {
  const list = fc
    .array(fc.tuple(fc.constantFrom('a', 'A', 'b', 'aa'), fc.string()))
    .map((pairs) => pairs.flat());
  fc.assert(
    fc.property(list, (flat) => assert.equal(headerValue(flat, 'a'), headerValues(flat, 'a')[0] ?? null)),
  );
});
