// Attack 8: the parsers of URLs that a caller writes, and of what is read from single places of a call, against made-up
// input.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { prepareEventKeys } from '../../src/ingress/dedupeKey.ts';
import { queryValue } from '../../src/ingress/query.ts';
import { KeySource, prepareValue } from '../../src/ingress/requestKey.ts';
import { pathEnd } from '../../src/ingress/target.ts';
import { createLinkVerifier, getUrlFor } from '../../src/links/index.ts';
import { safeRedirect } from '../../src/links/redirect.ts';
import { fuzz, headersOf, textOf } from './support/fuzz.ts';

function canDecode(text: string): boolean {
  try {
    return decodeURIComponent(text) !== '';
  } catch {
    return false;
  }
}

describe('targets and queries', () => {
  const words = [
    '/',
    'a',
    '..',
    '.',
    '?',
    '#',
    '&',
    '=',
    '%2e',
    '%2F',
    '%5c',
    '\\',
    ';x',
    '%C3%A9',
    '%',
    '+',
    'http://e',
    '@',
    '%00',
    '\xe9',
  ];

  test('a target that is taken is one to WHATWG’s URL too, byte for byte', () => {
    fuzz(
      textOf(words).map((text) => `/${text}`),
      (target) => {
        const end = pathEnd(target);
        if (end < 0) return;
        const url = new URL(target, 'http://host');
        assert.equal(url.host, 'host');
        const path = target
          .slice(0, end)
          .replace(/["<>^`{|}]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
        assert.equal(url.pathname, path);
      },
    );
  });

  const queryWords = [
    'id',
    'a',
    '=',
    '&',
    '%69d',
    '%',
    '%zz',
    '+',
    '%C3%A9',
    '%20',
    'id=',
    '&id=x',
    '[]',
    ';',
  ];

  /** Others are left as they stand here, and are filled with U+FFFD there. */
  const isDecodable = (query: string) => /^[\x21-\x7e]*$/.test(query) && canDecode(query);

  test('a query’s value is the one that URLSearchParams finds', () => {
    fuzz(textOf(queryWords).filter(isDecodable), (query) => {
      assert.equal(queryValue(`/?${query}`, 1, 'id'), new URLSearchParams(`&${query}`).get('id'));
    });
  });

  const sources = fc.record({
    target: textOf(queryWords).map((query) => `/hook?${query}`),
    headers: headersOf(
      ['content-type', 'x-id'],
      fc.constantFrom('application/x-www-form-urlencoded', 'text/plain', '1', ''),
    ),
    body: fc.oneof(
      textOf([...queryWords, '{', '}', '[', ']', '"', '"id":', '1', ',', '\ud800', '1e999']),
      fc.json(),
    ),
  });

  test('a key is one text or none, whatever the call', () => {
    const readers = [
      'header:x-id',
      'query:id',
      'form:id',
      'param:id',
      'json:/id',
      'json:/__proto__/id',
      'json:/0/id~1',
    ].map(prepareValue);
    const keysOf = prepareEventKeys(['param:id', 'json:/id']);
    fuzz(sources, ({ body, ...rest }) => {
      const source = new KeySource({ ...rest, body: Buffer.from(body) }, '/hook'.length);
      for (const read of readers) assert.match(typeof read(source), /^(?:string|number|boolean|object)$/);
      const { eventId, dedupeKey } = keysOf(source);
      for (const key of [eventId, dedupeKey]) {
        assert.ok(key === null || (key.length <= 200 && key.length > 0));
      }
    });
  });
});

describe('links', () => {
  const keys = [{ id: 'k1', secret: 'a secret for the links of this test' }];
  const place = {
    scheme: 'hookward',
    publicUrl: 'https://h.example',
    path: '/app/:bot',
    keys,
    linkId: 'link-1',
  } as const;
  const link = getUrlFor(
    { bot: '42', command: '/on', user_id: '7', redirect_to: 'https://shop.example/' },
    place,
  ).slice(place.publicUrl.length);
  const verifier = createLinkVerifier({ keys, botTokens: { '42': '123456:ABC' }, revoked: [] });
  const verify = (target: string) => verifier.verify({ target, bot: '42', accepts: 'any', now: 0 });

  test('a link that was changed anywhere says what it said, or nothing', () => {
    const whole = verify(link);
    assert.equal(whole.valid, true);
    const change = fc.tuple(
      fc.nat(link.length),
      fc.nat(3),
      textOf(['&', '=', '%', '2F', 'user_id', 'redirect_to', '#', ';', '+', '%5f', '[]', '8'], 4),
    );
    fuzz(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      let target = link;
      for (const [at, cut, text] of changes) target = target.slice(0, at) + text + target.slice(at + cut);
      const verdict = verify(target);
      if (verdict.valid) assert.deepEqual(verdict, whole, target);
    });
  });

  test('any query at all is judged', () => {
    const words = [
      'hookward_token=',
      'k1.link-1.',
      'public_user_token=',
      'command=',
      'user_id=',
      'bot=',
      '&',
      '%',
      '=',
      'a'.repeat(43),
      ';',
    ];
    fuzz(textOf(words), (query) => assert.equal(verify(`/app/42?${query}`).valid, false));
  });

  test('a way back is absolute, without credentials, and written as it is read', () => {
    const words = [
      'https:',
      'http:',
      '//',
      '/',
      'a.example',
      '@',
      ':',
      '\\',
      'javascript:',
      '\t',
      '%',
      '?',
      '#',
      '[::1]',
      'é',
      '80',
    ];
    fuzz(textOf(words), (text) => {
      const safe = safeRedirect(text);
      if (safe === null) return;
      const { protocol, username, password, host } = new URL(safe);
      assert.match(protocol, /^https?:$/);
      assert.deepEqual([username, password], ['', '']);
      assert.notEqual(host, '');
      assert.equal(safeRedirect(safe), safe);
    });
  });
});
