import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { Config, ConfigWatcher } from '../../../src/config/index.ts';
import { diffConfig, watchConfig } from '../../../src/config/index.ts';
import { manualClock } from '../../support/manualClock.ts';
import { waitFor } from '../../support/waitFor.ts';
import { least, loadText, put, temporaryDirectory, valid } from './support.ts';

async function configOf(lines: string): Promise<Config> {
  return valid(await loadText(least + lines)).config;
}

describe('diffConfig', () => {
  const cases: readonly (readonly [string, string, string, readonly string[], readonly string[]])[] = [
    ['the same text', 'log: { dir: /x }', 'log: { dir: /x }', [], []],
    ['a default written out', '', 'listen: { port: 8080 }', [], []],
    ['another port', '', 'listen: { port: 9 }', ['listen.port'], ['listen.port']],
    ['a limit that can change', '', 'limits: { headersMax: 9 }', ['limits.headersMax'], []],
    [
      'a limit that cannot',
      '',
      'limits: { idleTimeout: 9s }',
      ['limits.idleTimeout'],
      ['limits.idleTimeout'],
    ],
    ['TLS switched on', '', 'listen: { tls: { cert: /c, key: /k } }', ['listen.tls'], ['listen.tls']],
    ['how long dead webhooks are kept', '', 'log: { keep: { dead: 1d } }', ['log.keep.dead'], []],
    [
      'a bot token',
      'links: { botTokens: { 1: a } }',
      'links: { botTokens: { 1: b, "x y": c } }',
      ['links.botTokens.1', 'links.botTokens["x y"]'],
      [],
    ],
    [
      'a new first route',
      'routes: [{ name: b, path: /b }]',
      'routes: [{ name: a, path: /a }, { name: b, path: /b }]',
      ['routes[a]'],
      [],
    ],
    [
      'a setting of a route',
      'routes: [{ name: b, path: /b }]',
      'routes: [{ name: b, path: /b, answer: { for: 1s } }]',
      ['routes[b].answer.for'],
      [],
    ],
    [
      'link keys in another order',
      'links: { keys: [{ id: a, secret: 0123456789abcdef }, { id: b, secret: 0123456789abcdef }] }',
      'links: { keys: [{ id: b, secret: 0123456789abcdef }, { id: a, secret: 0123456789abcdef }] }',
      ['links.keys'],
      [],
    ],
    [
      'a proxy more',
      'trustedProxies: [10.0.0.1]',
      'trustedProxies: [10.0.0.1, 10.0.0.2]',
      ['trustedProxies[1]'],
      [],
    ],
    [
      'what a route knows of its sender',
      'routes: [{ name: b, path: /b, sender: stripe, secrets: [a], dedupe: off }]',
      'routes: [{ name: b, path: /b, sender: stripe, secrets: [c], forwardTo: /x, dedupe: { key: query:a } }]',
      ['routes[b].secrets[0]', 'routes[b].dedupe', 'routes[b].forwardTo'],
      [],
    ],
    [
      'a whitelist written as a list',
      'routes: [{ name: b, path: /b, whitelist: { mode: enforce, addresses: [10.0.0.1] } }]',
      'routes: [{ name: b, path: /b, whitelist: [10.0.0.1] }]',
      [],
      [],
    ],
    ['the file of newer addresses', '', 'senderAddresses: /lists/senders.json', ['senderAddresses'], []],
    [
      'a token of the admin API',
      '',
      `admin: { tokens: [{ name: a, role: viewer, sha256: ${'a'.repeat(64)} }] }`,
      ['admin.tokens[a]'],
      [],
    ],
  ];
  for (const [what, before, after, changed, restart] of cases) {
    test(`${what}: the paths that changed, and those that need a restart`, async () => {
      const others = { '/c': 'x', '/k': 'x' };
      const [one, other] = [
        await loadText(least + before, { others }),
        await loadText(least + after, { others }),
      ];
      assert.deepEqual(diffConfig(valid(one).config, valid(other).config), { changed, restart });
    });
  }

  test('no value gets into what is said', async () => {
    const diff = diffConfig(
      await configOf('links: { botTokens: { 1: hunter1 } }'),
      await configOf('links: { botTokens: { 1: hunter2 } }'),
    );
    assert.doesNotMatch(JSON.stringify(diff), /hunter/);
  });
});

interface Watched {
  readonly directory: string;
  readonly path: string;
  readonly watcher: ConfigWatcher;
  readonly clock: ReturnType<typeof manualClock>;
  readonly changes: () => number;
}

/** A configuration on disk that is being watched; the quiet time passes while `until` waits. */
async function watched(
  body: (context: Watched) => Promise<void>,
  extra: readonly string[] = [],
): Promise<void> {
  const directory = temporaryDirectory();
  const path = put(directory, 'conf/webhooks.config.yaml', least);
  const files = extra.map((name) => put(directory, name, 'secret'));
  const clock = manualClock();
  let count = 0;
  const watcher = watchConfig({ path, files, clock, onChange: () => (count += 1) });
  try {
    await body({ directory, path, watcher, clock, changes: () => count });
  } finally {
    watcher.close();
  }
}

/** Lets the quiet time pass until so many changes were told; never so long that the regular look would find them. */
async function told(context: Watched, changes: number): Promise<void> {
  await waitFor(`${String(changes)} changes`, () => {
    context.clock.advance(1);
    return context.changes() === changes;
  });
}

describe('watchConfig', () => {
  test('a file that is written anew is told once', () =>
    watched(async (context) => {
      put(context.directory, 'conf/webhooks.config.yaml', `${least}log: {}\n`);
      await told(context, 1);
    }));

  test('a file that an editor puts in the place of the old one is told, and so is the next one', () =>
    watched(async (context) => {
      for (const round of [1, 2]) {
        renameSync(put(context.directory, 'conf/.new', `${least}# ${String(round)}\n`), context.path);
        await told(context, round);
      }
    }));

  test('a secret in another directory is watched too', () =>
    watched(
      async (context) => {
        put(context.directory, 'secrets/a', 'another');
        await told(context, 1);
      },
      ['secrets/a'],
    ));

  test('links that are turned, as Kubernetes turns them, are followed', async () => {
    const directory = temporaryDirectory();
    put(directory, 'v1/config.yaml', least);
    put(directory, 'v2/config.yaml', `${least}# 2\n`);
    symlinkSync('v1', join(directory, 'data'));
    symlinkSync('data/config.yaml', join(directory, 'config.yaml'));
    const clock = manualClock();
    let count = 0;
    const watcher = watchConfig({
      path: join(directory, 'config.yaml'),
      files: [],
      clock,
      onChange: () => (count += 1),
    });
    try {
      symlinkSync('v2', join(directory, 'next'));
      renameSync(join(directory, 'next'), join(directory, 'data'));
      await waitFor('the turned link', () => {
        clock.advance(1);
        return count === 1;
      });
      put(directory, 'v2/config.yaml', `${least}# 3\n`);
      await waitFor('a change where the link leads now', () => {
        clock.advance(1);
        return count === 2;
      });
    } finally {
      watcher.close();
    }
  });

  test('what else happens in the directory is not told', () =>
    watched(async (context) => {
      put(context.directory, 'conf/other', 'x');
      put(context.directory, 'conf/webhooks.config.yaml', `${least}# x\n`);
      await told(context, 1);
      put(context.directory, 'conf/other', 'y');
      context.clock.advance(60_000);
      assert.equal(context.changes(), 1);
    }));

  test('without any event the files are looked at every five seconds', () =>
    watched((context) => {
      // All in one turn of the loop: no event can have come in.
      put(context.directory, 'conf/webhooks.config.yaml', `${least}# no event\n`);
      context.clock.advance(4_999);
      assert.equal(context.changes(), 0);
      context.clock.advance(1);
      assert.equal(context.changes(), 1);
      return Promise.resolve();
    }));

  test('a file that is gone for a moment is told when it is back, and not before', () =>
    watched((context) => {
      rmSync(context.path);
      context.clock.advance(5_000);
      assert.equal(context.changes(), 0);
      put(context.directory, 'conf/webhooks.config.yaml', `${least}# back\n`);
      context.clock.advance(5_000);
      assert.equal(context.changes(), 1);
      return Promise.resolve();
    }));

  test('a directory that is gone is watched again when it is back', () =>
    watched(async (context) => {
      const { directory, clock } = context;
      rmSync(join(directory, 'conf'), { recursive: true });
      clock.advance(5_000);
      mkdirSync(join(directory, 'conf'));
      put(directory, 'conf/webhooks.config.yaml', `${least}# back\n`);
      clock.advance(5_000);
      assert.equal(context.changes(), 1);
      utimesSync(context.path, 1, 1);
      await told(context, 2);
    }));

  test('a file that does not exist yet is told when it comes, and when it changes', () =>
    watched(async (context) => {
      const { directory, watcher } = context;
      watcher.update([join(directory, 'conf/sender-addresses.json')]);
      put(directory, 'conf/sender-addresses.json', '{}');
      await told(context, 1);
      put(directory, 'conf/sender-addresses.json', '{ }');
      await told(context, 2);
    }));

  test('after a reload that reads other files, those are watched and the old ones are not', () =>
    watched(
      (context) => {
        const { directory, watcher, clock } = context;
        watcher.update([put(directory, 'fresh/b', '1')]);
        put(directory, 'secrets/a', 'changed');
        clock.advance(5_000);
        assert.equal(context.changes(), 0);
        put(directory, 'fresh/b', '22');
        clock.advance(5_000);
        assert.equal(context.changes(), 1);
        return Promise.resolve();
      },
      ['secrets/a'],
    ));

  test('after close nothing is told, and closing twice is harmless', () =>
    watched((context) => {
      context.watcher.close();
      context.watcher.close();
      context.watcher.update([context.path]);
      put(context.directory, 'conf/webhooks.config.yaml', `${least}# late\n`);
      context.clock.advance(60_000);
      assert.equal(context.changes(), 0);
      return Promise.resolve();
    }));

  test('a configuration whose directory is not there is watched all the same', () => {
    const clock = manualClock();
    const directory = temporaryDirectory();
    let count = 0;
    const watcher = watchConfig({
      path: join(directory, 'none/x.yaml'),
      files: [],
      clock,
      onChange: () => (count += 1),
    });
    put(directory, 'none/x.yaml', least);
    clock.advance(5_000);
    watcher.close();
    assert.equal(count, 1);
  });
});
