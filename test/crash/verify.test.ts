// `hookward verify` as an operator meets it: beside a running server, on a sound log, on a damaged one, before and after
// its repair.
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ConfigInput } from '../../src/config/index.ts';
import { exitCodeOf } from '../support/cli.ts';
import { runCli, scratchDir, spawnServer, startServer } from '../support/process.ts';
import type { ScratchDir } from '../support/process.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { loadEnded, someWebhook, startLoad } from '../support/senderLoad.ts';

const config: ConfigInput = {
  botHosts: { main: { url: 'http://127.0.0.1:9' } },
  access: { perAddress: null },
  routes: [{ name: 'ack', path: '/*', answer: { mode: 'ack' } }],
};

describe('hookward verify', () => {
  let scratch: ScratchDir;
  before(() => {
    scratch = scratchDir('hookward-verify-');
  });
  after(() => scratch.remove());
  const verify = (...args: string[]) =>
    runCli(['verify', '-c', join(scratch.path, 'webhooks.config.yaml'), ...args], { cwd: scratch.path });

  test('is refused beside a server, then finds its log sound', async () => {
    const server = await startServer({ dir: scratch.path, config });
    const load = startLoad({
      url: () => server.publicUrl,
      senders: 4,
      count: 100,
      random: seededRandom(1),
      make: (number, chance) => someWebhook('/a', number, chance, 2_000),
    });
    await loadEnded(load, 100, 30_000);
    await load.stop();
    const beside = await verify();
    assert.equal(beside.code, exitCodeOf('log-locked'), beside.stderr);
    assert.match(beside.stderr, /Another process holds the log/);
    await server.kill();

    const { code, stdout, stderr } = await verify();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /envelope +100 +0 +0 +0 /);
    assert.match(stdout, /The log is sound\./);
    assert.match(stderr, /copying the log/);
  });

  test("a log without CURRENT: the server refuses with the command that mends it ('log-damaged'), which loses nothing", async () => {
    rmSync(join(scratch.path, 'log', 'db', 'CURRENT'));
    const refused = spawnServer({ dir: scratch.path, config });
    assert.equal((await refused.ended).code, exitCodeOf('log-damaged'));
    assert.match(refused.stderr(), /lost its file CURRENT|CURRENT is missing/);
    assert.match(refused.stderr(), /hookward verify --repair/);

    const found = await verify('--json');
    assert.equal(found.code, exitCodeOf('log-damaged'));
    assert.match(found.stderr, /Nothing was changed/);
    assert.equal((JSON.parse(found.stdout) as { found: { isSound: boolean } }).found.isSound, false);

    const repaired = await verify('--repair');
    assert.equal(repaired.code, 0, repaired.stderr);
    assert.match(repaired.stdout, /kept as it was in .*before-repair-\d{8}T\d{6}Z/);
    const [backup] = readdirSync(join(scratch.path, 'log')).filter((name) =>
      name.startsWith('before-repair-'),
    );
    assert.ok(readdirSync(join(scratch.path, 'log', backup!, 'db')).length > 0);

    const server = await startServer({ dir: scratch.path, config });
    const metrics = await (await fetch(new URL('/metrics', server.adminUrl))).text();
    assert.match(metrics, /^hookward_webhooks\{state="pending"\} 100$/m);
    assert.match(metrics, /^hookward_log_unreadable_records 0$/m);
    await server.stop();
  });
});
