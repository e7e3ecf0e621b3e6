import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { explainConfig } from '../../../src/config/index.ts';
import { least, loadText, problemsOf, told, valid } from './support.ts';

describe('a configuration file that is not what it should be', () => {
  const refused: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
    ['an empty file', '', /^1:1 the file is empty: at least botHosts must be given$/],
    ['a file of comments', '# nothing\n', /^1:1 the file is empty/],
    ['a byte order mark alone', '\ufeff', /^1:1 the file is empty/],
    ['a word', 'hello', /^1:1 expected a map of keys, not text$/],
    ['a list', '- a', /^1:1 expected a map of keys, not a list$/],
    ['a tab as indentation', 'listen:\n\tport: 1\n', /^2:1 indentation must be spaces, not tabs$/m],
    ['an open bracket', 'routes: [', /^1:10 wrong indentation, or a bracket that is not closed$/],
    ['an open quote', 'publicUrl: "http\n', /something is missing here/],
    ['two documents', `${least}---\n${least}`, /the file must hold one YAML document only/],
    ['a tag', 'botHosts: !!js/function "x"\n', /^1:11 tags are not supported here$/],
    ['a binary', 'publicUrl: !!binary aGk=\n', /tags are not supported here/],
    ['an unknown escape', 'publicUrl: "\\q"\n', /unknown escape sequence in double quotes/],
    ['an alias of nothing', `${least}routes: *nothing\n`, /^2:9 the alias names an anchor/],
    ['an alias of itself', `${least}routes: &a [*a]\n`, /the alias leads to itself/],
    ['a map that holds itself', `&a\nbotHosts: *a\n`, /./],
    ['a key that stands twice', 'log: {}\nlog: {}\n', /^2:1 duplicate key; the first one is on line 1$/],
    ['the same key as a number and as text', 'links: { botTokens: { 7: a, "7": b } }', /^1:29 duplicate key/],
    ['a key that is a list', '? [a]\n: b\n', /^1:3 a key must be text$/],
    ['a key that is nothing', '~: 1\n', /a key must be text/],
    ['__proto__ as a key', '__proto__: { polluted: 1 }\n', /^1:1 this name cannot be a key$/],
    [
      '__proto__ among the bot tokens',
      'links: { botTokens: { __proto__: x } }\n',
      /this name cannot be a key/,
    ],
    ['constructor as a key', `${least}constructor: { prototype: {} }\n`, /^2:1 constructor: unknown key$/],
    ['bytes that are not UTF-8', Buffer.from([0x61, 0x3a, 0xff]), /^1:1 the file is not UTF-8 text$/],
    ['UTF-16', Buffer.from('\ufeffa: 1', 'utf16le'), /^1:1 the file is not UTF-8 text$/],
    ['more than 256 KiB', '#'.repeat(256 * 1024 + 1), /^1:1 the file is larger than 256 KiB$/],
    ['a second of brackets', `${least}routes: ${'['.repeat(33)}`, /^1:1 too deeply nested$/],
    ['brackets without end', '['.repeat(256 * 1024), /^1:1 too deeply nested$/],
    ['dashes without end', '- '.repeat(128 * 1024), /^1:1 too deeply nested$/],
    ['question marks without end', '? '.repeat(128 * 1024), /^1:1 too deeply nested$/],
    ['maps without end', '{a: '.repeat(64 * 1024), /^1:1 too deeply nested$/],
    [
      'a block within a block',
      Array.from({ length: 60 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
      /^1:1 too deeply nested$/,
    ],
    ['colons without end', `${'a: '.repeat(80 * 1024)}\n`, /./],
  ];
  for (const [what, text, expected] of refused) {
    test(`${what} is refused with its place`, async () => {
      assert.match(told(await loadText(text)).join('\n'), expected);
    });
  }

  test('aliases piled upon aliases are refused before they fill the memory', async () => {
    const levels = Array.from({ length: 20 }, (_, at) => {
      const item =
        at === 0
          ? '[1]'
          : `[${Array<string>(9)
              .fill(`*a${at - 1}`)
              .join(',')}]`;
      return `k${at}: &a${at} ${item}`;
    });
    assert.deepEqual(
      told(await loadText(`${least}${levels.join('\n')}\n`))
        .join()
        .replace(/^\S+ /, ''),
      'too many values, aliases followed',
    );
  });

  test('a file full of aliases of one anchor is read in the end', { timeout: 60_000 }, async () => {
    const text = `${least}routes: [&a x${',*a'.repeat(60_000)}]\n`;
    assert.match(told(await loadText(text)).join(), /too many values, aliases followed$/);
  });

  test('a file full of different keys is read in the end', { timeout: 60_000 }, async () => {
    const keys = Array.from({ length: 25_000 }, (_, at) => `k${at}: 1`).join('\n');
    assert.equal(problemsOf(await loadText(`${least}${keys}`)).length, 101);
  });

  test('nothing is left behind on the prototype of all objects', async () => {
    await loadText('links: { botTokens: { constructor: a, toString: b } }\n"__proto__": { polluted: yes }\n');
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  test('names that every object has are bot ids like others', async () => {
    const { config } = valid(
      await loadText(`${least}links: { botTokens: { constructor: a, toString: b } }\n`),
    );
    assert.deepEqual(Object.entries(config.links.botTokens), [
      ['constructor', 'a'],
      ['toString', 'b'],
    ]);
  });

  test('a byte order mark and CRLF change neither values nor places', async () => {
    const { config } = valid(await loadText(`\ufeff${least}log:\r\n  dir: /x\r\n`));
    assert.equal(config.log.dir, '/x');
    assert.deepEqual(told(await loadText(`\ufeff# x\r\nlog:\r\n  dir: 7\r\n${least}`)), [
      '3:8 log.dir: expected text, not a whole number',
    ]);
  });

  test('a bot id with leading zeros keeps them', async () => {
    const { config } = valid(await loadText(`${least}links: { botTokens: { 007: a, 1_0: b, 0x1F: c } }\n`));
    assert.deepEqual(Object.keys(config.links.botTokens), ['007', '1_0', '0x1F']);
  });

  test('an alias stands for the whole value that its anchor names', async () => {
    const text = `${least}routes:
  - { name: a, path: /a, retry: &few { attempts: 2 } }
  - { name: b, path: /b, retry: *few }
`;
    const { config } = valid(await loadText(text));
    assert.deepEqual(
      config.routes.map((route) => route.retry.attempts),
      [2, 2],
    );
  });

  test('any text is either valid or refused with problems that have a place; nothing is thrown', async () => {
    const word = fc.constantFrom(
      ...[
        'botHosts',
        'main',
        'url',
        'routes',
        'name',
        'a',
        '${A}',
        '$${',
        'file:/x',
        '*a',
        '&a',
        '!!str',
        '<<',
        '__proto__',
      ],
      ...[
        ': ',
        ':\n',
        '\n',
        '\n  ',
        '\n- ',
        '[',
        ']',
        '{',
        '}',
        ',',
        '"',
        "'",
        '|',
        '>',
        '? ',
        '- ',
        '# ',
        '%',
        '---\n',
        '\t',
        '~',
        '7',
        '\ufeff',
        '\0',
      ],
    );
    const text = fc.oneof(
      fc.array(word, { maxLength: 60 }).map((words) => words.join('')),
      fc.string({ maxLength: 200, unit: 'binary' }),
      fc.array(word, { maxLength: 20 }).map((words) => least + words.join('')),
    );
    await fc.assert(
      fc.asyncProperty(text, async (yaml) => {
        const result = await loadText(yaml);
        if (result.ok) return;
        assert.ok(result.problems.length > 0);
        for (const { line, column } of result.problems) {
          assert.ok(line >= 1 && line <= yaml.split(/\n/).length + 1);
          assert.ok(column >= 1);
        }
        assert.equal(typeof explainConfig(result.problems, 'x'), 'string');
      }),
      { numRuns: 200 },
    );
  });
});
