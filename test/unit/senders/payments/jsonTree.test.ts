import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { jsonObject } from '../../../../src/senders/signature/jsonTree.ts';
import {
  quotedByJavaScript,
  quotedByPhp,
  quotedByPhpInUnicode,
  quotedByPython,
  writtenObject,
} from '../../../../src/senders/signature/jsonWriter.ts';

const read = (text: string) => jsonObject(Buffer.from(text));
const asIs = { quoted: quotedByJavaScript, sorted: 'none' } as const;

function rewritten(text: string): string | null {
  const object = read(text);
  return object === null ? null : writtenObject(object.members, asIs);
}

/** What JSON.stringify can write, and JSON.parse reads back as the same text. */
const jsonObjects = fc
  .dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }))
  .map((value) => JSON.stringify(value));

describe('JSON read and written again', () => {
  it('is the same text where it was compact, whatever it says', () => {
    fc.assert(
      fc.property(jsonObjects, (text) => {
        assert.equal(rewritten(text), text);
      }),
    );
  });

  it('is read by nobody else where it is not read here', () => {
    const mutated = fc
      .tuple(
        jsonObjects,
        fc.nat(),
        fc.constantFrom('', '"', '\\', ',', '}', ']', '0', ' ', 'e', '\n', '\u0001'),
      )
      .map(([text, at, put]) => text.slice(0, at % text.length) + put + text.slice((at % text.length) + 1));
    fc.assert(
      fc.property(mutated, (text) => {
        const mine = rewritten(text);
        if (mine !== null) assert.deepEqual(JSON.parse(mine), JSON.parse(text));
        else assert.ok(isRepeated(text) || !isObject(text));
      }),
    );
  });

  it('keeps numbers as they were written', () => {
    const text = '{"a":1.0,"b":1e2,"c":10000000000000000001,"d":0.0000001,"e":-0,"f":1E+5}';
    assert.equal(rewritten(text), text);
  });

  it('drops nothing but space', () => {
    assert.equal(rewritten(' { "a" :\t[ 1 ,\r\n true ] , "b" : { } } '), '{"a":[1,true],"b":{}}');
  });

  for (const text of [
    '',
    '[]',
    'null',
    '"a"',
    '{',
    '{}x',
    '{"a":1,}',
    '{,}',
    '{"a"}',
    '{"a":01}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":+1}',
    '{"a":NaN}',
    '{"a":truex}',
    "{'a':1}",
    '{"a":"\t"}',
    '{"a":"\\x"}',
    '{"a":"\\u12"}',
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"o":{"a":1,"a":1}}',
    '\ufeff{}',
    '{"a":1}\0',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(read(text), null);
    });
  }

  it('reads 32 levels and no more', () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    assert.notEqual(read(nested(32)), null);
    assert.equal(read(nested(33)), null);
  });

  it('reads 64 KiB and no more', () => {
    const sized = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;
    assert.notEqual(read(sized(64 * 1024)), null);
    assert.equal(read(sized(64 * 1024 + 1)), null);
  });

  it('sorts as the sender does', () => {
    const members = read('{"b":{"d":1,"c":[{"f":1,"e":2}]},"a":1}')?.members ?? [];
    const written = (sorted: 'none' | 'outermost' | 'all') => writtenObject(members, { ...asIs, sorted });
    assert.equal(written('none'), '{"b":{"d":1,"c":[{"f":1,"e":2}]},"a":1}');
    assert.equal(written('outermost'), '{"a":1,"b":{"d":1,"c":[{"f":1,"e":2}]}}');
    assert.equal(written('all'), '{"a":1,"b":{"c":[{"e":2,"f":1}],"d":1}}');
  });

  it('writes strings as each language does', () => {
    const text = 'é/"\\\b\u0001\u007f\u2028\ud83d\ude00';
    assert.equal(quotedByJavaScript(text), '"é/\\"\\\\\\b\\u0001\u007f\u2028\ud83d\ude00"');
    assert.equal(quotedByPhp(text), '"\\u00e9\\/\\"\\\\\\b\\u0001\u007f\\u2028\\ud83d\\ude00"');
    assert.equal(quotedByPhpInUnicode(text), '"é\\/\\"\\\\\\b\\u0001\u007f\\u2028\ud83d\ude00"');
    assert.equal(quotedByPython(text), '"\\u00e9/\\"\\\\\\b\\u0001\\u007f\\u2028\\ud83d\\ude00"');
  });
});

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Whether JSON.parse drops members of `text`, so that it comes back shorter. */
function isRepeated(text: string): boolean {
  const names = (value: string) => value.match(/":/g)?.length ?? 0;
  return isObject(text) && names(JSON.stringify(JSON.parse(text))) < names(text);
}
