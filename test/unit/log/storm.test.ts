import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { WebhookState } from '../../../src/core/state.ts';
import type { Lease, Log } from '../../../src/log/index.ts';
import { copyAsKilled } from '../../support/crashCopy.ts';
import { seededRandom } from '../../support/seededRandom.ts';
import { waitFor } from '../../support/waitFor.ts';
import { faults } from './faults.ts';
import {
  bytesOnDisk,
  dead,
  delivered,
  later,
  openLog,
  scratchDir,
  settle,
  start,
  webhook,
} from './support.ts';

/** The states that the log itself lists, counted. */
async function listed(log: Log): Promise<Map<WebhookId, WebhookState>> {
  const states = new Map<WebhookId, WebhookState>();
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Log['list']>> = await log.list({
      filter: {},
      limit: 200,
      cursor,
      scanMax: 1_000,
    });
    for (const { id, standing } of page.items) states.set(id, standing.state);
    ({ cursor } = page);
  } while (cursor !== null);
  return states;
}

/** Holds counters, indexes and the due index against the list. */
async function assertExact(log: Log, acknowledged: ReadonlyMap<WebhookId, WebhookState>): Promise<void> {
  const states = await listed(log);
  for (const [id, state] of acknowledged) assert.equal(states.get(id), state, `webhook ${id}`);
  const counts = { pending: 0, delivered: 0, dead: 0, cancelled: 0 };
  for (const state of states.values()) counts[state] += 1;
  assert.deepEqual(log.stats().counts, counts);
  for (const state of ['pending', 'dead', 'cancelled'] as const) {
    const { items } = await log.list({ filter: { state }, limit: 10_000, cursor: null, scanMax: 10_000 });
    assert.equal(items.length, counts[state], state);
  }
}

/** Of each event, however often it was sent and told no, there is one webhook; and what copies were told of is there. */
async function assertOneEach(log: Log, duplicatesOf: ReadonlySet<WebhookId>): Promise<void> {
  const keys: string[] = [];
  const ids = [...(await listed(log)).keys()];
  for (const id of ids) {
    const record = await log.get({ id });
    if (record === null) throw new Error(`${id} cannot be read`);
    const { dedupeKey } = record.webhook;
    if (dedupeKey !== null) keys.push(dedupeKey);
  }
  assert.equal(new Set(keys).size, keys.length, 'no event is there twice');
  for (const id of duplicatesOf) assert.ok(ids.includes(id), `${id} was told of`);
}

for (const seed of [1, 2, 3]) {
  test(`through failed writes, ghosts and failed openings nothing acknowledged is lost or miscounted (seed ${seed})`, async (t) => {
    const random = seededRandom(seed);
    const its = faults();
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir, ports: { open: its.open } });
    const acknowledged = new Map<WebhookId, WebhookState>();
    const duplicatesOf = new Set<WebhookId>();
    const work: Promise<unknown>[] = [];

    const end = async (id: WebhookId, lease: Lease) => {
      const event = [delivered(), dead(), later(start + 1e9)][Math.floor(random.fraction() * 3)]!;
      assert.equal(await settle(log, lease, event), 'settled');
      acknowledged.set(id, event.then.state);
    };
    const bring = async (orderKey: string | null, dedupeKey: string | null) => {
      const one = webhook({ orderKey, dedupeKey });
      const call = { webhooks: [one], leaseMs: 1e12, orderWaitMaxMs: 1e9, dedupeWindowMs: 1e9, now: start };
      const appended = await log.append(call).catch(() => null);
      if (appended === null) return;
      const { lease = null, duplicateOf = null } = appended[0] ?? {};
      if (duplicateOf !== null) {
        duplicatesOf.add(duplicateOf);
        return;
      }
      acknowledged.set(one.id, 'pending');
      if (lease !== null && random.fraction() < 0.8) await end(one.id, lease);
    };

    for (let round = 0; round < 20; round++) {
      const writes = its.writes.length;
      // Every other round a write fails; now and then the first opening after it does, too.
      if (round % 2 === 1) {
        its.write = random.fraction() < 0.5 ? 'lost' : 'ghost';
        if (random.fraction() < 0.3) its.failedOpens = 1;
      }
      for (let count = 0; count < 20; count++) {
        const dice = random.fraction();
        // An event is sent in several rounds, and now and then several times in one.
        const event = random.fraction() < 0.4 ? `event-${round + Math.floor(dice * 12)}` : null;
        work.push(bring(dice < 0.3 ? `key-${Math.floor(dice * 10)}` : null, event));
      }
      await waitFor('a write', () => its.writes.length > writes || log.stats().mode !== 'ok');
      its.write = null;
      // Sometimes the next round begins while the log is failing still.
      if (random.fraction() < 0.7) await waitFor('the log is open', () => log.stats().mode === 'ok');
    }
    its.write = null;
    its.failedOpens = 0;
    await Promise.all(work);
    await waitFor('the log is open', () => log.stats().mode === 'ok');
    await assertExact(log, acknowledged);
    await assertOneEach(log, duplicatesOf);
    assert.ok(acknowledged.size > 20 && duplicatesOf.size > 10);
    assert.ok(its.opens > 1, 'some write failed');

    const killed = join(await scratchDir(t), 'copy');
    copyAsKilled(dir, killed);
    const again = await openLog(t, { dir: killed });
    await assertExact(again, acknowledged);
    await assertOneEach(again, duplicatesOf);
    assert.equal(again.stats().sequenceGaps, 0);
    assert.equal(again.stats().unreadableRecords, 0);
    // Everything that is pending can be had: what was in flight at once, what waits behind a key after its time.
    const had = new Set<WebhookId>();
    for (const lane of ['live', 'retry', 'replay'] as const) {
      const call = { route: 'orders', lane, limit: 1_000, leaseMs: 1, now: start + 2e9 };
      for (const one of (await again.claim(call)).claimed) had.add(one.webhook.id);
    }
    assert.equal(had.size, again.stats().counts.pending);
    const { recordBytes } = again.stats();
    await again.stop(1_000);
    assert.equal(recordBytes, await bytesOnDisk(killed));
  });
}
