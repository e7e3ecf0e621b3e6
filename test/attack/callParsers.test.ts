// Attack 8: every parser of what a caller writes, against made-up input. Each is held against something that is simpler
// than itself: another parser, its own output, or what must never be in it.
import assert from 'node:assert/strict';
import { BlockList, isIP, isIPv4 } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createClientAddresses, parseRange } from '../../src/access/index.ts';
import { forwardedNodes } from '../../src/access/forwarded.ts';
import { parseAddress } from '../../src/access/address.ts';
import { traceContextOf, withTraceContext } from '../../src/core/traceContext.ts';
import { refusalOf } from '../../src/forward/passThroughGuard.ts';
import { passedOnHeaders } from '../../src/forward/headerFilter.ts';
import { prepareDedupeKey } from '../../src/ingress/dedupeKey.ts';
import { readHead } from '../../src/ingress/head.ts';
import { queryValue } from '../../src/ingress/query.ts';
import { Refusal } from '../../src/ingress/refusals.ts';
import { KeySource, prepareValue } from '../../src/ingress/requestKey.ts';
import { pathEnd } from '../../src/ingress/target.ts';
import { createLinkVerifier, getUrlFor } from '../../src/links/index.ts';
import { safeRedirect } from '../../src/links/redirect.ts';
import { asciiJson } from '../../src/signing/asciiJson.ts';
import { fuzz, headersOf, latin1, textOf } from './support/fuzz.ts';

const folded = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '-');
const namesOf = (headers: readonly string[]) => headers.filter((_, at) => at % 2 === 0);

describe('headers', () => {
  const hops = [
    'connection',
    'keep-alive',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'expect',
    'proxy-connection',
  ];
  const ours = [
    'hookward-id',
    'hookward_options',
    'hookward.signature',
    'x-forwarded-for',
    'x_forwarded_host',
    'forwarded',
  ];
  const honest = ['host', 'content-type', 'content-length', 'x-a', 'x_b', '__proto__'];
  const values = fc.oneof(
    textOf(['close', 'keep-alive', 'x-a', 'content-type', ', ', ',', ' ', 'hookward-id', 'te']),
    latin1,
  );

  test('passed on: a part of what came, in its order, and nothing that ends here', () => {
    fuzz(headersOf([...hops, ...ours, ...honest], values), (headers) => {
      const passed = passedOnHeaders({ headers, headerPrefix: 'hookward' });
      for (const name of namesOf(passed).map(folded))
        assert.ok(
          !hops.includes(name) && !/^(?:hookward-|forwarded$|x-forwarded-(?:for|host|proto)$)/.test(name),
          name,
        );
      let at = 0;
      for (let from = 0; from < passed.length; from += 2) {
        while (headers[at] !== passed[from] || headers[at + 1] !== passed[from + 1]) {
          at += 2;
          assert.ok(at < headers.length, 'made up, or in another order');
        }
        at += 2;
      }
      assert.deepEqual(passedOnHeaders({ headers: passed, headerPrefix: 'hookward' }), passed);
    });
  });

  const framing = headersOf(
    ['host', 'content-length', 'transfer-encoding', 'x'],
    fc.constantFrom(
      'h',
      'h:80',
      'a/b',
      '',
      '5',
      '0',
      'chunked',
      'Chunked',
      'gzip, chunked',
      'identity',
      'a@b',
      '[::1]',
    ),
  );
  const versions = fc.constantFrom('1.1', '1.0', '0.9', '2.0');

  test('framing: whoever is let in has one Host and one end', () => {
    fuzz(
      fc.tuple(framing, versions, fc.constantFrom('GET', 'POST', 'DELETE', 'PUT')),
      ([rawHeaders, httpVersion, method]) => {
        const values = (wanted: string) =>
          rawHeaders.filter((_, at) => rawHeaders[at - 1]?.toLowerCase() === wanted && at % 2 === 1);
        const ends = [...values('content-length'), ...values('transfer-encoding')];
        const head = readHead({ rawHeaders, httpVersion }, 100);
        const passes = refusalOf({ rawHeaders, httpVersion, method, url: '/' }) === null;
        // Repeated lengths are refused by Node's parser, before this.
        const isRepeated = values('content-length').length > 1;
        if (!(head instanceof Refusal) && !isRepeated) {
          assert.match(httpVersion, /^1\.[01]$/);
          assert.ok(ends.length <= 1);
          assert.ok(values('transfer-encoding').every((coding) => coding.toLowerCase() === 'chunked'));
        }
        if (!(head instanceof Refusal) || passes)
          assert.ok(values('host').length === 1 || httpVersion !== '1.1');
        if (passes) assert.ok(ends.every((end) => /^(?:\d+|chunked)$/i.test(end)) && ends.length <= 1);
      },
    );
  });

  test('traceparent: what is read is written as it was read', () => {
    const value = textOf([
      '00',
      'ff',
      '-',
      'a'.repeat(32),
      '0'.repeat(32),
      'b'.repeat(16),
      '01',
      'c3',
      'A',
      '-x',
    ]);
    fuzz(headersOf(['traceparent', 'tracestate'], value), (headers) => {
      const context = traceContextOf(headers);
      if (context === null) return;
      assert.match(context.traceId + context.spanId, /^[0-9a-f]{48}$/);
      assert.deepEqual(traceContextOf(withTraceContext(headers, context)), context);
    });
  });

  test('the options are ASCII, and say what they were told', () => {
    fuzz(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.oneof(latin1, fc.string({ unit: 'binary' }))),
      (value) => {
        const json = asciiJson(value);
        assert.match(json, /^[\x20-\x7e]*$/);
        assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(value)));
      },
    );
  });
});

describe('addresses', () => {
  const words = [
    ...[
      '1.2.3.4',
      '10.0.0.1',
      '::1',
      '2001:db8::1',
      '::ffff:10.0.0.1',
      'unknown',
      '010.0.0.1',
      '0x7f.1',
      'fe80::1%eth0',
    ],
    ...[
      ', ',
      ',',
      ' ',
      ':80',
      '[',
      ']',
      '"',
      ';',
      '=',
      'for=',
      'by=',
      'proto=http',
      '\\',
      '\t',
      '/8',
      '/64',
      '/33',
      '/',
    ],
  ];
  const trusted = new BlockList();
  trusted.addSubnet('10.0.0.0', 8, 'ipv4');
  const addresses = createClientAddresses({ settings: { current: { trustedProxies: ['10.0.0.0/8'] } } });
  const isTrusted = (text: string) => isIPv4(text) && trusted.check(text, 'ipv4');

  /** The rule in as few words as can be: from the right, the first that is no proxy's; anything odd on the way: nobody. */
  function expected(lines: readonly string[]): string | null {
    let last: string | null = null;
    for (const entry of lines.join(',').split(',').reverse()) {
      const bare = entry.replace(/^[ \t]+|[ \t]+$/g, '').replace(/^\[([^\]]*)\](?::\d{1,5})?$/, '[$1');
      const node = bare.startsWith('[')
        ? bare.slice(1)
        : bare.replace(/^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/, '$1');
      const address = isIP(node) === 0 || (bare.startsWith('[') && isIPv4(node)) ? null : parseAddress(node);
      if (address === null) return null;
      if (!isTrusted(address.text)) return address.text;
      last = address.text;
    }
    return last;
  }

  test('X-Forwarded-For: as the rule says', () => {
    fuzz(fc.array(textOf(words), { minLength: 1, maxLength: 3 }), (lines) => {
      const headers = lines.flatMap((line) => ['X-Forwarded-For', line]);
      assert.equal(
        addresses.of({ peer: '10.0.0.9', headers })?.text ?? null,
        expected(lines),
        JSON.stringify(lines),
      );
    });
  });

  test('Forwarded: what is read is written as it was read', () => {
    fuzz(textOf(words, 20), (line) => {
      const nodes = forwardedNodes(line);
      if (nodes === null) return;
      const written = nodes.map((node) => `for="${node.replace(/["\\]/g, '\\$&')}"`).join(', ');
      assert.deepEqual(forwardedNodes(written), nodes);
    });
  });

  test('CIDR: a block holds its own network, is written as it is read, and is an address before the slash', () => {
    fuzz(
      fc.oneof(
        textOf(words, 3),
        fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(140)).map((pair) => pair.join('/')),
      ),
      (text) => {
        const parsed = parseRange(text);
        if (!parsed.ok) return;
        const { range } = parsed;
        assert.notEqual(isIP(text.split('/')[0] ?? ''), 0);
        assert.deepEqual(parseRange(range.text), parsed);
        const list = new BlockList();
        list.addSubnet(range.network, range.prefix, range.family === 4 ? 'ipv4' : 'ipv6');
        assert.ok(list.check(range.network, range.family === 4 ? 'ipv4' : 'ipv6'));
      },
    );
  });
});

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

  test('a query’s value is the one that URLSearchParams finds', () => {
    fuzz(
      textOf(queryWords).filter((query) => /^[\x21-\x7e]*$/.test(query) && !/%(?![0-9a-f]{2})/i.test(query)),
      (query) => {
        assert.equal(queryValue(`/?${query}`, 1, 'id'), new URLSearchParams(query).get('id'));
      },
    );
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
    const keyOf = prepareDedupeKey(['param:id', 'json:/id']);
    fuzz(sources, ({ body, ...rest }) => {
      const source = new KeySource({ ...rest, body: Buffer.from(body) }, '/hook'.length);
      for (const read of readers) assert.match(typeof read(source), /^(?:string|number|boolean|object)$/);
      const key = keyOf(source);
      assert.ok(key === null || (key.length <= 200 && key.length > 0));
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
