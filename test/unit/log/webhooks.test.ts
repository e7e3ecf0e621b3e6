import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  append,
  appendOne,
  asked,
  claim,
  dead,
  delivered,
  later,
  listAll,
  openLog,
  scratchDir,
  settle,
  start,
  webhook,
} from './support.ts';

describe('the life of a webhook in the embedded log', () => {
  test('an appended webhook comes back byte for byte, pending and in flight', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    const one = webhook({ body: 'caf\u00e9 \u{1f600}' });
    await appendOne(log, one);
    const record = await log.get({ id: one.id });
    assert.deepEqual(record?.webhook, one);
    assert.deepEqual(record.events, []);
    assert.deepEqual(record.standing, { state: 'pending', dueAt: start, lane: 'live' });
    assert.equal(record.inFlight, true);
    assert.equal(log.stats().counts.pending, 1);
  });

  test('a delivered webhook costs two records and leaves nothing due', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    const one = webhook();
    const lease = await appendOne(log, one);
    assert.equal(await settle(log, lease, delivered()), 'settled');
    const record = await log.get({ id: one.id });
    assert.deepEqual(record?.events, [delivered()]);
    assert.deepEqual(record.standing, { state: 'delivered' });
    assert.deepEqual(record.progress, { attempts: 1, tries: 1, replay: 0, budgetFrom: start });
    assert.deepEqual(log.stats().counts, { pending: 0, delivered: 1, dead: 0, cancelled: 0 });
    assert.equal(log.stats().inFlight, 0);
    assert.deepEqual(await claim(log, { now: start + 1e9, lane: 'live' }), { claimed: [], nextDueAt: null });
    // The first batch also writes the route's name; each batch puts its head and deletes the one before.
    const operations = log.told.batches.map((batch) => batch.operations);
    assert.deepEqual(operations, [4, 3]);
  });

  test('a retried webhook is claimed when due, and settled under its new lease only', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    const one = webhook();
    const lease = await appendOne(log, one);
    await settle(log, lease, later(start + 1_000));
    assert.equal(log.stats().earliestDueAt, start + 1_000);
    assert.deepEqual(await claim(log, { now: start + 999 }), { claimed: [], nextDueAt: start + 1_000 });
    const { claimed, nextDueAt } = await claim(log, { now: start + 1_000 });
    assert.equal(nextDueAt, null);
    assert.equal(claimed.length, 1);
    assert.deepEqual(claimed[0]?.webhook, one);
    assert.equal(claimed[0].progress.tries, 1);
    assert.equal(claimed[0].dueAt, start + 1_000);
    assert.equal(await settle(log, lease, delivered()), 'stale');
    assert.equal(await settle(log, claimed[0].lease, delivered()), 'settled');
    assert.deepEqual(await claim(log, { now: start + 1e9 }), { claimed: [], nextDueAt: null });
  });

  test('dead, replay, cancel: states, counters and lists go along', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    const hooks = [0, 1, 2, 3, 4].map((n) =>
      webhook({ receivedAt: start + n, route: n % 2 ? 'a' : 'orders' }),
    );
    const leases = await append(log, ...hooks);
    await settle(log, leases[0]!, dead());
    await settle(log, leases[1]!, delivered());
    await settle(log, leases[2]!, later(start + 50));
    const ids = hooks.map(({ id }) => id);
    assert.deepEqual(await log.cancel(asked([ids[3]!, ids[1]!])), ['done', 'conflict']);
    assert.deepEqual(log.stats().counts, { pending: 2, delivered: 1, dead: 1, cancelled: 1 });
    assert.deepEqual(await listAll(log, {}), [...ids].reverse());
    assert.deepEqual(await listAll(log, { state: 'pending' }), [ids[4], ids[2]]);
    assert.deepEqual(await listAll(log, { state: 'dead' }), [ids[0]]);
    assert.deepEqual(await listAll(log, { route: 'orders' }), [ids[4], ids[2], ids[0]]);
    assert.deepEqual(await listAll(log, { route: 'a' }), [ids[3], ids[1]]);
    assert.deepEqual(await listAll(log, { idPrefix: ids[2]! }), [ids[2]]);
    assert.deepEqual(await listAll(log, { since: start + 1, until: start + 3 }), [ids[2], ids[1]]);
    assert.deepEqual(await log.replay(asked([ids[0]!, ids[2]!])), ['done', 'conflict']);
    assert.deepEqual(log.stats().counts, { pending: 3, delivered: 1, dead: 0, cancelled: 1 });
    const { claimed } = await claim(log, { now: start + 100, lane: 'replay' });
    assert.equal(claimed[0]?.webhook.id, ids[0]);
    assert.equal(claimed[0]?.progress.replay, 1);
    // The attempt at the one that was cancelled in flight is written down all the same.
    assert.equal(await settle(log, leases[3]!, delivered()), 'stale');
    const record = await log.get({ id: ids[3]! });
    assert.deepEqual(
      record?.events.map(({ type }) => type),
      ['cancelled', 'attempted'],
    );
    assert.equal(record.standing.state, 'cancelled');
  });

  test('of one order key only the first is given out; its end lets the next go', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    const hooks = [0, 1, 2].map((n) => webhook({ receivedAt: start + n, orderKey: 'k' }));
    const leases = await append(log, ...hooks);
    assert.deepEqual(
      leases.map((lease) => lease === null),
      [false, true, true],
    );
    assert.deepEqual((await claim(log, { now: start + 10, lane: 'live' })).claimed, []);
    await settle(log, leases[0]!, delivered());
    const { claimed } = await claim(log, { now: start + 10, lane: 'live' });
    assert.deepEqual(
      claimed.map(({ webhook: { id } }) => id),
      [hooks[1]!.id],
    );
    const late = await claim(log, { now: start + 40_000, lane: 'live' });
    assert.deepEqual(
      late.claimed.map(({ webhook: { id } }) => id),
      [hooks[2]!.id],
    );
  });
});
