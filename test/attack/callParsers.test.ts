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
import { readHead } from '../../src/ingress/head.ts';
import { Refusal } from '../../src/ingress/refusals.ts';
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
      const bare = entry.replace(/^[ \t]+|[ \t]+$/g, '');
      const inBrackets = /^\[(.*)\](?::\d{1,5})?$/.exec(bare)?.[1];
      const node = inBrackets ?? bare.replace(/^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/, '$1');
      const isAddress = inBrackets === undefined ? isIP(node) !== 0 : isIP(node) === 6;
      const address = isAddress ? parseAddress(node) : null;
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
