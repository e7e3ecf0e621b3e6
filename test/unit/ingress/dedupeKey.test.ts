import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { prepareEventKeys } from '../../../src/ingress/dedupeKey.ts';
import { prepareOrderKey } from '../../../src/ingress/orderKey.ts';
import { KeySource } from '../../../src/ingress/requestKey.ts';

interface Source {
  readonly target?: string;
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
}

function sourceOf({ target = '/', headers = [], body = '' }: Source): KeySource {
  const question = target.indexOf('?');
  const request = { target, headers, body: Buffer.from(body as Uint8Array) };
  return new KeySource(request, question < 0 ? target.length : question);
}

const keyOf = (places: readonly string[], source: Source) =>
  prepareEventKeys(places)(sourceOf(source)).dedupeKey;
const idOf = (body: string | Uint8Array) => keyOf(['json:/id'], { body });

const form = ['Content-Type', 'application/x-www-form-urlencoded'];

describe('dedupe keys: where the parts stand', () => {
  const headers = ['X-Event', 'h1', 'x-event', 'h2'];
  const cases: readonly [what: string, place: string, source: Source, part: string | null][] = [
    ['a header, the first of repeats', 'header:x-EVENT', { headers }, 'h1'],
    ['a header that is not there', 'header:x-other', { headers }, null],
    ['a query field', 'query:id', { target: '/p?a=1&id=q%201' }, 'q 1'],
    ['a form field', 'form:id', { headers: form, body: 'a=1&id=f+1&id=f2' }, 'f 1'],
    ['the first field of a form', 'form:a', { headers: form, body: 'a=1&id=2' }, '1'],
    ['a form field, not the query', 'form:id', { target: '/p?id=q', headers: form, body: 'a=1' }, null],
    [
      'a form with a charset, whatever its case',
      'form:id',
      { headers: ['content-TYPE', ' Application/X-WWW-Form-URLencoded ; charset=utf-8'], body: 'id=1' },
      '1',
    ],
    ['a form that does not say so', 'form:id', { body: 'id=1' }, null],
    [
      'a type that only begins like it',
      'form:id',
      { headers: ['Content-Type', `${form[1]!}x`], body: 'id=1' },
      null,
    ],
    [
      'a parameter of the form before the query',
      'param:id',
      { target: '/p?id=q', headers: form, body: 'id=f' },
      'f',
    ],
    ['a parameter of the query', 'param:id', { target: '/p?id=q' }, 'q'],
    ['a parameter of neither', 'param:id', { target: '/p?i=q', headers: form, body: 'd=f' }, null],
    ['a JSON member', 'json:/data/0/id', { body: '{"data":[{"id":"evt"}]}' }, 'evt'],
  ];
  for (const [what, place, source, part] of cases) {
    test(what, () => assert.equal(keyOf([place], source), part === null ? null : JSON.stringify([part])));
  }

  test('a form beyond a quarter MiB is not looked at', () => {
    const body = (length: number) => `id=1&pad=${'x'.repeat(length - 9)}`;
    assert.equal(keyOf(['form:id'], { headers: form, body: body(256 * 1024) }), '["1"]');
    assert.equal(keyOf(['form:id'], { headers: form, body: body(256 * 1024 + 1) }), null);
  });
});

describe('dedupe keys: two events never have the same', () => {
  test('integers are kept to the last digit that a double tells apart', () => {
    assert.equal(idOf('{"id":9007199254740991}'), '["9007199254740991"]');
    assert.equal(idOf('{"id":-7}'), '["-7"]');
    assert.equal(idOf('{"id":0}'), '["0"]');
  });

  const unfit = [
    '9007199254740992',
    '9007199254740993',
    '-9007199254740993',
    '1.5',
    '1e400',
    'true',
    'false',
    'null',
    '{}',
    '["a"]',
    '""',
  ];
  for (const id of unfit) {
    test(`${id} is no key`, () => assert.equal(idOf(`{"id":${id}}`), null));
  }

  test('empty fields and headers are no keys', () => {
    assert.equal(keyOf(['query:id'], { target: '/p?id=&id=2' }), null);
    assert.equal(keyOf(['header:id'], { headers: ['id', ''] }), null);
  });

  test('bytes that are no UTF-8, and look the same, are no keys', () => {
    const body = (byte: number) => Buffer.from([...Buffer.from('{"id":"'), byte, ...Buffer.from('"}')]);
    assert.equal(idOf(body(0xcf)), null);
    assert.equal(idOf(body(0xd0)), null);
    assert.equal(
      keyOf(['form:id'], { headers: form, body: Buffer.from([...Buffer.from('id='), 0xcf]) }),
      null,
    );
  });

  test('half surrogates, which UTF-8 cannot tell apart, are told apart', () => {
    const one = idOf(String.raw`{"id":"\ud800"}`);
    const other = idOf(String.raw`{"id":"\ud801"}`);
    assert.notEqual(Buffer.from(one!).toString(), Buffer.from(other!).toString());
  });

  test('a missing part leaves no key', () => {
    const places = ['json:/id', 'json:/status'];
    assert.equal(keyOf(places, { body: '{"id":"p1","status":"paid"}' }), '["p1","paid"]');
    assert.equal(keyOf(places, { body: '{"id":"p1"}' }), null);
    assert.equal(keyOf(places, { body: '{"status":"paid"}' }), null);
    assert.equal(keyOf([], { body: '{}' }), null);
  });

  test('of a member that stands twice the last counts, as for every JSON.parse', () => {
    assert.equal(idOf('{"id":"a","id":"b"}'), '["b"]');
  });

  test('different parts make different keys, however they are cut', () => {
    const parts = fc.array(fc.string({ minLength: 1, maxLength: 120, unit: 'grapheme' }), {
      minLength: 1,
      maxLength: 3,
    });
    const key = (values: readonly string[]) =>
      keyOf(
        values.map((_, at) => `json:/${String(at)}`),
        { body: JSON.stringify(values) },
      );
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        fc.pre(![...one, ...other].some((part) => part.includes('\ufffd')));
        assert.equal(key(one) === key(other), JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });

  test('a long key becomes a digest of fixed length that still tells keys apart', () => {
    const one = idOf(JSON.stringify({ id: 'x'.repeat(5000) }));
    const other = idOf(JSON.stringify({ id: `${'x'.repeat(4999)}y` }));
    assert.match(one ?? '', /^sha256:[\w-]{43}$/);
    assert.notEqual(one, other);
  });
});

describe('event ids', () => {
  const eventIdOf = (places: readonly string[], body: string) =>
    prepareEventKeys(places)(sourceOf({ body })).eventId;

  test('are the first part of the key, whatever the others are', () => {
    const places = ['json:/id', 'json:/status'];
    assert.equal(eventIdOf(places, '{"id":"p1","status":"paid"}'), 'p1');
    assert.equal(eventIdOf(places, '{"id":"p1","status":"refunded"}'), 'p1');
    assert.equal(eventIdOf(places, '{"id":17}'), '17');
    assert.equal(eventIdOf(places, '{"status":"paid"}'), null);
    assert.equal(eventIdOf([], '{"id":"p1"}'), null);
  });

  test('that are long become a digest of fixed length, and webhooks of one key have one event id', () => {
    const body = JSON.stringify({ id: 'x'.repeat(5000) });
    assert.match(eventIdOf(['json:/id'], body) ?? '', /^sha256:[\w-]{43}$/);
    assert.equal(eventIdOf(['json:/id'], body), eventIdOf(['json:/id'], ` ${body}`));
    assert.equal(eventIdOf(['json:/id'], JSON.stringify({ id: 'x'.repeat(200) })), 'x'.repeat(200));
  });
});

describe('a body that several keys are read from', () => {
  test('is parsed once', (t) => {
    const parse = t.mock.method(JSON, 'parse');
    const source = sourceOf({ body: '{"id":"1","status":"paid"}' });
    const order = prepareOrderKey('json:/id');
    const dedupe = prepareEventKeys(['json:/id', 'json:/status']);
    assert.equal(order(source), '1');
    assert.equal(dedupe(source).dedupeKey, '["1","paid"]');
    assert.equal(parse.mock.callCount(), 1);
  });

  test('is tried once where it is no JSON', (t) => {
    const parse = t.mock.method(JSON, 'parse');
    const source = sourceOf({ body: '{"id":' });
    assert.equal(prepareEventKeys(['json:/id'])(source).dedupeKey, null);
    assert.equal(prepareOrderKey('json:/id')(source), null);
    assert.equal(parse.mock.callCount(), 1);
  });

  test('is not parsed where no key asks for it', (t) => {
    const parse = t.mock.method(JSON, 'parse');
    const keys = prepareEventKeys(['query:id'])(sourceOf({ target: '/p?id=1', body: '{}' }));
    assert.equal(keys.dedupeKey, '["1"]');
    assert.equal(parse.mock.callCount(), 0);
  });
});
