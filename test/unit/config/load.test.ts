import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { join, resolve } from 'node:path';
import { configForBotHost, configSchema, explainConfig, loadConfig } from '../../../src/config/index.ts';
import { least, loadText, problemsOf, put, temporaryDirectory, told, valid } from './support.ts';

describe('loadConfig', () => {
  test('a file that names one bot host gets every default and one route for every path', async () => {
    const { config, files, notices } = valid(await loadText(least));
    assert.deepEqual(
      config.routes.map(({ name, path, botHost }) => ({ name, path, botHost })),
      [{ name: 'default', path: '/*', botHost: 'main' }],
    );
    assert.equal(config.limits.bodyBytesMax, 1024 * 1024);
    assert.equal(config.botHosts['main']?.attemptTimeout, 30_000);
    assert.deepEqual(config.access.perAddress, { requests: 50, per: 1000, burst: 200 });
    assert.deepEqual(
      [...files],
      ['/etc/hookward/webhooks.config.yaml', '/etc/hookward/sender-addresses.json'],
    );
    assert.deepEqual([...notices], []);
  });

  test('the one route goes to the only bot host, whatever its name', async () => {
    const { config } = valid(await loadText('botHosts: { bots: { url: "http://10.0.0.1" } }\n'));
    assert.equal(config.routes[0]?.botHost, 'bots');
  });

  test('the one route goes to main where there are several bot hosts', async () => {
    const text = 'botHosts: { a: { url: "http://10.0.0.1" }, main: { url: "http://10.0.0.2" } }\n';
    assert.equal(valid(await loadText(text)).config.routes[0]?.botHost, 'main');
  });

  test('the whole configuration is frozen', async () => {
    const text = `${least}links: { botTokens: { 1: a } }\n`;
    const { config } = valid(await loadText(text));
    const parts: unknown[] = [config];
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      if (typeof part !== 'object' || part === null) continue;
      assert.ok(Object.isFrozen(part));
      parts.push(...(Object.values(part) as unknown[]).filter((inner) => inner !== undefined));
    }
    assert.throws(() => Object.assign(config.links.botTokens, { 2: 'b' }), TypeError);
  });

  test("paths count from the configuration file's directory, absolute ones from the root", async () => {
    assert.equal(valid(await loadText(least)).config.log.dir, '/etc/hookward/data');
    assert.equal(valid(await loadText(`${least}log: { dir: ../log }\n`)).config.log.dir, '/etc/log');
    assert.equal(valid(await loadText(`${least}log: { dir: /var/x }\n`)).config.log.dir, '/var/x');
    const addresses = async (line: string) => valid(await loadText(least + line)).config.senderAddresses;
    assert.equal(await addresses(''), '/etc/hookward/sender-addresses.json');
    assert.equal(await addresses('senderAddresses: ../lists/senders.json\n'), '/etc/lists/senders.json');
    const others = { '/etc/hookward/tls/a.pem': 'x', '/b.pem': 'y' };
    const text = `${least}listen: { tls: { cert: tls/a.pem, key: /b.pem } }\n`;
    const { config, files } = valid(await loadText(text, { others }));
    assert.deepEqual(config.listen.tls, { cert: '/etc/hookward/tls/a.pem', key: '/b.pem' });
    assert.ok(!files.some((path) => path.endsWith('.pem')), 'the listener itself watches its certificate');
  });

  test('a certificate that cannot be read is told together with everything else', async () => {
    const text = `${least}listen: { tls: { cert: a, key: b }, prt: 1 }\n`;
    assert.deepEqual(
      told(await loadText(text, { others: { '/etc/hookward/b': 'y'.repeat(1024 * 1024 + 1) } })),
      [
        '2:24 listen.tls.cert: the file cannot be used: there is no such file',
        '2:32 listen.tls.key: the file cannot be used: it is larger than 1 MiB',
        '2:37 listen.prt: unknown key; did you mean "port"?',
      ],
    );
  });

  test('a file on disk is read; one that is not there, or is no file, is the problem', async () => {
    const directory = temporaryDirectory();
    const path = put(directory, 'webhooks.config.yaml', least);
    assert.equal(valid(await loadConfig({ path, env: {} })).config.log.dir, join(directory, 'data'));
    const missing = problemsOf(await loadConfig({ path: join(directory, 'none.yaml'), env: {} }));
    assert.equal(
      explainConfig(missing, 'none.yaml'),
      'none.yaml:1:1  the configuration file cannot be read: there is no such file',
    );
    const folder = problemsOf(await loadConfig({ path: directory, env: {} }));
    assert.match(explainConfig(folder, ''), /it is a directory$/);
    const through = problemsOf(await loadConfig({ path: join(path, 'x'), env: {} }));
    assert.match(explainConfig(through, ''), /there is no such file$/);
  });

  test('a device that never ends is read no further than the limit', async () => {
    const found = problemsOf(await loadConfig({ path: '/dev/zero', env: {} }));
    assert.equal(found[0]?.message, 'the file is larger than 256 KiB');
  });

  test('a reader that fails without a reason is a problem too', async () => {
    const readFile = () => Promise.reject(new Error('gone'));
    const found = problemsOf(await loadConfig({ path: '/x', env: {}, readFile }));
    assert.equal(found[0]?.message, 'the configuration file cannot be read: it cannot be read');
  });

  const notices: readonly (readonly [string, string, string])[] = [
    [
      'links without the address that they would begin with',
      'links: { botTokens: { 1: a } }',
      'no-public-url',
    ],
    ['a pass-through behind a route for every path', 'passThrough: { botHost: main }', 'pass-through-unused'],
    ['an enforced whitelist of nobody', 'access: { whitelist: { mode: enforce } }', 'whitelist-empty'],
    ['a bot host at the public address', 'publicUrl: http://127.0.0.1:3000/hooks', 'public-url-is-bot-host'],
  ];
  for (const [what, line, code] of notices) {
    test(`${what} is valid, but said aloud`, async () => {
      const { notices: given } = valid(await loadText(`${least}${line}\n`));
      assert.deepEqual(
        given.map((notice) => notice.code),
        [code],
      );
    });
  }
});

describe('configForBotHost', () => {
  test('gives what a file with that bot host alone gives, its log below the working directory', async () => {
    const { config, files } = valid(configForBotHost('http://127.0.0.1:3000'));
    const fromFile = valid(await loadText(least)).config;
    assert.deepEqual({ ...config, log: 0, senderAddresses: 0 }, { ...fromFile, log: 0, senderAddresses: 0 });
    assert.equal(config.log.dir, resolve('data'));
    assert.equal(config.senderAddresses, resolve('sender-addresses.json'));
    assert.ok(Object.isFrozen(config.routes));
    assert.deepEqual(files, []);
  });

  test('an address that is none, or our own, is refused in words without a file', () => {
    assert.equal(
      explainConfig(problemsOf(configForBotHost('127.0.0.1:3000')), ''),
      'botHosts.main.url: expected an http:// or https:// address',
    );
    assert.match(explainConfig(problemsOf(configForBotHost('http://127.0.0.1:8080')), ''), /in a circle$/);
  });
});

describe('the schema alone', () => {
  test('the defaults of a route are those that the design names', () => {
    const { routes } = configSchema.parse({
      botHosts: { main: { url: 'http://127.0.0.1:1' } },
      routes: [{ name: 'a', path: '/a' }],
    });
    const [route] = routes;
    assert.deepEqual(route?.retry, {
      attempts: 12,
      firstDelay: 1_000,
      maxDelay: 600_000,
      maxAge: 86_400_000,
      retryAfterMax: 3_600_000,
      statuses: [429, 502, 503, 504],
    });
    assert.deepEqual(route.answer, {
      mode: null,
      for: null,
      whenQueued: null,
      ack: null,
      success: null,
      whenLimited: null,
    });
    const { sender, secrets, verify, senderSettings, dedupe, forwardTo } = route;
    assert.deepEqual(
      { sender, secrets, verify, senderSettings, dedupe, forwardTo },
      { sender: null, secrets: [], verify: 'enforce', senderSettings: {}, dedupe: null, forwardTo: null },
    );
  });
});
