// What is asked of a server and its log once a load is over.
import assert from 'node:assert/strict';
import { Bench } from '../contract/engine.ts';
import { levelLog } from '../contract/levelEngine.ts';
import type { Load } from '../support/senderLoad.ts';
import { isPromised } from '../support/senderLoad.ts';
import { waitFor } from '../support/waitFor.ts';

/** Pending webhooks by the server's own metrics, over all routes. */
export async function pendingByMetrics(adminUrl: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', adminUrl))).text();
  const values = [...text.matchAll(/^hookward_pending(?:\{[^}]*\})? (\d+)$/gm)].map(([, value]) =>
    Number(value),
  );
  assert.ok(values.length > 0, 'hookward_pending is among the metrics');
  return values.reduce((sum, value) => sum + value, 0);
}

/** Waits until the server has nothing pending. */
export async function drained(adminUrl: string, deadlineMs: number): Promise<void> {
  await waitFor('nothing to be pending', async () => (await pendingByMetrics(adminUrl)) === 0, deadlineMs);
}

/**
 * Opens the log that a stopped server left in `logDir` and asserts that nothing is pending or dead, that at least what was promised
 * is delivered, that every record can be read, and that the kept counters are exact.
 */
export async function assertLogSettled(logDir: string, load: Load): Promise<void> {
  const log = levelLog(logDir);
  await log.start();
  try {
    const bench = new Bench({
      log: () => log,
      reopen: () => Promise.reject(new Error('not here')),
      crash: () => Promise.reject(new Error('not here')),
      dispose: () => Promise.resolve(),
    });
    const { counts, unreadableRecords, sequenceGaps } = log.stats();
    const promised = load.ledger.filter(isPromised).length;
    assert.deepEqual([counts.pending, counts.dead, counts.cancelled], [0, 0, 0]);
    assert.ok(counts.delivered >= promised, `${counts.delivered} delivered of ${promised} promised`);
    assert.deepEqual([unreadableRecords, sequenceGaps], [0, 0]);
    await bench.assertCountersExact();
  } finally {
    await log.stop(10_000);
  }
}
