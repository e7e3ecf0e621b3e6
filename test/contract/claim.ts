import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import type { WebhookId } from '../../src/core/ids.ts';
import { dawn, deferred, deliveredBy, dueAgain } from '../support/logFixtures.ts';
import { leaseMs, plain } from './engine.ts';
import type { Bench, OnBench } from './engine.ts';

/** Appends one webhook a due time, and puts each off to its time. Gives the ids in the order of the times given. */
async function putOff(bench: Bench, dueTimes: readonly number[], route = 'default') {
  const webhooks = bench.make(dueTimes.length, { route });
  const appended = await bench.append(webhooks);
  const settlements = appended.map(({ lease }, at) => {
    assert.ok(lease);
    return { lease, event: deferred(dueTimes[at] ?? 0) };
  });
  const results = await bench.log.settle({ settlements, now: dawn });
  assert.ok(results.every((result) => result === 'settled'));
  return webhooks.map(({ id }) => id);
}

/** `claim`: what is due, in which order, to whom, and for how long. */
export function claimSuite(on: OnBench): void {
  describe('claim', () => {
    test(
      'gives out what is due, the earliest due first, whatever order it came in',
      on(async (bench) => {
        const [c, a, d, b] = await putOff(bench, [dawn + 30, dawn + 10, dawn + 40, dawn + 20]);
        assert.deepEqual(
          (await bench.claim({ now: dawn + 9 })).claimed.map(({ webhook }) => webhook.id),
          [],
        );
        const { claimed } = await bench.claim({ now: dawn + 35 });
        assert.deepEqual(
          claimed.map(({ webhook }) => webhook.id),
          [a, b, c],
        );
        assert.deepEqual(
          claimed.map(({ dueAt }) => dueAt),
          [dawn + 10, dawn + 20, dawn + 30],
        );
        const later = await bench.claim({ now: dawn + 40 });
        assert.deepEqual(
          later.claimed.map(({ webhook }) => webhook.id),
          [d],
        );
      }),
    );

    test(
      'gives out a webhook at its due time, not a millisecond before',
      on(async (bench) => {
        await putOff(bench, [dawn + 1000]);
        assert.equal((await bench.claim({ now: dawn + 999 })).claimed.length, 0);
        assert.equal((await bench.claim({ now: dawn + 1000 })).claimed.length, 1);
      }),
    );

    test(
      'keeps to its limit and goes on where it stopped, nothing twice',
      on(async (bench) => {
        const ids = await putOff(
          bench,
          Array.from({ length: 10 }, (_, at) => dawn + at),
        );
        const seen: string[] = [];
        for (const expected of [4, 4, 2, 0]) {
          const { claimed } = await bench.claim({ limit: 4, now: dawn + 100 });
          assert.equal(claimed.length, expected);
          seen.push(...claimed.map(({ webhook }) => webhook.id));
        }
        assert.deepEqual(seen, ids);
      }),
    );

    test(
      'says when the earliest of those not given out becomes due',
      on(async (bench) => {
        await putOff(bench, [dawn + 10, dawn + 20, dawn + 5000]);
        assert.equal((await bench.claim({ now: dawn })).nextDueAt, dawn + 10);
        assert.equal((await bench.claim({ now: dawn + 20, limit: 1 })).nextDueAt, dawn + 20);
        assert.equal((await bench.claim({ now: dawn + 20 })).nextDueAt, dawn + 5000);
      }),
    );

    test(
      'keeps lanes apart',
      on(async (bench) => {
        const live = await bench.inState('pending');
        const { id: retry, lease } = await bench.appendOne();
        await bench.settled(lease, dueAgain(dawn + 100));
        const replay = await bench.inState('dead');
        await bench.replay([replay], dawn + 60);
        for (const [lane, id] of Object.entries({ live, retry, replay })) {
          const { claimed } = await bench.claim({ lane: lane as 'live', now: dawn + 1000 });
          assert.deepEqual(
            claimed.map(({ webhook, lane: from }) => [webhook.id, from]),
            [[id, lane]],
          );
        }
      }),
    );

    test(
      'keeps routes apart, also those whose names begin alike',
      on(async (bench) => {
        const names = ['a', 'aa', 'a-a', 'b', 'default'];
        for (const route of names) await putOff(bench, [dawn, dawn + 1], route);
        assert.deepEqual([...bench.log.pendingRoutes()].sort(), [...names].sort());
        for (const route of names) {
          const { claimed, nextDueAt } = await bench.claim({ route, now: dawn + 10 });
          assert.equal(claimed.length, 2, route);
          assert.ok(claimed.every(({ webhook }) => webhook.route === route));
          assert.equal(nextDueAt, null);
        }
        assert.deepEqual(await bench.claim({ route: 'unknown', now: dawn + 10 }), {
          claimed: [],
          nextDueAt: null,
        });
      }),
    );

    test(
      'hands over the whole webhook, its progress and its due time',
      on(async (bench) => {
        const { webhook, lease } = await bench.appendOne({ bot: '7', user: 'u', orderKey: null });
        await bench.settled(lease, dueAgain(dawn + 700, { at: dawn + 40 }));
        const { claimed } = await bench.claim({ lane: 'retry', now: dawn + 700 });
        assert.equal(claimed.length, 1);
        assert.deepEqual(plain(claimed[0]?.webhook), plain(webhook));
        assert.deepEqual(claimed[0]?.progress, { attempts: 1, tries: 1, replay: 0, budgetFrom: dawn });
        assert.equal(claimed[0].dueAt, dawn + 700);
        assert.equal(claimed[0].lease.id, webhook.id);
      }),
    );

    test(
      'gives each webhook to one of many claims that run at once',
      on(async (bench) => {
        const ids = await putOff(bench, new Array<number>(60).fill(dawn));
        const claims = await Promise.all(Array.from({ length: 20 }, () => bench.claim({ limit: 5 })));
        const given = claims.flatMap(({ claimed }) => claimed.map(({ webhook }) => webhook.id));
        assert.equal(new Set(given).size, given.length, 'nothing twice');
        const rest = (await bench.claim()).claimed.map(({ webhook }) => webhook.id);
        assert.deepEqual([...given, ...rest].sort(), [...ids].sort());
      }),
    );

    test(
      'counts what it gave out as in flight until it is settled',
      on(async (bench) => {
        const [id] = await putOff(bench, [dawn]);
        assert.ok(id);
        assert.equal(bench.log.stats().inFlight, 0);
        assert.equal((await bench.get(id)).inFlight, false);
        assert.equal(bench.log.stats().earliestDueAt, dawn);
        const [claimed] = (await bench.claim()).claimed;
        assert.ok(claimed);
        assert.equal(bench.log.stats().inFlight, 1);
        assert.equal((await bench.get(id)).inFlight, true);
        assert.equal(bench.log.stats().earliestDueAt, null);
        await bench.settled(claimed.lease, deliveredBy());
        assert.equal(bench.log.stats().inFlight, 0);
        assert.equal((await bench.get(id)).inFlight, false);
        await bench.assertCountersExact();
      }),
    );

    test(
      'tells the earliest due time of all routes and lanes',
      on(async (bench) => {
        await putOff(bench, [dawn + 500, dawn + 90], 'one');
        await putOff(bench, [dawn + 300], 'two');
        assert.equal(bench.log.stats().earliestDueAt, dawn + 90);
        await bench.claim({ route: 'one', now: dawn + 90 });
        assert.equal(bench.log.stats().earliestDueAt, dawn + 300);
        await bench.reopen();
        assert.ok((bench.log.stats().earliestDueAt ?? Infinity) <= dawn + 300);
      }),
    );
  });

  describe('a lease that runs out', () => {
    test(
      'makes its webhook due again, by the caller\u2019s time alone',
      on(async (bench) => {
        const { id } = await bench.appendOne();
        assert.deepEqual(await bench.claimAll({ now: dawn + leaseMs - 1 }), []);
        const again = await bench.claimAll({ now: dawn + leaseMs });
        const late = await bench.claimAll({ now: dawn + leaseMs + 1 });
        assert.deepEqual(
          [...again, ...late].map(({ webhook }) => webhook.id),
          [id],
        );
      }),
    );

    test(
      'gives way to the new one: the old settles nothing, the new does',
      on(async (bench) => {
        const { id, lease } = await bench.appendOne();
        const [again] = await bench.claimAll({ now: dawn + leaseMs + 1 });
        assert.ok(again);
        assert.notEqual(again.lease.token, lease.token);
        assert.equal(await bench.settle(lease, deliveredBy(), dawn + leaseMs + 2), 'stale');
        const record = await bench.get(id);
        assert.equal(record.standing.state, 'pending');
        assert.deepEqual(record.events, []);
        assert.equal(record.inFlight, true);
        await bench.assertCountersExact();
        await bench.settled(again.lease, deliveredBy(), dawn + leaseMs + 3);
        assert.equal(await bench.state(id), 'delivered');
      }),
    );

    test(
      'runs as long as that claim said, from that claim on',
      on(async (bench) => {
        await putOff(bench, [dawn]);
        assert.equal((await bench.claim({ now: dawn + 10, leaseMs: 500 })).claimed.length, 1);
        assert.equal((await bench.claim({ now: dawn + 509, leaseMs: 500 })).claimed.length, 0);
        assert.equal((await bench.claim({ now: dawn + 511, leaseMs: 7000 })).claimed.length, 1);
        assert.equal((await bench.claim({ now: dawn + 7510 })).claimed.length, 0);
        assert.equal((await bench.claim({ now: dawn + 7512 })).claimed.length, 1);
      }),
    );

    test(
      'comes back in the lane it was claimed from, among others in order',
      on(async (bench) => {
        const { id: first, lease } = await bench.appendOne();
        await bench.settled(lease, dueAgain(dawn + 100));
        await bench.claim({ lane: 'retry', now: dawn + 100, leaseMs: 1000 });
        const second = await bench.appendOne();
        await bench.settled(second.lease, dueAgain(dawn + 5000));
        const { claimed } = await bench.claim({ lane: 'retry', now: dawn + 6000 });
        assert.deepEqual(
          claimed.map(({ webhook }) => webhook.id),
          [first, second.id],
        );
        assert.equal((await bench.claimAll({ now: dawn + 6000 })).length, 0);
      }),
    );

    test(
      'says before that what settle says is what happened',
      on(async (bench) => {
        // Run out but given to nobody else: an engine may still take the settlement, if it then really counts.
        const { id, lease } = await bench.appendOne();
        const result = await bench.settle(lease, deliveredBy(), dawn + leaseMs + 1);
        assert.equal(await bench.state(id), result === 'settled' ? 'delivered' : 'pending');
        await bench.assertCountersExact();
      }),
    );
  });

  describe('time that goes backwards', () => {
    test(
      'makes nothing due early and lets no lease run out early',
      on(async (bench) => {
        await putOff(bench, [dawn + 1000]);
        const { id } = await bench.appendOne();
        assert.deepEqual(await bench.claimAll({ now: dawn - 86_400_000 }), []);
        const claimed = await bench.claimAll({ now: dawn + 1000 });
        assert.equal(claimed.length, 1);
        assert.deepEqual(await bench.claimAll({ now: dawn - 1 }), []);
        assert.equal((await bench.get(id)).inFlight, true);
        await bench.assertCountersExact();
      }),
    );

    test(
      'loses nothing: webhooks received "earlier" than older ones are kept, found, delivered and counted',
      on(async (bench) => {
        const times = [dawn, dawn - 3_600_000, dawn - 7_200_000, dawn + 10, dawn - 1];
        const hooks: { readonly id: WebhookId }[] = [];
        for (const receivedAt of times) hooks.push(await bench.appendOne({ receivedAt }));
        await bench.crash();
        assert.deepEqual(await bench.ids(), hooks.map(({ id }) => id).reverse());
        for (const edge of [dawn - 3_600_000, dawn - 1, dawn]) {
          const since = await bench.ids({ since: edge });
          const until = await bench.ids({ until: edge });
          const wanted = (holds: (at: number) => boolean) =>
            hooks.filter((_, at) => holds(times[at] ?? 0)).map(({ id }) => id);
          assert.deepEqual(since.sort(), wanted((at) => at >= edge).sort(), `since ${edge - dawn}`);
          assert.deepEqual(until.sort(), wanted((at) => at < edge).sort(), `until ${edge - dawn}`);
        }
        const claimed = await bench.claimAll({ now: dawn + leaseMs + 100 });
        assert.equal(claimed.length, times.length);
        const settlements = claimed.map(({ lease }) => ({ lease, event: deliveredBy({ at: dawn - 9 }) }));
        await bench.log.settle({ settlements, now: dawn - 10_000_000 });
        assert.deepEqual(bench.counts(), [0, times.length, 0, 0]);
        await bench.assertCountersExact();
        await bench.reopen();
        assert.deepEqual(bench.counts(), [0, times.length, 0, 0]);
      }),
    );
  });
}
