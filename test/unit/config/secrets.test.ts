import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { configForBotHost, loadConfig, redacted, secretValues } from '../../../src/config/index.ts';
import { substitute } from '../../../src/config/load/substitute.ts';
import { least, loadText, problemsOf, put, temporaryDirectory, told, valid } from './support.ts';

const key = `whsec_${'A'.repeat(32)}`;

describe('environment variables in a configuration', () => {
  test('a variable stands for its value, anywhere in any text', async () => {
    const text = `botHosts: { main: { url: "http://\${HOST}:\${PORT}/\${HOST}" } }\n`;
    const { config } = valid(await loadText(text, { env: { HOST: 'bots', PORT: '3000' } }));
    assert.equal(config.botHosts['main']?.url, 'http://bots:3000/bots');
  });

  test('a doubled dollar sign stands for a plain one before a brace, and a lone one for itself', async () => {
    const text = `${least}links: { botTokens: { a: 'x$\${Y}$Z$', b: '\${V}' } }\n`;
    const { config } = valid(await loadText(text, { env: { V: '${W}', W: 'no', Y: 'no' } }));
    assert.deepEqual({ ...config.links.botTokens }, { a: 'x${Y}$Z$', b: '${W}' });
  });

  test('numbers and switches can come from variables', async () => {
    const text = `${least}listen: { port: '\${PORT}' }\nlogging: { pretty: '\${PRETTY}' }\n`;
    const { config } = valid(await loadText(text, { env: { PORT: '9000', PRETTY: 'true' } }));
    assert.deepEqual([config.listen.port, config.logging.pretty], [9000, true]);
  });

  test('a secret of digits stays text', async () => {
    const text = `${least}links: { botTokens: { a: '\${T}' } }\n`;
    const { config } = valid(await loadText(text, { env: { T: '0123' } }));
    assert.equal(config.links.botTokens['a'], '0123');
  });

  const wrong: readonly (readonly [string, string, string])[] = [
    [
      'is not set',
      '${NOPE}',
      'the environment variable NOPE is not set; set it in the environment of the process; write $${ for a plain ${',
    ],
    [
      'is a name of every object',
      '${toString}',
      'the environment variable toString is not set; set it in the environment of the process; write $${ for a plain ${',
    ],
    ['has no name', '${}', 'expected ${NAME}, the name of an environment variable; write $${ for a plain ${'],
    [
      'is not closed',
      '${NAME',
      'expected ${NAME}, the name of an environment variable; write $${ for a plain ${',
    ],
    [
      'has a default',
      '${A:-b}',
      'expected ${NAME}, the name of an environment variable; write $${ for a plain ${',
    ],
  ];
  for (const [what, value, expected] of wrong) {
    test(`a variable that ${what} is a problem at its place, and the only one told of it`, async () => {
      assert.deepEqual(told(await loadText(`${least}publicUrl: '${value}'\n`)), [
        `2:12 publicUrl: ${expected}`,
      ]);
    });
  }

  test('any text comes through unchanged once its braces are escaped', () => {
    const text = fc.array(fc.constantFrom('$', '{', '}', 'A', ' ', '${A}'), { maxLength: 20 });
    fc.assert(
      fc.property(text, (pieces) => {
        const plain = pieces.join('');
        const result = substitute(
          plain.replaceAll('${', () => '$${'),
          { A: 'no' },
        );
        assert.deepEqual(result, { ok: true, text: plain, replaced: false });
      }),
    );
  });
});

describe('secrets of a configuration', () => {
  const others = { '/etc/hookward/secrets/key': `${key}\r\n`, '/run/creds/token': '1:abc' };

  test('a secret can be read from a file, relative to the configuration file, less the end of its line', async () => {
    const text = `${least}signing: { keys: ['file:secrets/key'] }\nlinks: { botTokens: { 1: 'file:\${CREDS}/token' } }\n`;
    const loaded = valid(await loadText(text, { others, env: { CREDS: '/run/creds' } }));
    assert.deepEqual([...loaded.config.signing.keys], [key]);
    assert.equal(loaded.config.links.botTokens['1'], '1:abc');
    assert.deepEqual(
      [...loaded.files],
      [
        '/etc/hookward/webhooks.config.yaml',
        '/etc/hookward/secrets/key',
        '/run/creds/token',
        '/etc/hookward/sender-addresses.json',
      ],
    );
    assert.deepEqual([...loaded.secrets], [key, '1:abc']);
  });

  test("a variable's value cannot name a file to be read", async () => {
    const text = `${least}links: { botTokens: { 1: '\${T}' } }\n`;
    const { config, files } = valid(await loadText(text, { others, env: { T: 'file:/run/creds/token' } }));
    assert.equal(config.links.botTokens['1'], 'file:/run/creds/token');
    assert.ok(!files.includes('/run/creds/token'));
  });

  test('what is no secret is not read from a file', async () => {
    const { config } = valid(await loadText(`${least}log: { dir: 'file:/run/creds/token' }\n`, { others }));
    assert.equal(config.log.dir, '/etc/hookward/file:/run/creds/token');
  });

  const files: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ['is not there', {}, 'there is no such file'],
    ['is empty', { '/s': '\n' }, 'it is empty'],
    ['holds a zero byte', { '/s': 'a\0b' }, 'it is not text'],
    ['is larger than 64 KiB', { '/s': 'a'.repeat(64 * 1024 + 1) }, 'it is larger than 64 KiB'],
  ];
  for (const [what, content, expected] of files) {
    test(`a secret's file that ${what} is a problem at its place`, async () => {
      const text = `${least}links: { botTokens: { 1: 'file:/s' } }\n`;
      assert.deepEqual(told(await loadText(text, { others: content })), [
        `2:26 links.botTokens.1: the secret's file cannot be used: ${expected}`,
      ]);
    });
  }

  test('a secret whose variable is empty is a problem', async () => {
    const found = told(await loadText(`${least}links: { botTokens: { 1: '\${T}' } }\n`, { env: { T: '' } }));
    assert.deepEqual(found, ['2:26 links.botTokens.1: the environment variable is empty']);
  });

  test('a secret that begins with env: is a problem, not the secret; one from a variable may', async () => {
    const of = (secret: string) => `${least}links: { botTokens: { 1: '${secret}' } }\n`;
    assert.deepEqual(told(await loadText(of('env:TOKEN'), { env: { TOKEN: 'x' } })), [
      '2:26 links.botTokens.1: `env:` names no environment variable here; write ${NAME} for the variable NAME',
    ]);
    const { config } = valid(await loadText(of('${T}'), { env: { T: 'env:x' } }));
    assert.equal(config.links.botTokens['1'], 'env:x');
  });

  test("no problem holds a secret's value, whatever is wrong with it", async () => {
    const secret = 'hunter2-hunter2-hunter2';
    const text = `${least}signing: { keys: ['\${S}', '${secret}', 'file:/s'], headerPrefix: '\${S} ' }
links: { keys: [{ id: '\${S} !', secret: 7 }], botTokens: { 1: [${secret}] } }
listen: { host: '\${S} !' , port: '\${S}' }
routes: [{ name: '\${S} !', path: '\${S}', botHost: '\${S}', link: '\${S}', cors: { origins: ['\${S}'] }, order: { by: '\${S}' } }]
trustedProxies: ['\${S}']
publicUrl: '\${S}'
`;
    const problems = problemsOf(await loadText(text, { env: { S: secret }, others: { '/s': secret } }));
    assert.ok(problems.length >= 14, String(problems.length));
    assert.doesNotMatch(inspect(problems), /hunter2/);
  });

  test('a YAML error beside a secret does not repeat it', async () => {
    for (const broken of [
      '"hunter2" "hunter2"',
      '!hunter2 x',
      '*hunter2',
      '"hunter2',
      '[hunter2',
      '&hunter2 *hunter2',
      '%hunter2',
      'hunter2: hunter2: hunter2',
    ])
      assert.doesNotMatch(
        inspect(await loadText(`${least}publicUrl: ${broken}\n`)),
        /hunter2.*message|message.*hunter2/s,
        broken,
      );
  });

  test('the printable copy has every secret struck out and everything else as it is', async () => {
    const text = `${least}signing: { keys: [${key}] }\nlinks: { keys: [{ id: k1, secret: 0123456789abcdef }], botTokens: { 7: 7:abc } }\n`;
    const { config } = valid(await loadText(text));
    const copy = redacted(config);
    assert.deepEqual(copy.signing.keys, ['***']);
    assert.deepEqual(copy.links.keys, [{ id: 'k1', secret: '***' }]);
    assert.deepEqual(copy.links.botTokens, { 7: '***' });
    assert.deepEqual({ ...copy, signing: 0, links: 0 }, { ...config, signing: 0, links: 0 });
    assert.deepEqual(secretValues(config), [key, '0123456789abcdef', '7:abc']);
  });

  test('a secret that holds another comes first, so that it is struck out whole', async () => {
    const { secrets } = valid(await loadText(`${least}links: { botTokens: { 1: ab, 2: abc, 3: ab } }\n`));
    assert.deepEqual([...secrets], ['abc', 'ab']);
  });

  test('files that every account can read are warned of where they hold secrets, and only there', async () => {
    const directory = temporaryDirectory();
    put(directory, 'open', '1:abc', 0o644);
    put(directory, 'shut', '1:abc', 0o600);
    const notices = async (text: string, mode: number) => {
      const path = put(directory, `config-${String(mode)}-${String(text.length)}.yaml`, least + text, mode);
      return valid(await loadConfig({ path, env: { T: '1:abc' } }))
        .notices.filter(({ code }) => code === 'readable-by-others')
        .map((notice) => notice.text.replaceAll(directory, ''));
    };
    assert.deepEqual(await notices("links: { botTokens: { 1: 'file:shut', 2: '${T}' } }\n", 0o644), []);
    assert.deepEqual(await notices("links: { botTokens: { 1: 'file:open', 22: 'file:open' } }\n", 0o644), [
      'the secret in /open can be read by every account of this machine: chmod 600',
    ]);
    assert.match(
      (await notices('links: { botTokens: { 1: plain } }\n', 0o644)).join(),
      /holds secrets and every account/,
    );
    assert.deepEqual(await notices('links: { botTokens: { 1: plainer } }\n', 0o600), []);
  });

  test('a configuration without a file has no secrets', () => {
    assert.deepEqual(valid(configForBotHost('http://127.0.0.1:3000')).secrets, []);
  });
});
