// A log and the ledger of its writer, as a kill leaves them, and the look that is taken at both.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WebhookId } from '../../src/core/ids.ts';
import type { WebhookRecord } from '../../src/log/index.ts';
import { Bench } from '../contract/engine.ts';
import { levelLog } from '../contract/levelEngine.ts';
import { judgeWriter, promisedKeys, readLedger, type WriterVerdict } from './writerLedger.ts';

/** Where the writer's log and its ledger are. */
export interface Scene {
  readonly dir: string;
  readonly ledger: string;
}

/** A scene in `path` before its first writer. */
export function newScene(path: string): Scene {
  const scene = { dir: join(path, 'log'), ledger: join(path, 'ledger') };
  writeFileSync(scene.ledger, '');
  return scene;
}

/**
 * Opens what the kill left and judges it, counters and what can be claimed included.
 *
 * @throws AssertionError where the log is not in order by itself, Error where it cannot be opened.
 */
export async function verify({ dir, ledger }: Scene): Promise<WriterVerdict> {
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
