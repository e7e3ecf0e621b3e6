import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { HookwardError } from '../../../src/core/errors.ts';
import { createRouteTable } from '../../../src/ingress/routeTable.ts';

const tableOf = (...paths: string[]) => createRouteTable(paths.map((path) => ({ name: path, path })));

const matches: readonly [routes: string[], path: string, expected: string | null, bot: string | null][] = [
  [['/hook'], '/hook', '/hook', null],
  [['/hook'], '/hook/', null, null],
  [['/hook'], '/Hook', null, null],
  [['/hook'], '/hook/more', null, null],
  [['/hook/'], '/hook/', '/hook/', null],
  [['/'], '/', '/', null],
  [['/v1/bots/:bot/new-webhook'], '/v1/bots/77/new-webhook', '/v1/bots/:bot/new-webhook', '77'],
  [['/v1/bots/:bot/new-webhook'], '/v1/bots/77/new-webhook/', null, null],
  [['/v1/bots/:bot/new-webhook'], '/v1/bots//new-webhook', null, null],
  [['/:bot'], '/', null, null],
  [['/:bot'], '/a%20b', '/:bot', 'a%20b'],
  [['/:user/:bot'], '/u/b', '/:user/:bot', 'b'],
  [['/:user'], '/u', '/:user', null],
  [['/*'], '/', '/*', null],
  [['/*'], '/a/b/c', '/*', null],
  [['/hooks/*'], '/hooks', null, null],
  [['/hooks/*'], '/hooks/', '/hooks/*', null],
  [['/hooks/*'], '/hooks/a/b', '/hooks/*', null],
  [['/:bot/*'], '/b/x/y', '/:bot/*', 'b'],
  [['/*', '/a/:bot', '/a/b'], '/a/b', '/a/b', null],
  [['/*', '/a/:bot', '/a/b'], '/a/c', '/a/:bot', 'c'],
  [['/*', '/a/:bot', '/a/b'], '/a/c/d', '/*', null],
  [['/a/*', '/:x/b'], '/a/b', '/a/*', null],
  [['/a/b/c', '/a/:x/d'], '/a/b/d', '/a/:x/d', null],
  [['/a:b'], '/a:b', '/a:b', null],
  [[], '/', null, null],
];

const unusable: readonly [why: string, paths: string[]][] = [
  ['the same path twice', ['/a', '/a']],
  ['paths that differ in a name only', ['/a/:bot', '/a/:other']],
  ['two closing stars', ['/a/*', '/a/*']],
  ['a star within', ['/a/*/b']],
  ['a star after letters', ['/a*']],
  ['a colon without a name', ['/a/:']],
  ['a name twice', ['/:a/:a']],
  ['an empty segment', ['/a//b']],
  ['a dot segment', ['/a/../b']],
  ['an encoded letter', ['/%61']],
  ['no slash at the beginning', ['a']],
  ['a query', ['/a?b']],
];

/** How exact a route is, one digit a segment: spelled out 0, named 1, star 2, so that the smallest string wins. */
const exactness = (path: string) =>
  path
    .slice(1)
    .split('/')
    .map((segment) => (segment === '*' ? '2' : segment.startsWith(':') ? '1' : '0'))
    .join('');

function takes(route: string, path: string): boolean {
  const pattern = route
    .slice(1)
    .split('/')
    .map((segment) => (segment === '*' ? '.*' : segment.startsWith(':') ? '[^/]+' : segment))
    .join('/');
  return new RegExp(`^/${pattern}$`).test(path);
}

describe('route table', () => {
  for (const [routes, path, expected, bot] of matches) {
    test(`${path} among ${routes.join(' ')} is ${expected ?? 'no route'}`, () => {
      const match = tableOf(...routes).match(path);
      assert.equal(match?.route.name ?? null, expected);
      assert.equal(match?.bot ?? null, bot);
    });
  }

  for (const [why, paths] of unusable) {
    test(`refused: ${why} (${paths.join(' ')})`, () => {
      assert.throws(
        () => tableOf(...paths),
        (error) => error instanceof HookwardError && error.code === 'config-invalid',
      );
    });
  }

  test('names that objects inherit are no routes', () => {
    const table = tableOf('/a/b');
    for (const path of ['/__proto__', '/constructor', '/a/toString']) assert.equal(table.match(path), null);
  });

  test('the winner is the most exact of all routes that take the path', () => {
    const segment = fc.constantFrom('a', 'b', ':x', ':y');
    const pattern = fc
      .tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.boolean())
      .map(
        ([segments, isOpen]) =>
          `/${segments.map((one, at) => (one.startsWith(':') ? `${one}${at}` : one)).join('/')}${isOpen ? '/*' : ''}`,
      );
    const shape = (path: string) => path.replaceAll(/:[^/]+/g, ':');
    const routes = fc.uniqueArray(pattern, { maxLength: 12, selector: shape });
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 6 })
      .map((s) => `/${s.join('/')}`);
    fc.assert(
      fc.property(routes, path, (paths, asked) => {
        const best = paths
          .filter((one) => takes(one, asked))
          .sort((one, other) => (exactness(one) < exactness(other) ? -1 : 1))[0];
        assert.equal(tableOf(...paths).match(asked)?.route.name, best);
      }),
      { numRuns: 2000 },
    );
  });
});
