// Support and operators at the command line: with a running server, and on the closed log.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startBotHost, type BotHost } from '../support/botHost.ts';
import { runCli, scratchDir, startServer, type RunningServer, type ScratchDir } from '../support/process.ts';
import { waitFor } from '../support/waitFor.ts';

interface Listed {
  readonly id: string;
  readonly state: string;
  readonly route: string;
  readonly bot: string | null;
  readonly user: string | null;
  readonly lastStatus: number | null;
}

let dir: ScratchDir;
let botHost: BotHost;

/** Refuses what `/refuse` asks for, accepts the rest. */
const behaviour = ({ target }: { readonly target: string }) => ({
  status: target.includes('refuse') ? 422 : 200,
  body: `answer to ${target}`,
});

const config = () => ({
  botHosts: { main: { url: botHost.url } },
  routes: [
    { name: 'bots', path: '/v1/bots/:bot/new-webhook', retry: { firstDelay: '100ms', maxDelay: '200ms' } },
    {
      name: 'pay',
      path: '/pay/*',
      answer: { for: '500ms' },
      retry: { firstDelay: '100ms', maxDelay: '200ms' },
    },
  ],
  access: { perAddress: null },
});

/** Runs a command in the directory of the test's configuration. */
async function cli(server: RunningServer | null, ...args: string[]) {
  const at = server === null ? [] : ['--admin', server.adminUrl];
  return runCli([...args, ...at], { cwd: dir.path });
}

async function listed(server: RunningServer | null, ...filters: string[]): Promise<Listed[]> {
  const { stdout, code, stderr } = await cli(server, 'list', '--json', ...filters);
  assert.equal(code, 0, stderr);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Listed);
}

async function send(server: RunningServer, path: string, body = '{"amount":1.0}'): Promise<string> {
  const answer = await fetch(server.publicUrl + path, { method: 'POST', body });
  await answer.arrayBuffer();
  return answer.headers.get('hookward-id') ?? '';
}

before(async () => {
  botHost = await startBotHost(behaviour);
});

after(async () => {
  await botHost.close();
});

beforeEach(() => {
  botHost.behave(behaviour);
});

describe('the command line with a running server', () => {
  let server: RunningServer;

  before(async () => {
    dir = scratchDir();
    server = await startServer({ dir: dir.path, config: config() });
  });

  after(async () => {
    await server.stop();
    dir.remove();
  });

  test('list finds webhooks by route, bot, user, status, state, time and the beginning of an id', async () => {
    const first = await send(server, '/v1/bots/42/new-webhook?&command=%2Fa&user_id=77');
    const second = await send(server, '/v1/bots/43/new-webhook?&command=%2Fa');
    const refused = await send(server, '/pay/refuse');
    await waitFor('all to be settled', async () => (await listed(server, '--state', 'pending')).length === 0);

    const ids = async (...filters: string[]) => (await listed(server, ...filters)).map(({ id }) => id);
    assert.deepEqual(await ids(), [refused, second, first]);
    assert.deepEqual(await ids('--route', 'bots'), [second, first]);
    assert.deepEqual(await ids('--bot', '42'), [first]);
    assert.deepEqual(await ids('--user', '77'), [first]);
    assert.deepEqual(await ids('--status', '422'), [refused]);
    assert.deepEqual(await ids('--state', 'dead', '--dead', 'refused'), [refused]);
    assert.deepEqual(await ids('--state', 'delivered', '--limit', '1'), [second]);
    assert.deepEqual(await ids('--id', first.slice(0, 36)), [first]);
    assert.deepEqual(await ids('--since', '1h'), [refused, second, first]);
    assert.deepEqual(await ids('--until', '1h'), []);
  });

  test('show tells request, attempts and answers', async () => {
    const id = await send(server, '/v1/bots/42/new-webhook?&command=%2Fshow', '{"big":9007199254740993}');
    await waitFor(
      'it to be delivered',
      async () => (await listed(server, '--id', id))[0]?.state === 'delivered',
    );
    const { stdout, code } = await cli(server, 'show', id);
    assert.equal(code, 0);
    assert.ok(stdout.startsWith(`${id}  delivered`), stdout);
    assert.ok(stdout.includes('POST /v1/bots/42/new-webhook?&command=%2Fshow'));
    assert.ok(stdout.includes('{"big":9007199254740993}'));
    assert.match(stdout, /attempt 1: answered 200/);
    assert.ok(stdout.includes('answer to /v1/bots/42/new-webhook'));
  });

  test('an id that the log does not have: exit code 6', async () => {
    const { code, stderr } = await cli(server, 'show', '01890000-0000-7000-8000-000000000001');
    assert.equal(code, 6);
    assert.match(stderr, /No webhook has this id/);
  });

  test('replay by id delivers again under the same id, with a reason in the audit log', async () => {
    const id = await send(server, '/v1/bots/42/new-webhook?&command=%2Freplay');
    await waitFor(
      'it to be delivered',
      async () => (await listed(server, '--id', id))[0]?.state === 'delivered',
    );
    const { code, stdout } = await cli(server, 'replay', id, '--yes', '--reason', 'the customer asked');
    assert.equal(code, 0);
    assert.equal(stdout.trim(), 'replayed 1 of 1');
    const arrivals = await waitFor('the bot host to see it twice', () => {
      const same = botHost.ledger.filter(({ arrived }) => arrived.headers.includes(id));
      return same.length === 2 ? same : null;
    });
    const options = arrivals.map(({ arrived }) => {
      const at = arrived.headers.findIndex((text) => text.toLowerCase() === 'hookward-options');
      return JSON.parse(arrived.headers[at + 1] ?? '') as { replay: number; attempt: number };
    });
    assert.deepEqual(
      options.map(({ replay, attempt }) => ({ replay, attempt })),
      [
        { replay: 0, attempt: 1 },
        { replay: 1, attempt: 2 },
      ],
    );
    const audit = (await (await fetch(new URL('/api/audit', server.adminUrl))).json()) as {
      entries: { action: string; subject: string; reason: string }[];
    };
    assert.deepEqual(
      audit.entries.slice(0, 1).map(({ action, subject, reason }) => ({ action, subject, reason })),
      [{ action: 'replay', subject: id, reason: 'the customer asked' }],
    );
  });

  test('replay by filter delivers all dead ones of a route, and nothing else', async () => {
    const dead = await Promise.all([1, 2, 3].map((n) => send(server, `/pay/refuse/${String(n)}`)));
    await waitFor(
      'them to be dead',
      async () => (await listed(server, '--id', dead[2] ?? ''))[0]?.state === 'dead',
    );
    botHost.behave(() => ({ status: 200, body: 'mended' }));
    const chosen = (await listed(server, '--state', 'dead', '--route', 'pay')).length;
    const { stdout, code } = await cli(
      server,
      'replay',
      '--state',
      'dead',
      '--route',
      'pay',
      '--yes',
      '--json',
      '--rate',
      '1000',
    );
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), {
      action: 'replay',
      chosen,
      done: chosen,
      conflict: 0,
      missing: 0,
      stopped: false,
    });
    await waitFor('none to be dead', async () => (await listed(server, '--state', 'dead')).length === 0);
  });

  test('replay does not act where nobody can be asked', async () => {
    const id = await send(server, '/v1/bots/42/new-webhook?&command=%2Fask');
    const { code, stderr } = await cli(server, 'replay', id);
    assert.equal(code, 2);
    assert.match(stderr, /add --yes/);
  });

  test('cancel calls a pending webhook off; it is never delivered', async () => {
    await botHost.away();
    const id = await send(server, '/pay/cancel-me');
    assert.equal((await listed(server, '--id', id))[0]?.state, 'pending');
    const { code } = await cli(server, 'cancel', id, '--yes');
    assert.equal(code, 0);
    await botHost.back();
    const other = await send(server, '/pay/after');
    await waitFor(
      'a later one to be delivered',
      async () => (await listed(server, '--id', other))[0]?.state === 'delivered',
    );
    assert.equal((await listed(server, '--id', id))[0]?.state, 'cancelled');
    assert.equal(botHost.ledger.filter(({ arrived }) => arrived.target === '/pay/cancel-me').length, 0);
    assert.equal((await cli(server, 'cancel', other, '--yes')).code, 6);
  });

  test('a ban is in force at once, kept over a restart, and lifted again', async () => {
    const post = () =>
      fetch(`${server.publicUrl}/pay/x`, { method: 'POST', headers: { 'x-forwarded-for': '198.51.100.7' } });
    await server.stop();
    server = await startServer({ dir: dir.path, config: { ...config(), trustedProxies: ['127.0.0.1'] } });
    assert.equal((await post()).status, 200);
    const banned = await cli(server, 'access', 'ban', '198.51.100.0/24', '--reason', 'flood', '--for', '2h');
    assert.equal(banned.code, 0, banned.stderr);
    assert.equal((await post()).status, 403);
    await server.stop();
    server = await startServer({ dir: dir.path, config: { ...config(), trustedProxies: ['127.0.0.1'] } });
    const refused = await post();
    assert.equal(refused.status, 403);
    assert.equal(((await refused.json()) as { code: string }).code, 'banned');
    assert.match((await cli(server, 'access', 'list')).stdout, /ban +198\.51\.100\.0\/24/);
    assert.equal((await cli(server, 'access', 'unban', '198.51.100.0/24', '--reason', 'over')).code, 0);
    assert.equal((await post()).status, 200);
    assert.equal((await cli(server, 'access', 'unban', '198.51.100.0/24', '--reason', 'again')).code, 6);
  });

  test('a reload by SIGHUP is in force as a whole, or refused as a whole', async () => {
    const file = join(dir.path, 'webhooks.config.yaml');
    const route = (name: string) => `routes: [{ name: ${name}, path: /${name} }]\n`;
    const rest = `listen: { port: 0 }\nadmin: { port: 0 }\nlog: { dir: ./data-reload }\nbotHosts: { main: { url: "${botHost.url}" } }\n`;
    const reloading = await startServer({ dir: dir.path, config: rest + route('before') });
    try {
      const status = async (path: string) =>
        (await fetch(reloading.publicUrl + path, { method: 'POST' })).status;
      assert.equal(await status('/before'), 200);
      writeFileSync(file, rest + route('after'));
      reloading.signal('SIGHUP');
      await waitFor('the new route', async () => (await status('/after')) === 200);
      assert.equal(await status('/before'), 404);

      writeFileSync(file, rest.replace('admin: { port: 0 }', 'admin: { port: 1 }') + route('third'));
      reloading.signal('SIGHUP');
      const refused = await waitFor('a refusal', () =>
        reloading.logLines().find(({ event }) => event === 'config-refused'),
      );
      assert.match(JSON.stringify(refused), /admin\.port/);
      assert.equal(await status('/after'), 200);
      assert.equal(await status('/third'), 404);

      writeFileSync(file, `${rest}${route('fourth')}anwser: 1\n`);
      reloading.signal('SIGHUP');
      await waitFor(
        'a second refusal',
        () => reloading.logLines().filter(({ event }) => event === 'config-refused').length === 2,
      );
      assert.equal(await status('/after'), 200);
    } finally {
      await reloading.stop();
    }
  });
});

describe('the command line on the closed log', () => {
  before(() => {
    dir = scratchDir();
  });

  after(() => dir.remove());

  test('list, replay and cancel work without a server, and a server started later obeys', async () => {
    const first = await startServer({ dir: dir.path, config: config() });
    const id = await send(first, '/v1/bots/42/new-webhook?&command=%2Fclosed');
    await waitFor(
      'it to be delivered',
      async () => (await listed(first, '--id', id))[0]?.state === 'delivered',
    );
    const locked = await runCli(['list'], { cwd: dir.path });
    assert.equal(
      locked.code,
      5,
      'the configuration says port 0, so the server is not found, and its log is held',
    );
    assert.match(locked.stderr, /--admin URL/);
    await first.stop();

    assert.equal((await listed(null, '--id', id))[0]?.state, 'delivered');
    assert.equal((await cli(null, 'replay', id, '--yes')).code, 0);
    assert.equal((await listed(null, '--id', id))[0]?.state, 'pending');

    const second = await startServer({ dir: dir.path, config: config() });
    await waitFor(
      'the replay to be delivered',
      async () => (await listed(second, '--id', id))[0]?.state === 'delivered',
    );
    assert.equal(botHost.ledger.filter(({ arrived }) => arrived.headers.includes(id)).length, 2);
    await second.stop();
  });

  test('a log that is not there is not made by looking at it', async () => {
    const empty = scratchDir();
    writeFileSync(
      join(empty.path, 'webhooks.config.yaml'),
      `admin: { port: 0 }\nbotHosts: { main: { url: "${botHost.url}" } }\n`,
    );
    const { code, stderr } = await runCli(['list'], { cwd: empty.path });
    assert.equal(code, 4, stderr);
    assert.match(stderr, /no log/i);
    empty.remove();
  });
});

describe('usage', () => {
  test('check reports every problem with line and column, a guess, and exit code 2', async () => {
    const place = scratchDir();
    writeFileSync(
      join(place.path, 'webhooks.config.yaml'),
      'botHosts:\n  main: { url: "http://127.0.0.1:3000" }\nroutes:\n  - { name: a, path: /a, anwser: {} }\n  - { name: b, path: /b, botHost: mian }\n',
    );
    const { code, stderr } = await runCli(['check'], { cwd: place.path });
    assert.equal(code, 2);
    assert.match(stderr, /:4:\d+ .*anwser.*answer/);
    assert.match(stderr, /:5:\d+ .*routes\[1\]\.botHost.*no such bot host.*"main"/);
    place.remove();
  });

  test('an unknown option, a repeated one, a missing command: exit code 2 and no stack', async () => {
    for (const args of [
      ['list', '--sate', 'dead'],
      ['list', '--route', 'a', '--route', 'b'],
      [],
      ['replay'],
    ]) {
      const { code, stderr } = await runCli(args, { cwd: '/' });
      assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
      assert.doesNotMatch(stderr, /\n {4}at /);
    }
  });

  test('keys makes keys that the configuration takes, and shows a token once beside its hash', async () => {
    assert.match((await runCli(['keys', 'signing'])).stdout, /^whsec_[A-Za-z0-9+/]{43}=\n$/);
    assert.match((await runCli(['keys', 'link'])).stdout, /^[A-Za-z0-9_-]{43}\n$/);
    const token = JSON.parse((await runCli(['keys', 'token', '--name', 'alice', '--json'])).stdout) as Record<
      string,
      string
    >;
    assert.equal(token['role'], 'support');
    assert.match(token['sha256'] ?? '', /^[0-9a-f]{64}$/);
  });
});
