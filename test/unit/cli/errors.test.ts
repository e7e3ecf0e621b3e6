// Each error that a person can meet at the command line: its exit code, and words that say what to do.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createHookward, systemClock, systemRandom, type Hookward } from '../../../src/app/index.ts';
import { configSchema } from '../../../src/config/index.ts';
import { HookwardError } from '../../../src/core/errors.ts';
import { expect as demoExpects } from '../../../src/cli/demo/stage.ts';
import { exitCodeOf, runInProcess } from '../../support/cli.ts';
import { scratchDir, type ScratchDir } from '../../support/process.ts';
import { waitFor } from '../../support/waitFor.ts';

let dir: ScratchDir;

before(() => {
  dir = scratchDir();
  writeFileSync(
    join(dir.path, 'webhooks.config.yaml'),
    'admin: { port: 0 }\nbotHosts: { main: { url: "http://127.0.0.1:9" } }\n',
  );
});

after(() => dir.remove());

const at = (...argv: string[]) => runInProcess(argv, { cwd: dir.path });

/** A server that answers every call with one problem. */
async function refusing(status: number, body: string): Promise<{ url: string; close: () => void }> {
  const server: Server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json' });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    close: () => server.close(),
  };
}

const config = (extra: object = {}) =>
  configSchema.parse({
    listen: { port: 0 },
    admin: { port: 0 },
    botHosts: { main: { url: 'http://127.0.0.1:9' } },
    routes: [{ name: 'all', path: '/*' }],
    log: { dir: join(dir.path, 'running'), ballastBytes: '1KiB', freeBytesMin: '1KiB' },
    ...extra,
  });

const build = (of: ReturnType<typeof config>): Hookward =>
  createHookward({
    config: of,
    secrets: [],
    clock: systemClock,
    random: systemRandom,
    version: '0.0.0-test',
    sink: { write: () => undefined },
    pretty: false,
  });

describe('errors at the command line', () => {
  test("'server-unreachable': nobody answers at the address that --admin names", async () => {
    const { code, stderr } = await at('list', '--admin', 'http://127.0.0.1:1');
    assert.equal(code, exitCodeOf('server-unreachable'));
    assert.match(stderr, /No server answers at http:\/\/127\.0\.0\.1:1/);
  });

  test("'server-refused': what answers there is no Hookward", async () => {
    const other = await refusing(418, 'teapot');
    const { code, stderr } = await at('list', '--admin', other.url);
    assert.equal(code, exitCodeOf('server-refused'));
    assert.match(stderr, /answered 418/);
    other.close();
  });

  for (const error of ['not-authorized', 'role-too-low', 'state-conflict', 'internal-error'] as const) {
    test(`'${error}': the server's own words reach the person`, async () => {
      const server = await refusing(403, JSON.stringify({ code: error, detail: 'so says the server' }));
      const { code, stderr } = await at('list', '--admin', server.url);
      assert.equal(code, error === 'internal-error' ? exitCodeOf('server-refused') : exitCodeOf(error));
      assert.match(stderr, /so says the server/);
      server.close();
    });
  }

  test("'log-not-found': looking at a log that is not there does not make one", async () => {
    const { code } = await at('list');
    assert.equal(code, exitCodeOf('log-not-found'));
  });

  test("'usage-wrong': a time, a duration, an empty option, an address that is none", async () => {
    for (const argv of [
      ['list', '--since', 'yesterday'],
      ['list', '--user', ''],
      ['list', '--limit', 'many'],
      ['list', '--admin', 'not an address'],
      ['replay', '--yes'],
      ['access', 'ban', '192.0.2.7'],
      ['url', '--bot', '42', '--command', '/x'],
      ['serve', '--bot-host', 'http://127.0.0.1:1', '--config', 'x.yaml'],
      ['no-such-command'],
    ]) {
      const { code, stderr } = await at(...argv);
      assert.equal(code, exitCodeOf('usage-wrong'), `${argv.join(' ')}: ${stderr}`);
    }
  });

  test("'config-invalid': a bot host that is no address", async () => {
    const { code } = await at('serve', '--bot-host', 'not an address');
    assert.equal(code, exitCodeOf('config-invalid'));
  });

  test("'config-invalid': check finds a path that no request can have", async () => {
    const file = join(dir.path, 'unusable.yaml');
    writeFileSync(
      file,
      'botHosts: { main: { url: "http://127.0.0.1:9" } }\nroutes: [{ name: a, path: /a%41 }]\n',
    );
    const { code, stderr } = await at('check', '-c', file);
    assert.equal(code, exitCodeOf('config-invalid'), stderr);
  });

  test("'log-unavailable': a log.dir that cannot be one is named, with what to do, and without a stack", async () => {
    writeFileSync(join(dir.path, 'in-the-way'), '');
    const keys = 'signing: { keys: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw] }';
    for (const signing of ['', keys]) {
      const file = join(dir.path, 'in-the-way.yaml');
      const rest =
        'listen: { port: 0 }\nadmin: { port: 0 }\nbotHosts: { main: { url: "http://127.0.0.1:9" } }\n';
      writeFileSync(file, `${rest}log: { dir: ./in-the-way }\n${signing}\n`);
      const { code, stderr } = await at('serve', '-c', file);
      assert.equal(code, exitCodeOf('log-unavailable'), stderr);
      assert.match(stderr, /in-the-way.*log\.dir/s);
      assert.doesNotMatch(stderr, /\n {4}at /);
    }
  });

  test("'demo-failed': a step that does not go as told names what was expected", () => {
    assert.throws(
      () => demoExpects(false, 'the bot answers 200'),
      (error) =>
        error instanceof HookwardError &&
        error.code === 'demo-failed' &&
        /the bot answers 200/.test(error.message),
    );
  });
});

describe('errors of a running server', () => {
  let hookward: Hookward;

  before(async () => {
    hookward = build(config());
    await hookward.start();
  });

  after(() => hookward.stop(5_000));

  const running = (...argv: string[]) =>
    runInProcess([...argv, '--admin', hookward.adminUrl()], { cwd: dir.path, answers: ['n'] });

  test("'webhook-not-found' and 'entry-not-found'", async () => {
    const missing = '01890000-0000-7000-8000-000000000001';
    assert.equal((await running('show', missing)).code, exitCodeOf('webhook-not-found'));
    assert.equal((await running('replay', missing, '--yes')).code, exitCodeOf('webhook-not-found'));
    const unban = await running('access', 'unban', '192.0.2.7', '--reason', 'x');
    assert.equal(unban.code, exitCodeOf('entry-not-found'));
  });

  /** Webhooks that stay pending: nobody listens at their bot host. */
  async function pending(count: number): Promise<void> {
    const before = hookward.readings().pending;
    for (let made = 0; made < count; made += 1) {
      const hangUp = new AbortController();
      const call = fetch(`${hookward.publicUrl()}/x`, { method: 'POST', signal: hangUp.signal }).catch(
        () => undefined,
      );
      await waitFor('it to be pending', () => hookward.readings().pending === before + made + 1);
      hangUp.abort();
      await call;
    }
  }

  test('a person who says no changes nothing', async () => {
    await pending(1);
    const { stderr, code } = await running('cancel', '--state', 'pending');
    assert.equal(code, 0);
    assert.match(stderr, /\[y\/N\].*\nNothing changed\./s);
    assert.equal(hookward.readings().pending, 1);
  });

  test("'interrupted': Ctrl-C stops a run and says how far it came", async () => {
    await pending(2);
    const { code, stderr } = await runInProcess(
      ['cancel', '--state', 'pending', '--yes', '--rate', '0.01', '--admin', hookward.adminUrl()],
      {
        cwd: dir.path,
        interrupted: waitFor('the first to be cancelled', () =>
          hookward.readings().pending === 2 ? 'SIGINT' : null,
        ),
      },
    );
    assert.equal(code, exitCodeOf('interrupted'));
    assert.match(stderr, /Stopped; 1 were cancelled\./);
    assert.equal(hookward.readings().pending, 2);
  });

  test("'config-needs-restart': a reload that cannot be whole changes nothing", () => {
    assert.throws(
      () => hookward.reload(config({ admin: { port: 1 } }), []),
      (error) =>
        error instanceof HookwardError &&
        error.code === 'config-needs-restart' &&
        /admin\.port/.test(error.message),
    );
  });

  test('nobody but its owner may look into the log', () => {
    assert.equal(statSync(join(dir.path, 'running')).mode & 0o777, 0o700);
  });

  test("'log-locked': a second server on the same log does not start", async () => {
    await assert.rejects(
      build(config()).start(),
      (error) => error instanceof HookwardError && error.code === 'log-locked',
    );
  });

  test("'listen-failed': a port that is taken is named", async () => {
    const { port } = new URL(hookward.adminUrl());
    const second = build(config({ admin: { port: Number(port) }, log: { dir: join(dir.path, 'second') } }));
    await assert.rejects(
      second.start(),
      (error) =>
        error instanceof HookwardError && error.code === 'listen-failed' && error.message.includes(port),
    );
    // What had been started is stopped again: the log is free.
    const third = build(config({ log: { dir: join(dir.path, 'second') } }));
    await third.start();
    await third.stop(5_000);
  });

  test("'admin-needs-tokens': off loopback the admin listener asks for tokens", async () => {
    const open = build(config({ admin: { host: '0.0.0.0', port: 0 }, log: { dir: join(dir.path, 'open') } }));
    await assert.rejects(
      open.start(),
      (error) =>
        error instanceof HookwardError &&
        error.code === 'admin-needs-tokens' &&
        /keys token/.test(error.message),
    );
  });
});

test('a directory that is no log is not taken for one', async () => {
  const place = scratchDir();
  mkdirSync(join(place.path, 'data'));
  writeFileSync(
    join(place.path, 'webhooks.config.yaml'),
    'admin: { port: 0 }\nbotHosts: { main: { url: "http://127.0.0.1:9" } }\n',
  );
  const { code } = await runInProcess(['list'], { cwd: place.path });
  assert.equal(code, exitCodeOf('log-not-found'));
  place.remove();
});
