// How bodies, requests and differences are laid out for people: exact where it matters, bounded everywhere.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { shortened, visible } from '../../src/admin/console/visible.ts';
import { bytesText, durationText, sinceText } from '../../src/admin/console/words.ts';
import { hexDump } from '../../src/admin/console/webhook/bytes.ts';
import { compareLines } from '../../src/admin/console/webhook/compare.ts';
import { viewContent } from '../../src/admin/console/webhook/content.ts';
import { curlCommand, needsBodyFile, shellWord } from '../../src/admin/console/webhook/curl.ts';
import { indentJson } from '../../src/admin/console/webhook/indentJson.ts';
import { payloads } from './support/payloads.ts';

const text = (content: string) => new TextEncoder().encode(content);

/** The words that a shell makes of a command. */
function wordsOf(command: string): readonly string[] {
  const printed = execFileSync('bash', ['-c', `curl() { printf '%s\\0' "$@"; }; ${command}`]);
  return printed.toString().split('\0').slice(0, -1);
}

describe('what the console lays out', () => {
  test('JSON keeps its digits, its order, its repeats and its escapes', () => {
    assert.equal(
      indentJson('{"id":12345678901234567890,"a":1.50,"a":"\\u003c\\"{,","n":[],"o":{},"l":[1,{"b":null}]}'),
      [
        '{',
        '  "id": 12345678901234567890,',
        '  "a": 1.50,',
        '  "a": "\\u003c\\"{,",',
        '  "n": [],',
        '  "o": {},',
        '  "l": [',
        '    1,',
        '    {',
        '      "b": null',
        '    }',
        '  ]',
        '}',
      ].join('\n'),
    );
    for (const none of ['', '12', '"text"', '{"a":1', '{]', "{'a':1}"])
      assert.equal(indentJson(none), null, none);
  });

  test('a body is laid out by what it is', () => {
    const view = (bytes: Uint8Array, ...headers: [string, string][]) => viewContent(bytes, headers, 1000);
    assert.deepEqual(view(new Uint8Array()).content, { kind: 'empty' });
    assert.deepEqual(view(Uint8Array.of(0xff, 0xfe)).content, { kind: 'binary' });
    assert.deepEqual(view(text('a\0b')).content, { kind: 'binary' });
    assert.deepEqual(view(text('plain'), ['Content-Type', 'application/json']).content, {
      kind: 'text',
      text: 'plain',
      isCut: false,
    });
    assert.deepEqual(
      view(text('a=1&b=caf%C3%A9+au+lait'), [
        'content-type',
        'application/x-www-form-urlencoded; charset=utf-8',
      ]).content,
      {
        kind: 'form',
        fields: [
          ['a', '1'],
          ['b', 'caf\u00e9 au lait'],
        ],
        isCut: false,
      },
    );
  });

  test('a content coding is taken off, where it is what it says and does not explode', () => {
    const json = text('{"a":1}');
    for (const [coding, bytes] of [
      ['gzip', gzipSync(json)],
      ['br', brotliCompressSync(json)],
    ] as const) {
      const view = viewContent(bytes, [['Content-Encoding', coding]], 1000);
      assert.deepEqual([view.coding, view.content.kind], [coding, 'json']);
    }
    const bomb = gzipSync(new Uint8Array(64 * 1024 * 1024));
    assert.equal(viewContent(bomb, [['content-encoding', 'gzip']], 1000).isStillCoded, true);
    assert.equal(viewContent(json, [['content-encoding', 'gzip']], 1000).isStillCoded, true);
    assert.equal(viewContent(json, [['content-encoding', 'constructor']], 1000).isStillCoded, true);
  });

  test('long text is cut, and never within a character', () => {
    const long = text('\u20ac'.repeat(200_000));
    const { content } = viewContent(long, [], 100);
    assert.deepEqual(
      [content.kind, 'text' in content && content.text.length, 'isCut' in content && content.isCut],
      ['text', 100, true],
    );
  });

  test('bytes are dumped sixteen a line, and no more than asked', () => {
    assert.equal(
      hexDump(text('<b>hook</b>\u0001'), 100),
      '00000000  3c 62 3e 68 6f 6f 6b 3c  2f 62 3e 01              |<b>hook</b>.|',
    );
    assert.equal(hexDump(new Uint8Array(100), 32).split('\n').length, 2);
  });

  test('lines that only one side has are marked', () => {
    const changed = (lines: readonly { readonly text: string; readonly isChanged: boolean }[]) =>
      lines.filter(({ isChanged }) => isChanged).map((line) => line.text);
    const [left, right] = compareLines('a\nb\nc\nd', 'a\nx\nc\nd\ne');
    assert.deepEqual([changed(left), changed(right)], [['b'], ['x', 'e']]);
    const many = Array.from({ length: 1000 }, (_, at) => String(at)).join('\n');
    assert.deepEqual(changed(compareLines(many, `${many}\nmore`)[1]), ['more']);
  });

  test('a shell makes of every quoted text that very text', () => {
    const hard = [
      ...payloads,
      '',
      "it's",
      '$HOME `id` $(id)',
      '-o file',
      '@/etc/passwd',
      'a\nb\tc\u001b[31m',
      '\u202eright',
      '\\',
      "\\'",
      'caf\u00e9',
      '!!',
      '*',
    ];
    assert.deepEqual(wordsOf(`curl ${hard.map(shellWord).join(' ')}`), hard);
  });

  test('a request as curl is the request', () => {
    const request = {
      method: 'POST',
      scheme: 'https',
      target: "/pay/[1]?q='$(id)'",
      headers: [
        ['Host', 'hooks.example.org:8443'],
        ['Content-Length', '9'],
        ['X-Empty', ''],
        ['X-Odd', "o'clock; `id`"],
      ] as const,
      body: text('@not-a-file'),
      bodyFile: 'id.bin',
    };
    assert.deepEqual(wordsOf(curlCommand(request)), [
      '--globoff',
      '--path-as-is',
      '--request',
      'POST',
      '--header',
      'X-Empty;',
      '--header',
      "X-Odd: o'clock; `id`",
      '--data-raw',
      '@not-a-file',
      '--url',
      "https://hooks.example.org:8443/pay/[1]?q='$(id)'",
    ]);
    assert.equal(needsBodyFile(request), false);
    assert.equal(needsBodyFile({ ...request, body: Uint8Array.of(0, 1) }), true);
    assert.ok(wordsOf(curlCommand({ ...request, body: Uint8Array.of(0, 1) })).includes('@id.bin'));
    const noHost = curlCommand({ ...request, headers: [['Host', 'evil.example/;$(id)']] });
    assert.ok(wordsOf(noHost).includes("https://HOST/pay/[1]?q='$(id)'"));
  });

  test('what is not seen is made visible', () => {
    assert.equal(
      visible('a\u0000\u001b[31m\u202e\u200bb\u007f\n\tc'),
      'a\u2400\u241b[31m\u27e8U+202E\u27e9\u27e8U+200B\u27e9b\u2421\n\tc',
    );
    assert.equal(visible('caf\u00e9 \u65e5\u672c \u{1f600}'), 'caf\u00e9 \u65e5\u672c \u{1f600}');
    assert.equal(shortened('abcdef', 3), 'abc\u2026');
  });

  test('numbers and times are said in units that fit', () => {
    assert.deepEqual([0, 999, 1536, 5 * 1024 ** 3].map(bytesText), ['0 B', '999 B', '1.5 KiB', '5.0 GiB']);
    assert.deepEqual([0.42, 830, 4200, 200_000, 18_600_000, 273_600_000].map(durationText), [
      '0.4 ms',
      '830 ms',
      '4.2 s',
      '3 min 20 s',
      '5 h 10 min',
      '3 d 4 h',
    ]);
    assert.equal(sinceText('2026-11-24T10:00:00.000Z', '2026-11-24T10:00:01.500Z'), '+1.5 s');
  });
});
