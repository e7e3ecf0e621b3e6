import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HookwardError } from '../../../src/core/errors.ts';
import { waitFor } from '../../support/waitFor.ts';
import { faults } from './faults.ts';
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

const codeOf = (error: unknown) => (error instanceof HookwardError ? error.code : String(error));

describe('group commit', () => {
  test('a hundred appends at once go to the disk in a few synced batches', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    await append(log, ...Array.from({ length: 100 }, () => webhook()));
    const synced = log.told.batches.filter((batch) => batch.synced);
    assert.ok(synced.length <= 3, `${synced.length} batches`);
    assert.equal(
      synced.reduce((sum, batch) => sum + batch.appends, 0),
      100,
    );
  });

  test('a batch is bounded, however much waits', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    await append(log, ...Array.from({ length: 1_000 }, () => webhook()));
    const largest = Math.max(...log.told.batches.map((batch) => batch.operations));
    assert.ok(largest <= 260, `${largest} operations`);
  });

  test('a settlement rides in the batch of an append', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    const lease = await appendOne(log, webhook());
    log.told.batches.length = 0;
    await Promise.all([settle(log, lease, delivered()), append(log, webhook())]);
    assert.deepEqual(
      log.told.batches.map(({ synced, appends }) => ({ synced, appends })),
      [{ synced: true, appends: 1 }],
    );
  });

  test('too many that wait are refused, and only those', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    const results = await Promise.allSettled(
      Array.from({ length: 9_000 }, () =>
        log.append({ webhooks: [webhook()], leaseMs: 1, orderWaitMaxMs: 1, dedupeWindowMs: 0, now: start }),
      ),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    assert.ok(refused.length > 0);
    for (const { reason } of refused) assert.equal(codeOf(reason), 'log-busy');
    assert.equal(log.stats().counts.pending, 9_000 - refused.length);
  });
});

describe('a failed write', () => {
  for (const fault of ['lost', 'ghost'] as const) {
    test(`fails all in the batch and all that wait, and the log takes webhooks again (${fault})`, async (t) => {
      const its = faults();
      const log = await openLog(t, { dir: await scratchDir(t), ports: { open: its.open } });
      const before = webhook();
      const lease = await appendOne(log, before);
      its.write = fault;
      const hooks = Array.from({ length: 300 }, () => webhook());
      const attempts = hooks.map((one) => append(log, one));
      const verdict = settle(log, lease, delivered());
      const results = await Promise.allSettled(attempts);
      for (const result of results) {
        assert.equal(result.status, 'rejected');
        assert.equal(codeOf(result.reason), 'log-failing');
      }
      assert.equal(log.stats().mode, 'failing');
      // What is shown meanwhile is what was known, not nothing.
      assert.ok(log.stats().counts.pending > 0);
      assert.deepEqual(log.pendingRoutes(), ['orders']);
      await assert.rejects(append(log, webhook()), (error) => codeOf(error) === 'log-failing');
      its.write = null;
      await waitFor('the log is open again', () => log.stats().mode === 'ok');
      // The settlement has outlived the failure.
      assert.equal(await verdict, 'settled');
      assert.equal((await log.get({ id: before.id }))?.standing.state, 'delivered');
      assert.equal((await log.get({ id: before.id }))?.events.length, 1);
      const kept = await listAll(log, {}, 100);
      const { counts } = log.stats();
      assert.equal(counts.pending + counts.delivered, kept.length);
      assert.equal(counts.delivered, 1);
      // Ghosts are pending, and are given out like everything else.
      const { claimed } = await claim(log, { now: start + 1e6, lane: 'live', limit: 1_000 });
      assert.equal(claimed.length, counts.pending);
      assert.equal(fault === 'lost' ? kept.length === 1 : kept.length > 1, true);
      assert.equal((await append(log, webhook())).length, 1);
      assert.deepEqual(log.told.modes.slice(0, 3), ['ok', 'failing', 'ok']);
      const codes = new Set(log.told.notices.map(({ code }) => code));
      assert.ok(codes.has('write-failed') && codes.has('reopened'));
    });
  }

  test('leases of webhooks in flight outlive it', async (t) => {
    const its = faults();
    const log = await openLog(t, { dir: await scratchDir(t), ports: { open: its.open } });
    const first = webhook();
    const second = webhook();
    const [live, other] = await append(log, first, second);
    await settle(log, other!, later(start + 1));
    const { claimed } = await claim(log, { now: start + 10 });
    its.write = 'lost';
    await assert.rejects(append(log, webhook()));
    its.write = null;
    await waitFor('the log is open again', () => log.stats().mode === 'ok');
    assert.equal(log.stats().inFlight, 2);
    assert.deepEqual((await claim(log, { now: start + 20, lane: 'live' })).claimed, []);
    assert.deepEqual((await claim(log, { now: start + 20 })).claimed, []);
    assert.equal(await settle(log, live!, delivered()), 'settled');
    assert.equal(await settle(log, claimed[0]!.lease, dead()), 'settled');
    assert.deepEqual(log.stats().counts, { pending: 0, delivered: 1, dead: 1, cancelled: 0 });
  });

  test('what an operator asked for is done once the log is open again', async (t) => {
    const its = faults();
    const log = await openLog(t, { dir: await scratchDir(t), ports: { open: its.open } });
    const one = webhook();
    await settle(log, await appendOne(log, one), dead());
    its.write = 'ghost';
    const replaying = log.replay(asked([one.id]));
    await waitFor('the log is failing', () => log.stats().mode === 'failing');
    its.write = null;
    assert.deepEqual(await replaying, ['done']);
    const record = await log.get({ id: one.id });
    assert.deepEqual(
      record?.events.map(({ type }) => type),
      ['attempted', 'replayed'],
    );
    assert.deepEqual(log.stats().counts, { pending: 1, delivered: 0, dead: 0, cancelled: 0 });
  });

  test('a log that cannot be opened for a while is tried again until it can', async (t) => {
    const its = faults();
    const log = await openLog(t, { dir: await scratchDir(t), ports: { open: its.open } });
    const one = webhook();
    await appendOne(log, one);
    its.write = 'lost';
    its.failedOpens = 3;
    await assert.rejects(append(log, webhook()));
    its.write = null;
    await waitFor('the log is open again', () => log.stats().mode === 'ok');
    assert.equal(log.told.notices.filter(({ code }) => code === 'open-failed').length, 3);
    assert.deepEqual((await log.get({ id: one.id }))?.webhook, one);
  });

  test('stopping a failing log ends what waits, and ends', async (t) => {
    const its = faults();
    const log = await openLog(t, { dir: await scratchDir(t), ports: { open: its.open } });
    const lease = await appendOne(log, webhook());
    its.write = 'lost';
    its.failedOpens = 1_000;
    await assert.rejects(append(log, webhook()));
    const verdict = assert.rejects(
      settle(log, lease, delivered()),
      (error) => codeOf(error) === 'log-closed',
    );
    await log.stop(1_000);
    await verdict;
    assert.equal(log.stats().mode, 'closed');
  });
});

test('a settlement that no state allows fails its whole call and changes nothing', async (t) => {
  const log = await openLog(t, { dir: await scratchDir(t) });
  const [one, other] = await append(log, webhook(), webhook());
  const wrong = { ...delivered(), then: { state: 'cancelled' } } as const;
  const settlements = [
    { lease: one!, event: delivered() },
    { lease: other!, event: wrong },
  ];
  await assert.rejects(
    log.settle({ settlements, now: start }),
    (error) => codeOf(error) === 'internal-error',
  );
  assert.equal(log.stats().inFlight, 2);
  assert.equal(await settle(log, one!, delivered()), 'settled');
});

describe('stopping', () => {
  test('drains what was taken, then refuses, and may be asked twice', async (t) => {
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir });
    const hooks = Array.from({ length: 50 }, () => webhook());
    const appends = hooks.map((one) => append(log, one));
    await Promise.all([log.stop(5_000), log.stop(5_000)]);
    await Promise.all(appends);
    await assert.rejects(append(log, webhook()), (error) => codeOf(error) === 'log-closed');
    await assert.rejects(log.get({ id: hooks[0]!.id }), (error) => codeOf(error) === 'log-closed');
    const again = await openLog(t, { dir });
    assert.equal(again.stats().counts.pending, 50);
    assert.equal((await listAll(again, {}, 20)).length, 50);
  });

  test('a log that never started stops without a word', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    await log.stop(1_000);
    await log.stop(1_000);
    assert.deepEqual(log.told.modes, ['ok', 'closed']);
  });
});
