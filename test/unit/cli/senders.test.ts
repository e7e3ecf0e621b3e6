import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/index.ts';
import { senderNames } from '../../../src/core/senders.ts';
import { exampleRoute, senderPresets, shippedSenderAddresses } from '../../../src/senders/index.ts';
import { exitCodeOf, runInProcess, type CliRun } from '../../support/cli.ts';
import { scratchDir, startProcess, type ScratchDir } from '../../support/process.ts';

const botHosts = 'botHosts: { main: { url: "http://127.0.0.1:9" } }\n';

const source = 'https://example.com/addresses';
const telegram = { addresses: ['192.0.2.0/24', '149.154.160.0/20'], date: '2026-11-20', source };

let dir: ScratchDir;
let places = 0;

before(() => {
  dir = scratchDir();
});

after(() => dir.remove());

/** A fresh directory with a configuration, and with newer addresses in `newer.json`. */
function place(newer: unknown = { telegram }, config = botHosts): string {
  const path = join(dir.path, String((places += 1)));
  mkdirSync(path);
  writeFileSync(join(path, 'webhooks.config.yaml'), config);
  writeFileSync(join(path, 'newer.json'), typeof newer === 'string' ? newer : JSON.stringify(newer));
  return path;
}

const refresh = (cwd: string, ...more: string[]): Promise<CliRun> =>
  runInProcess(['senders', '--refresh', 'newer.json', ...more], { cwd });

const written = (cwd: string, name = 'sender-addresses.json'): unknown =>
  JSON.parse(readFileSync(join(cwd, name), 'utf8'));

describe('hookward senders', () => {
  test('lists every sender with how it signs, what answers it, and its addresses; no configuration is needed', async () => {
    const { code, stdout, stderr } = await runInProcess(['senders'], { cwd: dir.path });
    assert.equal(code, 0, stderr);
    const [head = '', ...rows] = stdout.split('\n');
    assert.match(head, /^NAME +SIGNS +ACKNOWLEDGED BY +ANSWERS +WAITS +EVENT ID +ON 429 +ADDRESSES$/);
    assert.deepEqual(
      rows.map((row) => row.split(' ', 1)[0]),
      [...senderNames],
    );
    const rowOf = (name: string) => rows.find((row) => row.startsWith(`${name} `)) ?? '';
    assert.match(rowOf('freekassa'), / 200 YES +ack /);
    assert.match(rowOf('github'), / 10 s +header:X-GitHub-Delivery /);
    const { stripe } = shippedSenderAddresses();
    assert.ok(stripe !== undefined);
    assert.ok(rowOf('stripe').endsWith(` ${String(stripe.addresses.length)} (${stripe.date})`));
    assert.match(rowOf('paypal'), / -$/);
  });

  test('shows all that is known of one: facts, addresses, what is not known, sources, and a route', async () => {
    const { code, stdout } = await runInProcess(['senders', 'stripe'], { cwd: dir.path });
    assert.equal(code, 0);
    const { title, signature, secret, unknown, sources } = senderPresets.stripe;
    for (const fact of [
      title,
      signature,
      secret ?? '',
      ...unknown,
      ...sources,
      '54.187.216.72',
      'sender: stripe',
    ])
      assert.ok(stdout.includes(fact), fact);
  });

  for (const name of senderNames) {
    test(`the route that is shown for ${name} is one that a configuration takes`, async () => {
      const known = shippedSenderAddresses()[name];
      const cwd = place({}, `${botHosts}${exampleRoute(senderPresets[name], known)}\n`);
      const env = new Proxy<Record<string, string>>(
        {},
        {
          getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: 'x' }),
          get: () => 'x',
        },
      );
      const loaded = await loadConfig({ path: join(cwd, 'webhooks.config.yaml'), env });
      assert.ok(loaded.ok, JSON.stringify(loaded));
      assert.equal(loaded.config.routes[0]?.sender, name);
    });
  }

  test('--json gives the same as data, one sender a line', async () => {
    const { stdout } = await runInProcess(['senders', '--json'], { cwd: dir.path });
    const all = stdout.split('\n').map((line) => JSON.parse(line) as { readonly name: string });
    assert.deepEqual(
      all.map(({ name }) => name),
      [...senderNames],
    );
    const one = await runInProcess(['senders', 'telegram', '--json'], { cwd: dir.path });
    assert.deepEqual(JSON.parse(one.stdout), all[0]);
    assert.deepEqual(
      (JSON.parse(one.stdout) as { readonly addresses: unknown }).addresses,
      shippedSenderAddresses().telegram,
    );
  });

  test("'usage-wrong': a name that there is not gets a guess, one like none a hint", async () => {
    for (const [name, words] of [
      ['sripe', /Did you mean stripe\?/],
      ['telegramm', /Did you mean telegram\?/],
      ['coinbase', /Did you mean coinbase-commerce\?/],
      ['xyzzy', /`hookward senders` lists them/],
    ] as const) {
      const { code, stderr } = await runInProcess(['senders', name], { cwd: dir.path });
      assert.equal(code, exitCodeOf('usage-wrong'));
      assert.match(stderr, words);
    }
  });

  test("'usage-wrong': options that say nothing together", async () => {
    for (const argv of [
      ['senders', '--force'],
      ['senders', 'stripe', '--refresh', 'newer.json'],
      ['senders', '--refresh', ''],
    ]) {
      const { code, stderr } = await runInProcess(argv, { cwd: place() });
      assert.equal(code, exitCodeOf('usage-wrong'), argv.join(' '));
      assert.match(stderr, /--refresh/);
    }
  });

  test("the operator's own addresses are shown in place of the shipped ones", async () => {
    const cwd = place();
    writeFileSync(join(cwd, 'sender-addresses.json'), JSON.stringify({ telegram }));
    const { stdout } = await runInProcess(['senders', 'telegram'], { cwd });
    assert.match(stdout, /192\.0\.2\.0\/24/);
    assert.doesNotMatch(stdout, /91\.108\.4\.0/);
  });

  test('a configuration that is wrong hides nothing: the shipped addresses are shown, and why', async () => {
    const cwd = place({}, `${botHosts}routes: [{ name: a, path: /a, sender: sripe }]\n`);
    const { code, stdout, stderr } = await runInProcess(['senders', 'telegram'], { cwd });
    assert.equal(code, 0);
    assert.match(stdout, /91\.108\.4\.0\/22/);
    assert.match(stderr, /the addresses are those that Hookward ships with: .*did you mean "stripe"/s);
  });
});

describe('hookward check', () => {
  test("'config-invalid': what only the presets and the addresses can tell stands at its line, all at once", async () => {
    const routes = `routes:
  - { name: a, path: /a, sender: stripe }
  - name: b
    path: /b
    whitelist: [sender:stripe, sender:paypal]
`;
    const cwd = place({}, botHosts + routes);
    const { code, stderr } = await runInProcess(['check'], { cwd });
    assert.equal(code, exitCodeOf('config-invalid'));
    assert.match(stderr, /yaml:3:\d+ {2}routes\[0\]\.secrets: /);
    assert.match(
      stderr,
      /yaml:6:32 {2}routes\[1\]\.whitelist\.addresses\[1\]: PayPal publishes no addresses/,
    );
  });

  test('addresses that the operator adds make a sender one that can be listed', async () => {
    const cwd = place({}, `${botHosts}routes: [{ name: b, path: /b, whitelist: [sender:paypal] }]\n`);
    assert.equal((await runInProcess(['check'], { cwd })).code, exitCodeOf('config-invalid'));
    const paypal = { addresses: ['198.51.100.0/24'], date: '2026-11-01', source };
    writeFileSync(join(cwd, 'newer.json'), JSON.stringify({ paypal }));
    assert.equal((await refresh(cwd)).code, 0);
    assert.equal((await runInProcess(['check'], { cwd })).code, 0);
  });

  test("'config-invalid': an own file of addresses that is broken is named by its key", async () => {
    const cwd = place();
    writeFileSync(join(cwd, 'sender-addresses.json'), '{');
    const { code, stderr } = await runInProcess(['check'], { cwd });
    assert.equal(code, exitCodeOf('config-invalid'));
    assert.match(stderr, /senderAddresses: /);
  });
});

describe('hookward senders --refresh', () => {
  test('writes the newer addresses beside the configuration, says what changes and when it counts', async () => {
    const cwd = place();
    const { code, stdout, stderr } = await refresh(cwd);
    assert.equal(code, 0, stderr);
    const before = shippedSenderAddresses().telegram?.date ?? '';
    assert.deepEqual(stdout.split('\n'), [
      `telegram: ${before} -> 2026-11-20`,
      '  + 192.0.2.0/24',
      '  - 91.108.4.0/22',
    ]);
    assert.match(stderr, /Written to .*sender-addresses\.json.*SIGHUP.*--watch/);
    assert.deepEqual(written(cwd), { telegram });
    assert.equal(statSync(join(cwd, 'sender-addresses.json')).mode & 0o777, 0o644);
    assert.deepEqual(readdirSync(cwd).sort(), [
      'newer.json',
      'sender-addresses.json',
      'webhooks.config.yaml',
    ]);
  });

  test('keeps what the file had of other senders, and goes where senderAddresses says', async () => {
    const cwd = place({ telegram }, `${botHosts}senderAddresses: lists/senders.json\n`);
    const paypal = { addresses: ['198.51.100.7'], date: '2026-01-01', source };
    mkdirSync(join(cwd, 'lists'));
    writeFileSync(join(cwd, 'lists/senders.json'), JSON.stringify({ paypal }));
    assert.equal((await refresh(cwd)).code, 0);
    assert.deepEqual(written(cwd, 'lists/senders.json'), { paypal, telegram });
  });

  test('a second time it changes nothing, and says so', async () => {
    const cwd = place();
    await refresh(cwd);
    const { ino } = statSync(join(cwd, 'sender-addresses.json'));
    const { code, stdout, stderr } = await refresh(cwd);
    assert.deepEqual([code, stdout], [0, '']);
    assert.match(stderr, /Nothing to change/);
    assert.equal(statSync(join(cwd, 'sender-addresses.json')).ino, ino);
  });

  test('a sender that published nothing before, and a later date for the same addresses, are changes', async () => {
    const { stripe } = shippedSenderAddresses();
    assert.ok(stripe !== undefined);
    const cwd = place({
      stripe: { ...stripe, date: '2026-11-19' },
      slack: { addresses: ['198.51.100.0/24'], date: '2026-11-01', source },
    });
    assert.deepEqual((await refresh(cwd)).stdout.split('\n'), [
      `stripe: ${stripe.date} -> 2026-11-19, the same addresses`,
      'slack: unknown -> 2026-11-01',
      '  + 198.51.100.0/24',
    ]);
  });

  test('--json gives the changes as data', async () => {
    const cwd = place();
    const { stdout } = await refresh(cwd, '--json');
    const { file, changes } = JSON.parse(stdout) as { readonly file: string; readonly changes: unknown[] };
    assert.equal(file, join(cwd, 'sender-addresses.json'));
    assert.equal(changes.length, 1);
  });

  test("'usage-wrong': what is older than in force is refused whole, unless --force", async () => {
    const cwd = place({ telegram, stripe: { addresses: ['192.0.2.9'], date: '2020-01-01', source } });
    const { code, stderr } = await refresh(cwd);
    assert.equal(code, exitCodeOf('usage-wrong'));
    assert.match(stderr, /older than what is in force: stripe \(2020-01-01\)\. .*--force/);
    assert.ok(!readdirSync(cwd).includes('sender-addresses.json'));
    assert.equal((await refresh(cwd, '--force')).code, 0);
    assert.deepEqual(Object.keys(written(cwd) as object).sort(), ['stripe', 'telegram']);
  });

  test("what is older than the operator's own file is refused too", async () => {
    const cwd = place();
    await refresh(cwd);
    writeFileSync(join(cwd, 'newer.json'), JSON.stringify({ telegram: { ...telegram, date: '2026-11-19' } }));
    assert.match((await refresh(cwd)).stderr, /telegram \(2026-11-19\)/);
    assert.deepEqual(written(cwd), { telegram });
  });

  test("'usage-wrong': a date in the future would refuse every refresh to come, so it is not taken", async () => {
    const cwd = place({ telegram: { ...telegram, date: '2999-01-01' } });
    const { code, stderr } = await refresh(cwd, '--force');
    assert.equal(code, exitCodeOf('usage-wrong'));
    assert.match(stderr, /in the future: telegram \(2999-01-01\)/);
  });

  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ['is no JSON', '{', /^hookward: newer\.json: .*no JSON/],
    ['names a sender that there is not', { sripe: telegram }, /newer\.json: .*sripe/],
    [
      'has an address that is none',
      { telegram: { ...telegram, addresses: ['0177.0.0.1'] } },
      /newer\.json: .*telegram: address 1/,
    ],
    ['has a day that there is not', { telegram: { ...telegram, date: '2026-02-30' } }, /telegram: `date`/],
    ['would steer the terminal', { '\u001b[2J': telegram }, /\\u001b\[2J/],
  ];
  for (const [what, newer, words] of wrong) {
    test(`'config-invalid': a file that ${what}`, async () => {
      const cwd = place(newer);
      const { code, stderr } = await refresh(cwd);
      assert.equal(code, exitCodeOf('config-invalid'));
      assert.match(stderr, words);
      assert.ok(!readdirSync(cwd).includes('sender-addresses.json'));
    });
  }

  test("'usage-wrong': a file that cannot be read, is too large, or is no text", async () => {
    const cwd = place(' '.repeat(1024 * 1024 + 1));
    const answers = async (file: string) => runInProcess(['senders', '--refresh', file], { cwd });
    const missing = await answers('none.json');
    assert.equal(missing.code, exitCodeOf('usage-wrong'));
    assert.match(missing.stderr, /none\.json cannot be read: there is no such file/);
    assert.match((await answers('.')).stderr, /it is a directory/);
    assert.match((await answers('newer.json')).stderr, /larger than 1 MiB/);
    writeFileSync(join(cwd, 'newer.json'), Buffer.from([0xff, 0xfe]));
    assert.match((await answers('newer.json')).stderr, /not UTF-8/);
  });

  test("'config-invalid': an own file that is broken is named and left as it is", async () => {
    const cwd = place();
    writeFileSync(join(cwd, 'sender-addresses.json'), '{');
    const { code, stderr } = await refresh(cwd);
    assert.equal(code, exitCodeOf('config-invalid'));
    assert.match(stderr, /sender-addresses\.json: .*no JSON/);
    assert.equal(readFileSync(join(cwd, 'sender-addresses.json'), 'utf8'), '{');
  });

  test("'config-invalid': a place that cannot be written, or is a directory, leaves nothing behind", async () => {
    const nowhere = place({ telegram }, `${botHosts}senderAddresses: none/senders.json\n`);
    const missing = await refresh(nowhere);
    assert.equal(missing.code, exitCodeOf('config-invalid'));
    assert.match(
      missing.stderr,
      /which senderAddresses names, cannot be written: there is no such file or directory/,
    );
    const folder = place({ telegram }, `${botHosts}senderAddresses: .\n`);
    assert.match(
      (await refresh(folder)).stderr,
      /which senderAddresses names, cannot be read: it is a directory/,
    );
    assert.deepEqual(readdirSync(folder).sort(), ['newer.json', 'webhooks.config.yaml']);
  });

  test('a symbolic link is followed, not replaced', async () => {
    const cwd = place({ telegram }, `${botHosts}senderAddresses: link.json\n`);
    writeFileSync(join(cwd, 'real.json'), '{}');
    symlinkSync('real.json', join(cwd, 'link.json'));
    assert.equal((await refresh(cwd)).code, 0);
    assert.deepEqual(written(cwd, 'real.json'), { telegram });
  });

  test("'usage-wrong': without a configuration nothing says where to write", async () => {
    const cwd = join(dir.path, 'bare');
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'newer.json'), JSON.stringify({ telegram }));
    const { code, stderr } = await refresh(cwd);
    assert.equal(code, exitCodeOf('usage-wrong'));
    assert.match(stderr, /--config FILE/);
  });

  for (const args of [['--refresh', '-'], ['--refresh=-']])
    test(`${args.join(' ')} reads standard input, in a real process, whatever its umask`, async () => {
      const cwd = place();
      const before = process.umask(0o077);
      try {
        const run = startProcess({
          script: 'src/cli/main.js',
          args: ['senders', ...args],
          cwd,
          input: JSON.stringify({ telegram }),
        });
        assert.deepEqual(await run.ended, { code: 0, signal: null }, run.output());
      } finally {
        process.umask(before);
      }
      assert.deepEqual(written(cwd), { telegram });
      assert.equal(statSync(join(cwd, 'sender-addresses.json')).mode & 0o777, 0o644);
    });
});
