import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { configForBotHost, configSchema, loadConfig } from '../../../src/config/index.ts';
import { exampleRoutes } from '../../../src/config/generate/defaultFile.ts';
import { generatedFiles } from '../../../src/config/generate/files.ts';
import { jsonSchema } from '../../../src/config/generate/jsonSchema.ts';
import { inlineYaml } from '../../../src/config/generate/yamlText.ts';
import type { SchemaNode } from '../../../src/config/schema/tree.ts';
import { configTree } from '../../../src/config/schema/tree.ts';
import { least, loadText, put, repositoryRoot, temporaryDirectory, valid } from './support.ts';

const root = repositoryRoot();

describe('what is generated from the schema', () => {
  for (const [path, text] of generatedFiles()) {
    test(`${path} is what the schema gives`, () => {
      const file = join(root, path);
      const committed = existsSync(file) ? readFileSync(file, 'utf8') : '';
      assert.ok(committed === text, `${path} is out of date: run "npm run generate" and commit the result`);
    });
  }

  test('the shipped file loads, and is nothing but the defaults', async () => {
    const { config, notices } = valid(
      await loadConfig({ path: join(root, 'webhooks.config.yaml'), env: {} }),
    );
    const defaults = valid(configForBotHost('http://127.0.0.1:3000')).config;
    assert.deepEqual(
      { ...config, log: { ...config.log, dir: '' }, senderAddresses: '' },
      { ...defaults, log: { ...defaults.log, dir: '' }, senderAddresses: '' },
    );
    assert.deepEqual(notices, []);
  });

  test('the routes that the shipped file shows as comments load', async () => {
    const links = 'links: { botTokens: { 1: a }, keys: [{ id: k, secret: 0123456789abcdef }] }\n';
    const env = { STRIPE_SECRET: 'whsec_x', PAYMENTS_BOT_URL: '/v1/bots/7/new-webhook?command=%2Fpaid' };
    const { config } = valid(await loadText(`${least}${links}routes:\n${exampleRoutes}\n`, { env }));
    assert.deepEqual(
      config.routes.map((route) => route.name),
      ['bots', 'stripe', 'payments', 'web-app'],
    );
  });

  test('the route with all its settings that the shipped file shows as a comment loads as the defaults', async () => {
    const shipped = readFileSync(join(root, 'webhooks.config.yaml'), 'utf8');
    const [, comment = ''] = /# All that a route can set.*\n#\n((?:#.*\n)+)/.exec(shipped) ?? [];
    const { config } = valid(await loadText(least + comment.replaceAll(/^# ?/gm, '')));
    const [bare] = configSchema.shape.routes.parse([{ name: 'payments', path: '/hooks/payments/*' }]);
    assert.deepEqual(config.routes, [bare]);
  });

  test('each "e.g." of the shipped file can be written in the place of what stands above it', async () => {
    const lines = readFileSync(join(root, 'webhooks.config.yaml'), 'utf8').split('\n');
    const env = new Proxy<Record<string, string>>(
      {},
      {
        get: () => `whsec_${'A'.repeat(32)}`,
        getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: '' }),
      },
    );
    let tried = 0;
    for (const [at, line] of lines.entries()) {
      const found = /^( *)# e\.g\. (.*)$/.exec(line);
      if (found === null) continue;
      tried += 1;
      const changed = lines.with(at - 1, `${found[1] ?? ''}${found[2] ?? ''}`).join('\n');
      const digest = { ...env, HOOKWARD_GRAFANA_TOKEN_SHA256: 'a'.repeat(64) };
      const names = Object.fromEntries(
        [...changed.matchAll(/\$\{([A-Z_]+[A-Z0-9_]*)\}/g)].map(([, name = '']) => [
          name,
          `whsec_${'A'.repeat(32)}`,
        ]),
      );
      const others = { '/etc/hookward/tls/fullchain.pem': 'x', '/etc/hookward/tls/privkey.pem': 'x' };
      valid(await loadText(changed, { env: { ...names, ...digest }, others }));
    }
    assert.ok(tried >= 9, String(tried));
  });

  test('each "e.g." of the route with all its settings can be written in the place of what stands above it', async () => {
    const shipped = readFileSync(join(root, 'webhooks.config.yaml'), 'utf8');
    const [, comment = ''] = /# All that a route can set.*\n#\n((?:#.*\n)+)/.exec(shipped) ?? [];
    // Secrets say nothing without a sender.
    const template = comment.replaceAll(/^# ?/gm, '').replace('sender: null', 'sender: stripe');
    const lines = (least + template).split('\n');
    const env = { STRIPE_SECRET: 'whsec_x', PAYMENTS_BOT_URL: '/v1/bots/7/new-webhook?command=%2Fpaid' };
    let tried = 0;
    for (const [at, line] of lines.entries()) {
      const found = /^( *)# e\.g\. (.*)$/.exec(line);
      if (found === null) continue;
      tried += 1;
      const changed = lines.with(at - 1, `${found[1] ?? ''}${found[2] ?? ''}`).join('\n');
      valid(await loadText(changed, { env }));
    }
    assert.ok(tried >= 16, String(tried));
  });

  test('the reference names every setting, those that are alternatives to a text or a list too', () => {
    const page = generatedFiles().get('config/reference.md') ?? '';
    for (const [key, type] of [
      ['sender', 'one of 24 names, or null'],
      ['secrets', 'list of secrets'],
      ['senderSettings.tolerance', 'duration, 1ms to 24h'],
      ['answer.whenQueued', '`accept`, `unavailable`, `acknowledge`, or map, or null'],
      ['answer.ack.body', 'text'],
      ['dedupe', '`off`, or map, or null'],
      ['dedupe.key', 'text, or list of text, or null'],
      ['forwardTo', 'secret, or null'],
      ['whitelist', 'list of text, or map, or null'],
      ['whitelist.addresses', 'list of text'],
    ])
      assert.ok(page.replaceAll(/ +/g, ' ').includes(`| \`${key}\` | ${type} |`), key);
  });

  test('every setting has a description that is a sentence', () => {
    const check = (node: SchemaNode, path: string): void => {
      if (path !== '') assert.match(node.description, /^[`A-Z\p{Lu}].*[.]$/su, path);
      for (const [key, field] of node.fields) check(field, `${path}.${key}`);
      if (node.entry?.kind === 'object')
        for (const [key, field] of node.entry.fields) check(field, `${path}[].${key}`);
      for (const option of node.options)
        for (const [key, field] of option.fields) check(field, `${path}.${key}`);
    };
    check(configTree, '');
  });

  test('the JSON Schema lets variables and files stand where text or a number does', () => {
    const schema = JSON.parse(jsonSchema()) as {
      readonly properties: Readonly<
        Record<
          string,
          {
            readonly properties: Readonly<
              Record<
                string,
                {
                  readonly anyOf?: readonly unknown[];
                  readonly items?: { readonly anyOf: readonly unknown[] };
                }
              >
            >;
          }
        >
      >;
    };
    assert.equal(schema.properties['listen']?.properties['port']?.anyOf?.length, 2);
    assert.equal(schema.properties['signing']?.properties['keys']?.items?.anyOf.length, 3);
    assert.doesNotMatch(jsonSchema(), /"(?:secret|reload|unit|sample|file)": (?:true|"(?:restart|a |\d))/);
  });

  test('text that YAML would read as something else is quoted', () => {
    for (const word of [
      'true',
      'Null',
      '1',
      '1.5',
      '-1',
      '0x1F',
      '1e3',
      '.inf',
      '',
      'a: b',
      '*',
      "it's",
      'a #b',
      '::1',
      '- a',
    ])
      assert.match(inlineYaml(word), /^'.*'$/, word);
    for (const word of ['25s', './data', '127.0.0.1', '10.0.0.0/8', 'http://127.0.0.1:3000', 'a'])
      assert.equal(inlineYaml(word), word);
    assert.equal(inlineYaml(["it's", 1, null]), "['it''s', 1, null]");
    assert.equal(inlineYaml({ a: 1, b: { c: ['x y'] }, d: {} }), "{ a: 1, b: { c: ['x y'] }, d: {} }");
  });
});

describe('the examples', () => {
  const folder = join(root, 'config/examples');
  const key = `whsec_${'A'.repeat(32)}`;
  const env = {
    HOOKWARD_SIGNING_KEY: key,
    HOOKWARD_SIGNING_KEY_OLD: `whsec_${'B'.repeat(32)}`,
    HOOKWARD_PROMETHEUS_SHA256: 'a'.repeat(64),
    HOOKWARD_SUPPORT_SHA256: 'b'.repeat(64),
    HOOKWARD_LINK_KEY: 'a link key of some length',
  };
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

  test('are the three that the README speaks of', () => {
    assert.deepEqual(names.sort(), ['behind-nginx.yaml', 'bots-business.yaml', 'tls-here.yaml']);
  });

  for (const name of names) {
    test(`${name} loads without a problem or a notice`, async () => {
      const pem = 'pem';
      const others = {
        '/etc/hookward/secrets/bot-1000001.token': '1000001:abc',
        '/etc/hookward/secrets/bot-1000002.token': '1000002:def',
        '/etc/letsencrypt/live/hooks.example.com/fullchain.pem': pem,
        '/etc/letsencrypt/live/hooks.example.com/privkey.pem': pem,
      };
      const loaded = valid(await loadText(readFileSync(join(folder, name)), { env, others }));
      assert.deepEqual(loaded.notices, []);
      assert.ok(loaded.config.publicUrl !== null);
    });
  }

  test('a copy of the shipped file in another directory keeps its log there', async () => {
    const directory = temporaryDirectory();
    const path = put(directory, 'webhooks.config.yaml', readFileSync(join(root, 'webhooks.config.yaml')));
    assert.equal(valid(await loadConfig({ path, env: {} })).config.log.dir, join(directory, 'data'));
  });
});
