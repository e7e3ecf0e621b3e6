// The log under load, killed with SIGKILL at random moments and opened again, over and over on the same directory: what
// was promised is there, whole and once, and the kept counters are those of a full count. A writer that promises too early must
// be found out by the same judge. HOOKWARD_TEST_SEED repeats the choices; the moment of a kill is the machine's.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WebhookId } from '../../src/core/ids.ts';
import type { WebhookRecord } from '../../src/log/index.ts';
import { Bench } from '../contract/engine.ts';
import { levelLog } from '../contract/levelEngine.ts';
import { scratchDir, startProcess } from '../support/process.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { waitFor } from '../support/waitFor.ts';
import { judgeWriter, promisedKeys, readLedger } from './writerLedger.ts';
import type { WriterVerdict } from './writerLedger.ts';

const seed = Number(process.env['HOOKWARD_TEST_SEED'] ?? 1);

interface Scene {
  readonly dir: string;
  readonly ledger: string;
}

/** Runs a writer and kills it: mostly after some load, sometimes while it still opens the log. */
async function runAndKill({ dir, ledger }: Scene, round: number, fraction: number, mode = ''): Promise<void> {
  const args = [dir, ledger, String(round * 1_000_000), String(seed * 1000 + round), mode];
  const writer = startProcess({ script: 'test/crash/logWriter.js', args });
  let hasEnded = false;
  void writer.ended.then(() => (hasEnded = true));
  if (round % 6 !== 5) {
    await waitFor('the writer to open the log', () => hasEnded || writer.output().includes('opened'), 30_000);
  }
  // The moment of the kill is what is being chosen here; nothing is waited for.
  await new Promise((resolve) => setTimeout(resolve, 5 + fraction * 300));
  assert.equal(hasEnded, false, `the writer must not end by itself; it printed:\n${writer.output()}`);
  await writer.kill();
}

/** Opens what the kill left and judges it, counters and what can be claimed included. */
async function verify({ dir, ledger }: Scene): Promise<WriterVerdict> {
  const log = levelLog(dir);
  await log.start();
  try {
    const bench = new Bench({
      log: () => log,
      reopen: () => Promise.reject(new Error('not here')),
      crash: () => Promise.reject(new Error('not here')),
      dispose: () => log.stop(10_000),
    });
    await bench.assertCountersExact();
    const stats = log.stats();
    assert.equal(stats.unreadableRecords, 0);
    assert.equal(stats.sequenceGaps, 0);
    const records: WebhookRecord[] = [];
    for (const id of await bench.ids()) records.push(await bench.get(id));
    const lines = readLedger(ledger);
    const verdict = judgeWriter(lines, records);
    await assertAllClaimable(bench, records);
    if (verdict.faults.length === 0) await assertKnown(bench, promisedKeys(lines));
    return verdict;
  } finally {
    await log.stop(10_000);
  }
}

/** Sends copies of the events that were promised last: each must be known as the webhook that it was. */
async function assertKnown(bench: Bench, promised: ReadonlyMap<string, WebhookId>): Promise<void> {
  const latest = [...promised].slice(-200);
  const now = Date.now();
  const webhooks = latest.map(([dedupeKey]) => bench.hooks.make({ dedupeKey, receivedAt: now }));
  const appended = await bench.append(webhooks, now);
  assert.deepEqual(
    appended.map(({ duplicateOf }) => duplicateOf),
    latest.map(([, id]) => id),
  );
}

async function assertAllClaimable(bench: Bench, records: readonly WebhookRecord[]): Promise<void> {
  const pending = records
    .filter(({ standing }) => standing.state === 'pending')
    .map(({ webhook }) => webhook.id);
  // A day later every lease has run out, whatever an engine keeps of them; this log is closed again unsettled.
  const claimed = await bench.claimAll({ now: Date.now() + 86_400_000, limit: 1_000_000, leaseMs: 1 });
  assert.deepEqual(
    claimed.map(({ webhook }) => webhook.id).sort(),
    pending.sort(),
    'all pending ones are given out',
  );
}

describe('a level log whose process is killed', () => {
  test('25 times under load keeps every promise, tears nothing and counts exactly', async (t) => {
    const scratch = scratchDir('hookward-kill-');
    const scene = { dir: join(scratch.path, 'log'), ledger: join(scratch.path, 'ledger') };
    writeFileSync(scene.ledger, '');
    const random = seededRandom(seed);
    let verdict: WriterVerdict | null = null;
    for (let round = 0; round < 25; round += 1) {
      await runAndKill(scene, round, random.fraction());
      if (!existsSync(scene.dir)) continue;
      verdict = await verify(scene);
      assert.deepEqual(verdict.faults, [], `kill ${round + 1}, seed ${seed}, in ${scratch.path}`);
    }
    assert.ok(
      verdict &&
        verdict.appendsPromised > 300 &&
        verdict.settlementsPromised > 200 &&
        verdict.copiesPromised > 50,
      'there was a load',
    );
    const { appendsPromised, settlementsPromised, copiesPromised, unheardOf } = verdict;
    t.diagnostic(
      `25 kills: ${appendsPromised} webhooks, ${settlementsPromised} outcomes and ${copiesPromised} copies promised, ` +
        `0 lost, none twice, ` +
        `${unheardOf} stored beyond what was promised (seed ${seed})`,
    );
    scratch.remove();
  });

  test('is found to have lost promises that were made before they were kept', async () => {
    const scratch = scratchDir('hookward-kill-');
    const scene = { dir: join(scratch.path, 'log'), ledger: join(scratch.path, 'ledger') };
    writeFileSync(scene.ledger, '');
    const random = seededRandom(seed);
    let faults: readonly string[] = [];
    for (let round = 0; round < 10 && faults.length === 0; round += 1) {
      await runAndKill(scene, round % 5, random.fraction(), 'ack-early');
      ({ faults } = await verify(scene));
    }
    assert.ok(faults.length > 0, 'the judge sees a writer that promises too early');
    assert.ok(
      faults.every((fault) => fault.startsWith('lost: ')),
      faults.join(),
    );
    scratch.remove();
  });
});
