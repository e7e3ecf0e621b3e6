import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { dawn, deliveredBy, webhookMaker } from '../support/logFixtures.ts';
import { dedupeWindowMs, leaseMs, orderWaitMaxMs, plain } from './engine.ts';
import type { OnBench } from './engine.ts';

/** `append`, and what an empty and a closed log say. */
export function appendSuite(on: OnBench): void {
  describe('an empty log', () => {
    test(
      'has nothing to give, to list or to count',
      on(async (bench) => {
        const { log } = bench;
        assert.equal(log.newestId(), null);
        assert.deepEqual(await bench.claim(), { claimed: [], nextDueAt: null });
        assert.deepEqual(await bench.list(), []);
        assert.equal(await log.get({ id: bench.hooks.make().id }), null);
        assert.deepEqual(log.pendingRoutes(), []);
        assert.deepEqual(await log.listAccess(), []);
        assert.deepEqual(await log.listAudit({ limit: 10, cursor: null }), { entries: [], cursor: null });
        const stats = log.stats();
        assert.equal(stats.mode, 'ok');
        assert.equal(stats.modeReason, '');
        assert.deepEqual(bench.counts(), [0, 0, 0, 0]);
        assert.deepEqual({ ...stats.pendingByRoute }, {});
        assert.equal(stats.inFlight, 0);
        assert.equal(stats.earliestDueAt, null);
        assert.equal(stats.unreadableRecords, 0);
        assert.equal(stats.sequenceGaps, 0);
      }),
    );

    test(
      'stays empty over a reopen and a crash',
      on(async (bench) => {
        await bench.reopen();
        assert.deepEqual(await bench.list(), []);
        await bench.crash();
        assert.equal(bench.log.newestId(), null);
        assert.deepEqual(bench.counts(), [0, 0, 0, 0]);
      }),
    );

    test(
      'takes calls that hold nothing',
      on(async ({ log }) => {
        assert.deepEqual(
          await log.append({ webhooks: [], leaseMs, orderWaitMaxMs, dedupeWindowMs, now: dawn }),
          [],
        );
        assert.deepEqual(await log.settle({ settlements: [], now: dawn }), []);
        assert.deepEqual(await log.replay({ ids: [], by: 'a', reason: 'b', now: dawn }), []);
        assert.deepEqual(await log.cancel({ ids: [], by: 'a', reason: 'b', now: dawn }), []);
        await log.putAccess({ entries: [] });
        assert.equal(await log.deleteAccess({ entries: [] }), 0);
        await log.appendAudit({ entries: [] });
      }),
    );
  });

  describe('append', () => {
    test(
      'gives each webhook back in order, with a lease for its first try',
      on(async (bench) => {
        const webhooks = bench.make(5);
        const appended = await bench.append(webhooks);
        assert.deepEqual(
          appended.map(({ id }) => id),
          webhooks.map(({ id }) => id),
        );
        for (const { id, lease } of appended) assert.equal(lease?.id, id);
        assert.equal(bench.log.stats().inFlight, 5);
        assert.deepEqual(bench.counts(), [5, 0, 0, 0]);
        await bench.assertCountersExact();
      }),
    );

    test(
      'shows a webhook to get and list as soon as it resolves, pending and in flight, without events',
      on(async (bench) => {
        const { webhook, id } = await bench.appendOne();
        const record = await bench.get(id);
        assert.deepEqual(plain(record.webhook), plain(webhook));
        assert.deepEqual(record.events, []);
        assert.equal(record.standing.state, 'pending');
        assert.equal(record.inFlight, true);
        assert.deepEqual(record.progress, {
          attempts: 0,
          tries: 0,
          replay: 0,
          budgetFrom: webhook.receivedAt,
        });
        assert.deepEqual(await bench.ids(), [id]);
      }),
    );

    test(
      'does not give a leased webhook out a second time',
      on(async (bench) => {
        await bench.appendOne();
        assert.deepEqual(await bench.claimAll({ now: dawn + leaseMs - 1 }), []);
      }),
    );

    for (const again of ['reopen', 'crash'] as const) {
      test(
        `is durable: all of it is there after a ${again}, pending, and given out again`,
        on(async (bench) => {
          const webhooks = bench.make(20);
          await bench.append(webhooks);
          await bench[again]();
          assert.deepEqual(bench.counts(), [20, 0, 0, 0]);
          await bench.assertCountersExact();
          const claimed = await bench.claimAll({ now: dawn + leaseMs + 1 });
          assert.deepEqual(
            claimed.map(({ webhook }) => plain(webhook)).sort((one, other) => (one.id < other.id ? -1 : 1)),
            webhooks.map(plain),
          );
          for (const { progress, lane, webhook } of claimed) {
            assert.equal(lane, 'live', 'a first try that never was is still a live one');
            assert.deepEqual(progress, { attempts: 0, tries: 0, replay: 0, budgetFrom: webhook.receivedAt });
          }
        }),
      );
    }

    test(
      'takes many calls at once, and each gets its own webhooks back',
      on(async (bench) => {
        const batches = Array.from({ length: 200 }, (_, at) => bench.make((at % 3) + 1));
        const appended = await Promise.all(batches.map((batch) => bench.append(batch)));
        assert.deepEqual(
          appended.map((batch) => batch.map(({ id }) => id)),
          batches.map((batch) => batch.map(({ id }) => id)),
        );
        assert.equal((await bench.list()).length, batches.flat().length);
        await bench.crash();
        assert.equal((await bench.list()).length, batches.flat().length);
        await bench.assertCountersExact();
      }),
    );

    test(
      'takes what it can of a flood and refuses the rest by name; what it took is kept, what it refused is not there',
      on(async (bench) => {
        const webhooks = bench.make(10_000, { request: { body: Buffer.alloc(500, 7) } });
        const outcomes = await Promise.allSettled(webhooks.map((webhook) => bench.append([webhook])));
        const taken = webhooks.filter((_, at) => outcomes[at]?.status === 'fulfilled').map(({ id }) => id);
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected')
            assert.equal((outcome.reason as { code?: string }).code, 'log-busy');
        }
        assert.ok(taken.length > 0, 'some are taken');
        assert.deepEqual((await bench.ids()).sort(), taken.sort());
        assert.equal(bench.log.stats().mode, 'ok', 'a flood is no failure');
        await bench.appendOne();
        await bench.assertCountersExact();
      }),
    );

    test(
      'gives out unlike lease tokens, also over a reopen and a crash',
      on(async (bench) => {
        const { id, lease } = await bench.appendOne();
        const tokens = [lease.token];
        let now = dawn;
        for (const again of ['no', 'reopen', 'crash', 'no'] as const) {
          if (again !== 'no') await bench[again]();
          now += leaseMs + 1;
          const [claimed] = await bench.claimAll({ now });
          assert.equal(claimed?.webhook.id, id);
          tokens.push(claimed.lease.token);
        }
        assert.equal(new Set(tokens).size, tokens.length, tokens.join());
      }),
    );

    test(
      'is known by its greatest id, from start on, whatever order ids come in',
      on(async (bench) => {
        const [older, newer] = bench.make(2);
        assert.ok(older && newer);
        await bench.append([newer]);
        await bench.append([older]);
        assert.equal(bench.log.newestId(), newer.id);
        await bench.reopen();
        assert.equal(bench.log.newestId(), newer.id);
        await bench.crash();
        assert.equal(bench.log.newestId(), newer.id);
        const { id } = await bench.appendOne({ receivedAt: dawn + 1000 });
        assert.equal(bench.log.newestId(), id);
      }),
    );

    test(
      'is refused by a stopped log, which says so and has kept the rest',
      on(async (bench) => {
        const { id } = await bench.appendOne();
        const { log } = bench;
        await log.stop(5000);
        await log.stop(5000);
        await assert.rejects(bench.append(bench.make(1)), { code: 'log-closed' });
        assert.equal(log.stats().mode, 'closed');
        await bench.reopen();
        assert.deepEqual(await bench.ids(), [id]);
      }),
    );

    test(
      'that is under way when the log stops is either kept or refused',
      on(async (bench) => {
        const webhooks = bench.make(300);
        const appends = webhooks.map((webhook) => bench.append([webhook]));
        const settledAll = Promise.allSettled(appends);
        await bench.log.stop(5000);
        const outcomes = await settledAll;
        await bench.reopen();
        const kept = new Set<string>(await bench.ids());
        for (const [at, outcome] of outcomes.entries()) {
          if (outcome.status === 'fulfilled')
            assert.ok(kept.has(webhooks[at]?.id ?? ''), 'promised and kept');
          else assert.equal((outcome.reason as { code?: string }).code, 'log-closed');
        }
        await bench.assertCountersExact();
      }),
    );

    test(
      'carries earlier settlements to disk: they hold after a crash',
      on(async (bench) => {
        const settled = await bench.appendOne();
        await bench.settled(settled.lease, deliveredBy());
        await bench.append([webhookMaker(2).make({ receivedAt: dawn + 5000 })]);
        await bench.crash();
        assert.equal(await bench.state(settled.id), 'delivered');
        assert.deepEqual(bench.counts(), [1, 1, 0, 0]);
      }),
    );
  });
}
