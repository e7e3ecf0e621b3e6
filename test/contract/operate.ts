import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { dawn, deadBy, deliveredBy, dueAgain } from '../support/logFixtures.ts';
import { leaseMs } from './engine.ts';
import type { OnBench } from './engine.ts';

/** `replay` and `cancel`: what a person may ask for. */
export function operateSuite(on: OnBench): void {
  describe('replay', () => {
    for (const state of ['delivered', 'dead', 'cancelled'] as const) {
      test(
        `makes a ${state} webhook pending again: due now, in the replay lane, with its id and its whole story`,
        on(async (bench) => {
          const id = await bench.inState(state);
          const before = await bench.get(id);
          const now = dawn + 9000;
          assert.deepEqual(await bench.replay([id], now), ['done']);
          for (const again of ['no', 'crash'] as const) {
            if (again !== 'no') await bench[again]();
            const { events, standing, progress, inFlight } = await bench.get(id);
            assert.equal(events.length, before.events.length + 1);
            const then = { state: 'pending', dueAt: now, lane: 'replay' } as const;
            const replayed = {
              type: 'replayed',
              at: now,
              replay: 1,
              by: 'support',
              reason: 'asked for',
              then,
            };
            assert.deepEqual(events.at(-1), replayed);
            assert.deepEqual(standing, then);
            assert.deepEqual(progress, { ...before.progress, tries: 0, replay: 1, budgetFrom: now });
            assert.equal(inFlight, false);
            assert.deepEqual(bench.counts(), [1, 0, 0, 0]);
            await bench.assertCountersExact();
          }
          assert.deepEqual((await bench.claim({ lane: 'replay', now: now - 1 })).claimed, []);
          const { claimed } = await bench.claim({ lane: 'replay', now });
          assert.deepEqual(
            claimed.map(({ webhook, lane, dueAt }) => [webhook.id, lane, dueAt]),
            [[id, 'replay', now]],
          );
        }),
      );
    }

    test(
      'numbers replays on and starts a fresh budget each time; attempts are counted on',
      on(async (bench) => {
        const { id, lease } = await bench.appendOne();
        await bench.settled(lease, deadBy({ at: dawn + 1 }));
        for (let replay = 1; replay <= 3; replay += 1) {
          const now = dawn + replay * 100_000;
          assert.deepEqual(await bench.replay([id], now), ['done']);
          if (replay === 2) await bench.reopen();
          const [first] = (await bench.claim({ lane: 'replay', now })).claimed;
          const attempts = 2 * replay - 1;
          assert.deepEqual(first?.progress, { attempts, tries: 0, replay, budgetFrom: now });
          await bench.settled(first.lease, dueAgain(now + 5, { replay, number: attempts + 1 }), now);
          const [second] = (await bench.claim({ lane: 'retry', now: now + 5 })).claimed;
          assert.deepEqual(second?.progress, { attempts: attempts + 1, tries: 1, replay, budgetFrom: now });
          await bench.settled(second.lease, deliveredBy({ replay, number: attempts + 2 }), now + 6);
        }
        const [summary] = await bench.list();
        assert.equal(summary?.attempts, 7);
        assert.equal(summary.replay, 3);
      }),
    );

    test(
      'answers for each id in order: done, conflict for a pending one, not found',
      on(async (bench) => {
        const dead = await bench.inState('dead');
        const pending = await bench.inState('pending');
        const { id: inFlight } = await bench.appendOne();
        const delivered = await bench.inState('delivered');
        const unknown = bench.hooks.make().id;
        assert.deepEqual(await bench.replay([pending, dead, unknown, inFlight, delivered, dead], dawn + 9), [
          'conflict',
          'done',
          'not-found',
          'conflict',
          'done',
          'conflict',
        ]);
        assert.deepEqual(bench.counts(), [4, 0, 0, 0]);
        assert.deepEqual((await bench.get(pending)).standing, {
          state: 'pending',
          dueAt: dawn,
          lane: 'live',
        });
        assert.equal(await bench.log.get({ id: unknown }), null);
        await bench.assertCountersExact();
      }),
    );

    test(
      'asked for many times at once happens once',
      on(async (bench) => {
        const id = await bench.inState('dead');
        const results = await Promise.all([1, 2, 3, 4].map(() => bench.replay([id], dawn + 9)));
        assert.deepEqual(results.flat().sort(), ['conflict', 'conflict', 'conflict', 'done']);
        assert.equal((await bench.get(id)).events.length, 2);
        assert.equal((await bench.claimAll({ now: dawn + 9 })).length, 1);
        await bench.assertCountersExact();
      }),
    );

    test(
      'is durable: it holds after a crash, for many at once',
      on(async (bench) => {
        const ids = [];
        for (let count = 0; count < 30; count += 1) ids.push(await bench.inState('dead'));
        assert.ok((await bench.replay(ids, dawn + 9)).every((result) => result === 'done'));
        await bench.crash();
        assert.deepEqual(bench.counts(), [30, 0, 0, 0]);
        assert.equal((await bench.claim({ lane: 'replay', now: dawn + 9 })).claimed.length, 30);
        await bench.assertCountersExact();
      }),
    );

    test(
      'leaves an old lease worthless',
      on(async (bench) => {
        const { id, lease } = await bench.appendOne();
        await bench.settled(lease, deadBy());
        await bench.replay([id], dawn + 9);
        assert.equal(await bench.settle(lease, deliveredBy(), dawn + 10), 'stale');
        assert.equal(await bench.state(id), 'pending');
        await bench.assertCountersExact();
      }),
    );
  });

  describe('cancel', () => {
    test(
      'calls off a waiting webhook for good, durably, and says who and why',
      on(async (bench) => {
        const id = await bench.inState('pending');
        assert.deepEqual(await bench.cancel([id], dawn + 70), ['done']);
        await bench.crash();
        const { events, standing } = await bench.get(id);
        const then = { state: 'cancelled' } as const;
        const cancelled = { type: 'cancelled', at: dawn + 70, by: 'admin', reason: 'sent twice', then };
        assert.deepEqual(events.at(-1), cancelled);
        assert.deepEqual(standing, then);
        assert.deepEqual(await bench.claimAll({ now: dawn + 10 * leaseMs }), []);
        assert.deepEqual(bench.counts(), [0, 0, 0, 1]);
        await bench.assertCountersExact();
      }),
    );

    test(
      'calls off one in flight too: it is given out no more, also when its lease has run out',
      on(async (bench) => {
        const { id } = await bench.appendOne();
        assert.deepEqual(await bench.cancel([id]), ['done']);
        const { inFlight, standing } = await bench.get(id);
        assert.deepEqual([inFlight, standing.state], [false, 'cancelled']);
        assert.equal(bench.log.stats().inFlight, 0);
        assert.deepEqual(await bench.claimAll({ now: dawn + 10 * leaseMs }), []);
        await bench.assertCountersExact();
      }),
    );

    test(
      'answers for each id in order: done, conflict for what is over, not found',
      on(async (bench) => {
        const pending = await bench.inState('pending');
        const delivered = await bench.inState('delivered');
        const dead = await bench.inState('dead');
        const cancelled = await bench.inState('cancelled');
        const unknown = bench.hooks.make().id;
        assert.deepEqual(await bench.cancel([dead, pending, unknown, delivered, cancelled, pending]), [
          'conflict',
          'done',
          'not-found',
          'conflict',
          'conflict',
          'conflict',
        ]);
        assert.deepEqual(bench.counts(), [0, 1, 1, 2]);
        await bench.assertCountersExact();
      }),
    );

    test(
      'and a settlement at the same moment: one of them wins, and the counters know which',
      on(async (bench) => {
        for (let round = 0; round < 10; round += 1) {
          const { id, lease } = await bench.appendOne();
          const settle = () => bench.settle(lease, deliveredBy());
          const cancel = () => bench.cancel([id]);
          const [settled, cancelled] =
            round % 2 === 0
              ? await Promise.all([settle(), cancel()])
              : (await Promise.all([cancel(), settle()])).toReversed();
          const won = settled === 'settled';
          assert.deepEqual(cancelled, [won ? 'conflict' : 'done']);
          assert.equal(await bench.state(id), won ? 'delivered' : 'cancelled');
          await bench.assertCountersExact();
        }
      }),
    );

    test(
      'can be taken back by a replay, and called off again',
      on(async (bench) => {
        const id = await bench.inState('cancelled');
        assert.deepEqual(await bench.replay([id], dawn + 100), ['done']);
        assert.deepEqual(await bench.cancel([id], dawn + 200), ['done']);
        assert.deepEqual(await bench.claimAll({ now: dawn + 300 }), []);
        assert.deepEqual(
          (await bench.get(id)).events.map(({ type }) => type),
          ['cancelled', 'replayed', 'cancelled'],
        );
        await bench.assertCountersExact();
      }),
    );
  });
}
