// Attack 8: the parsers of what an operator, a sender and the disk give, against made-up input.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { explainConfig, parseDuration, parseSize } from '../../src/config/index.ts';
import { fixedNames, givesFixed, pinnedTarget } from '../../src/core/pinnedTarget.ts';
import { senderNames } from '../../src/core/senders.ts';
import type { WebhookId } from '../../src/core/ids.ts';
import { unpackEnvelope } from '../../src/log/codec/envelope.ts';
import { unpackEvent, unpackEventHead } from '../../src/log/codec/event.ts';
import { makeRecord, openRecord, RecordUnreadable } from '../../src/log/codec/record.ts';
import { formFields } from '../../src/senders/signature/form.ts';
import { jsonObject } from '../../src/senders/signature/jsonTree.ts';
import { quotedByJavaScript, writtenObject } from '../../src/senders/signature/jsonWriter.ts';
import { parseSigningKey } from '../../src/signing/key.ts';
import { signedCall, signers } from '../support/signing/index.ts';
import { loadText } from '../unit/config/support.ts';
import { callOf, verifierOf } from '../unit/senders/support.ts';
import { fuzz, fuzzAsync, headersOf, latin1, textOf } from './support/fuzz.ts';

describe('the configuration', () => {
  const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
  const sizes = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;

  for (const [what, parse, factors] of [
    ['durations', parseDuration, units],
    ['sizes', parseSize, sizes],
  ] as const) {
    test(`${what}: a number and its unit, or nothing`, () => {
      fuzz(
        textOf(['1', '25', '0', '.', '5', '-', '+', 'e3', ' ', ...Object.keys(factors), 'M', '٣'], 4),
        (text) => {
          const value = parse(text);
          const [, amount, unit = ''] = /^([0-9]+(?:\.[0-9]+)?)([A-Za-z]+)$/.exec(text) ?? [];
          const factor = new Map<string, number>(Object.entries(factors)).get(unit);
          if (value === null) return;
          assert.ok(factor !== undefined, text);
          assert.equal(value, Math.round(Number(amount) * factor));
          assert.ok(Number.isSafeInteger(value) && value >= 0);
        },
      );
    });
  }

  test('YAML: it is taken, or each problem has its place', async () => {
    const words = [
      ...[
        'botHosts:',
        ' main:',
        ' url:',
        ' http://127.0.0.1:3000',
        'routes:',
        '\n- name: a',
        '\n  path: /a',
        'log:',
        'access:',
        ' {',
        '}',
      ],
      ...[
        ' [',
        ']',
        ',',
        '\n',
        '\n  ',
        ' 1s',
        ' null',
        ' &a',
        ' *a',
        ' !!js',
        ' <<:',
        '"',
        "'",
        '|',
        '>',
        '---',
        '${X}',
        '#',
        '\t',
        '\0',
      ],
    ];
    await fuzzAsync(textOf(words, 25), async (yaml) => {
      const result = await loadText(yaml);
      if (result.ok) return;
      assert.ok(result.problems.length > 0);
      for (const { line, column } of result.problems)
        assert.ok(line >= 1 && column >= 1 && line <= yaml.split('\n').length + 1);
      assert.equal(typeof explainConfig(result.problems, 'x'), 'string');
    });
  });

  test('signing keys: one, or none', () => {
    fuzz(
      textOf(['whsec_', 'A'.repeat(32), '=', '-', '_', ' ', 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz']),
      (text) => {
        const key = parseSigningKey(text);
        assert.ok(key === null || (key.symmetricKeySize ?? 0) >= 16);
      },
    );
  });

  test('secret targets: the caller gives no name that is fixed there, and the target stays in front', () => {
    const words = ['command', 'user_id', '=', '&', '%', '%63', '[', ']', '.', '+', ' ', 'x', '?', '\0', '_'];
    fuzz(fc.tuple(textOf(words), textOf(words)), ([pinned, query]) => {
      const target = `/bot?command=${encodeURIComponent(pinned)}`;
      const fixed = fixedNames(target);
      assert.ok(fixed.has('command'));
      if (new URLSearchParams(`&${query}`).has('command')) assert.ok(givesFixed(query, fixed), query);
      assert.ok(pinnedTarget(target, `/x?${query}`).startsWith(target));
    });
  });
});

describe('what senders sign', () => {
  test('forms: as URLSearchParams reads them, or not at all', () => {
    const body = textOf(
      ['a', '=', '&', '+', '%20', '%C3%A9', '%C3', '%', '%zz', '[]', 'sign', '\0', 'é'],
      20,
    );
    fuzz(body, (text) => {
      const fields = formFields(Buffer.from(text));
      if (fields !== null) assert.deepEqual(fields, [...new URLSearchParams(text)]);
    });
  });

  const same = (text: string) => {
    const object = jsonObject(Buffer.from(text));
    if (object === null) return null;
    const written = writtenObject(object.members, { quoted: quotedByJavaScript, sorted: 'none' });
    assert.deepEqual(JSON.parse(written), JSON.parse(text));
    return object;
  };

  test('JSON: as JSON.parse reads it, or not at all', () => {
    fuzz(
      textOf(
        [
          '{',
          '}',
          '[',
          ']',
          ',',
          ':',
          '"a"',
          '"b":',
          '1',
          '-',
          '0',
          '.5',
          'e9',
          'true',
          'null',
          ' ',
          '\\',
          '"',
          '\ufeff',
          '\\u00',
        ],
        30,
      ),
      same,
    );
  });

  test('JSON: every object of no great depth is read', () => {
    fuzz(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 6 })), (value) => {
      assert.notEqual(same(JSON.stringify(value)), null);
    });
  });

  test('whole calls: a verdict, never an exception, and never a good one', async () => {
    const names = [
      ...new Set(senderNames.flatMap((name) => signedCall(name).headers.filter((_, at) => at % 2 === 0))),
    ];
    const values = fc.oneof(
      latin1,
      textOf(['v1,', 't=1', ',', '=', 'sha256=', 'AAAA', 'v1=', '0', 'f'.repeat(64), '1747483200', '"']),
    );
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
      textOf(['sign=', 'data=', '&', 'signature=', '{"sign":"', '"}', 'a']).map((text) => Buffer.from(text)),
    );
    const checks = senderNames
      .filter((name) => signers[name].setup.addresses === undefined)
      .map((name) => verifierOf(name, signers[name].setup));
    await fuzzAsync(
      fc.tuple(
        fc.constantFrom(...checks),
        headersOf(names, values),
        bodies,
        fc.constantFrom('', '?sign=a', '?%', '?data=x&signature=y'),
      ),
      async ([verify, headers, body, query]) => {
        const url = `https://hooks.example/in${query}`;
        const verdict = await verify(callOf({ method: 'POST', url, target: `/in${query}`, headers, body }));
        assert.notEqual(verdict, 'verified');
      },
    );
  });
});

describe('records of the log', () => {
  const refuses = (decode: () => unknown) => {
    try {
      decode();
    } catch (error) {
      if (!(error instanceof RecordUnreadable)) throw error;
    }
  };

  test('bytes of any kind are a record or are said to be none', () => {
    fuzz(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const payload = Buffer.from(bytes);
      refuses(() => unpackEnvelope('x' as WebhookId, payload));
      refuses(() => unpackEvent(payload));
      refuses(() => unpackEventHead(payload));
      assert.throws(() => openRecord(Buffer.from('key'), payload), RecordUnreadable);
    });
  });

  test('a record is read as it was written, and not at all where a byte differs', () => {
    fuzz(
      fc.tuple(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
      ),
      ([key, payload, at, bits]) => {
        const { value } = makeRecord(key, payload);
        assert.ok(openRecord(key, value).equals(payload));
        const damaged = Buffer.from(value);
        damaged[at % damaged.length] = (damaged[at % damaged.length] ?? 0) ^ bits;
        assert.throws(() => openRecord(key, damaged), RecordUnreadable);
      },
    );
  });
});
