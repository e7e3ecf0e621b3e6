import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { malformedTarget, pathEnd } from '../../../src/ingress/target.ts';

const accepted: readonly [target: string, path: string][] = [
  ['/', '/'],
  ['/hook', '/hook'],
  ['/hook/', '/hook/'],
  ['/hook?', '/hook'],
  ['/v1/bots/7/new-webhook?&command=%2FonWebhook&a=%20+', '/v1/bots/7/new-webhook'],
  ['/a.b/..c/.d/e../...', '/a.b/..c/.d/e../...'],
  ['/caf%C3%A9/%20/%3A%40%3f', '/caf%C3%A9/%20/%3A%40%3f'],
  ['/x?p=../../etc&q=//host&b=\\&u=http://h/%2e%2e/%zz%', '/x'],
  ['/?', '/'],
  ['/a;v=1/b', '/a;v=1/b'],
];

const refused: readonly [why: string, target: string][] = [
  ['empty', ''],
  ['asterisk form', '*'],
  ['absolute form', 'http://evil.example/hook'],
  ['authority form', 'evil.example:443'],
  ['no leading slash', 'hook'],
  ['only a query', '?a=1'],
  ['network path', '//evil.example/hook'],
  ['empty segment', '/hook//admin'],
  ['empty segment at the end', '/hook//'],
  ['parent segment', '/hook/../admin'],
  ['parent segment at the end', '/hook/..'],
  ['parent segment before a query', '/hook/..?a'],
  ['current segment', '/./hook'],
  ['current segment at the end', '/hook/.'],
  ['parent segment with parameters', '/hook/..;/admin'],
  ['encoded dots', '/hook/%2e%2e/admin'],
  ['encoded dots in capitals', '/hook/%2E./admin'],
  ['encoded slash', '/hook%2fadmin'],
  ['encoded slash in capitals', '/hook%2Fadmin'],
  ['encoded backslash', '/hook%5cadmin'],
  ['encoded letter', '/h%6fok'],
  ['encoded digit', '/%37'],
  ['encoded tilde', '/%7Eme'],
  ['encoded NUL', '/hook%00'],
  ['encoded line feed', '/hook%0a'],
  ['encoded DEL', '/hook%7f'],
  ['half an escape', '/hook%2'],
  ['no escape at all', '/hook%'],
  ['an escape that is none', '/hook%zz'],
  ['backslash', '/hook\\..\\admin'],
  ['fragment', '/hook#x'],
  ['fragment in the query', '/hook?a=1#x'],
  ['space', '/ho ok'],
  ['space in the query', '/hook?a b'],
  ['control byte', '/hook\u0001'],
  ['control byte in the query', '/hook?\u0000'],
  ['DEL', '/hook\u007f'],
  ['a byte beyond ASCII', '/caf\u00e9'],
];

/** Every escape replaced by its byte. */
const unescaped = (path: string) =>
  path.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

describe('request targets', () => {
  for (const [target, path] of accepted) {
    test(`${target} is taken, its path is ${path}`, () => {
      assert.equal(target.slice(0, pathEnd(target)), path);
    });
  }

  for (const [why, target] of refused) {
    test(`${JSON.stringify(target)} is refused: ${why}`, () => {
      assert.equal(pathEnd(target), malformedTarget);
    });
  }

  test('a URL parser finds the same path and no other host in whatever is taken', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '/',
        '//',
        '.',
        '..',
        '\\',
        '%2e',
        '%2F',
        '%5c',
        '%41',
        '%20',
        '%',
        '?',
        '#',
        ';',
        '@',
        ':',
      ),
      fc.string({ minLength: 1, maxLength: 3 }),
      fc.constantFrom('a', 'B', '0', '-', '~', '\t', '\n', '\u0000', '\u00e9'),
    );
    let taken = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const target = `/${pieces.join('')}`;
        const end = pathEnd(target);
        if (end === malformedTarget) return;
        taken += 1;
        const url = new URL(target, 'http://ours.example');
        assert.equal(url.host, 'ours.example');
        // The parser may escape what we leave raw; what it must not do is to see other segments.
        assert.equal(unescaped(url.pathname), unescaped(target.slice(0, end)));
      }),
      { numRuns: 3000 },
    );
    assert.ok(taken > 100, `only ${taken} targets were taken`);
  });

  test('sound paths are taken whole', () => {
    const segment = fc
      .stringMatching(/^[A-Za-z0-9_~!$&'()*+,;=:@.-]{1,8}$/)
      .filter((text) => !/^\.{1,2}(?:;|$)/.test(text));
    fc.assert(
      fc.property(fc.array(segment), fc.stringMatching(/^[!$-~]{0,20}$/), (segments, query) => {
        const path = `/${segments.join('/')}`;
        assert.equal(pathEnd(path), path.length);
        assert.equal(pathEnd(`${path}?${query}`), path.length);
      }),
    );
  });
});
