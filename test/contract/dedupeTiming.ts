import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { dawn, deliveredBy } from '../support/logFixtures.ts';
import { arrive, assertLeases, originals } from './copies.ts';
import { dedupeWindowMs, leaseMs, orderWaitMaxMs } from './engine.ts';
import type { OnBench } from './engine.ts';

/** For how long a webhook makes others its copies. */
function windows(on: OnBench): void {
  test(
    'reaches back to the last millisecond of the window; beyond it a new webhook counts from then on',
    on(async (bench) => {
      const first = await arrive(bench, {}, 1000);
      const edge = await arrive(bench, { receivedAt: dawn + 1000 }, 1000);
      assert.equal(edge.duplicateOf, first.id);
      const second = await arrive(bench, { receivedAt: dawn + 1001 }, 1000);
      assert.equal(second.duplicateOf, null, 'a copy does not make the window longer');
      const third = await arrive(bench, { receivedAt: dawn + 1002 }, 1000);
      assert.equal(third.duplicateOf, second.id);
      const wide = await arrive(bench, { receivedAt: dawn + 1003 }, 1e9);
      assert.equal(wide.duplicateOf, second.id, 'of two the newest counts');
      assert.equal((await arrive(bench, { receivedAt: dawn + 2002 }, 1000)).duplicateOf, null);
    }),
  );

  test(
    'of no length takes only what arrives in the same millisecond for a copy',
    on(async (bench) => {
      const first = await arrive(bench, {}, 0);
      assert.equal((await arrive(bench, {}, 0)).duplicateOf, first.id);
      const second = await arrive(bench, { receivedAt: dawn + 1 }, 0);
      assert.equal(second.duplicateOf, null);
      assert.equal((await arrive(bench, { receivedAt: dawn + 1 }, 0)).duplicateOf, second.id);
    }),
  );

  test(
    'counts by the time of arrival, not by that of the writing',
    on(async (bench) => {
      const late = bench.hooks.make({ dedupeKey: 'e', receivedAt: dawn - 5000 });
      const call = { leaseMs, orderWaitMaxMs, dedupeWindowMs: 4000, now: dawn };
      assert.deepEqual(originals(await bench.log.append({ webhooks: [late], ...call })), [null]);
      const next = bench.hooks.make({ dedupeKey: 'e' });
      assert.deepEqual(originals(await bench.log.append({ webhooks: [next], ...call })), [null]);
    }),
  );

  test(
    'knows the first also when the clock is set back between the two, and forgets it when it leaps past the window',
    on(async (bench) => {
      const first = await arrive(bench);
      const before = await arrive(bench, { receivedAt: dawn - 10 * dedupeWindowMs });
      assert.equal(before.duplicateOf, first.id, 'what arrived later than now is no less an original');
      const after = await arrive(bench, { receivedAt: dawn + dedupeWindowMs + 1 });
      assert.equal(after.duplicateOf, null);
      const back = await arrive(bench, { receivedAt: dawn + 1 });
      assert.equal(back.duplicateOf, after.id, 'the newest of two');
    }),
  );

  test(
    'finds the first though ids run far ahead of the clock',
    on(async (bench) => {
      const { id: ahead } = await arrive(bench, { dedupeKey: 'other', receivedAt: dawn + 1e9 });
      const first = await arrive(bench, {}, 1000);
      assert.ok(first.id > ahead, 'ids never go back');
      assert.equal((await arrive(bench, { receivedAt: dawn + 1000 }, 1000)).duplicateOf, first.id);
      const second = await arrive(bench, { receivedAt: dawn + 2000 }, 1000);
      assert.equal(second.duplicateOf, null);
      await bench.reopen();
      assert.equal((await arrive(bench, { receivedAt: dawn + 2500 }, 1000)).duplicateOf, second.id);
    }),
  );

  test(
    'reaches no farther back than retention',
    on(async (bench) => {
      const id = await bench.inState('delivered', { dedupeKey: 'e' });
      const kept = await bench.inState('dead', { dedupeKey: 'kept' });
      const copy = await arrive(bench, { receivedAt: dawn + 100 }, 1e12);
      assert.equal(copy.duplicateOf, id);
      const policy = { keepMs: { delivered: 1000, dead: 1e12, cancelled: 0 }, bytesMax: 1e12 };
      const { removed } = await bench.log.retain({ policy, now: dawn + 5000, limit: 10 });
      assert.equal(removed.delivered, 1);
      const next = await arrive(bench, { receivedAt: dawn + 5000 }, 1e12);
      assert.equal(next.duplicateOf, null);
      assert.deepEqual((await bench.get(next.id)).duplicates, []);
      for (const again of ['no', 'reopen'] as const) {
        if (again !== 'no') await bench[again]();
        const wish = { receivedAt: dawn + 6000 };
        assert.equal((await arrive(bench, wish, 1e12)).duplicateOf, next.id);
        assert.equal((await arrive(bench, { dedupeKey: 'kept', ...wish }, 1e12)).duplicateOf, kept);
      }
    }),
  );
}

/** Copies that meet while nothing is on disk yet. */
function meetings(on: OnBench): void {
  test(
    'within one call is the copy of the first of the call',
    on(async (bench) => {
      const [a, copy, b, again] = ['a', 'a', 'b', 'a'].map((dedupeKey) => bench.hooks.make({ dedupeKey }));
      assert.ok(a && copy && b && again);
      const plainOne = bench.hooks.make();
      const appended = await bench.append([a, copy, plainOne, b, again]);
      assert.deepEqual(
        appended.map(({ id }) => id),
        [a, copy, plainOne, b, again].map(({ id }) => id),
      );
      assert.deepEqual(originals(appended), [null, a.id, null, null, a.id]);
      assertLeases(appended);
      assert.deepEqual((await bench.ids()).reverse(), [a.id, b.id, plainOne.id].sort());
      assert.equal((await bench.get(a.id)).duplicates.length, 2);
      const copiesOnly = await bench.append([
        bench.hooks.make({ dedupeKey: 'b' }),
        bench.hooks.make({ dedupeKey: 'a' }),
      ]);
      assert.deepEqual(originals(copiesOnly), [b.id, a.id]);
      await bench.assertCountersExact();
    }),
  );

  test(
    'in calls of the same moment is written once; whoever hears of it hears that it is durable',
    on(async (bench) => {
      // The route is new to the log, too.
      const hooks = bench.make(40, { dedupeKey: 'e', route: 'new', receivedAt: dawn });
      const calls = hooks.map((webhook) => bench.append([webhook]));
      // A copy tells that its original is on disk: so it is there after a crash, though its own call may still go on.
      const [copy] = await Promise.any(
        calls.map(async (call) => {
          const [appended] = await call;
          if (appended?.duplicateOf === null) throw new Error('an original');
          return [appended];
        }),
      );
      const appended = (await Promise.all(calls)).flat();
      const written = appended.filter(({ duplicateOf }) => duplicateOf === null);
      assert.equal(written.length, 1);
      assert.equal(copy?.duplicateOf, written[0]?.id);
      assertLeases(appended);
      for (const { duplicateOf } of appended)
        assert.ok(duplicateOf === null || duplicateOf === copy?.duplicateOf);
      assert.deepEqual(await bench.ids(), [written[0]?.id]);
      const id = written[0]?.id;
      assert.ok(id);
      assert.equal((await bench.get(id)).duplicates.length, 39);
      await bench.crash();
      assert.deepEqual(await bench.ids(), [id]);
      assert.equal((await arrive(bench, { route: 'new' })).duplicateOf, id);
    }),
  );

  test(
    'while the first is still being written waits for it',
    on(async (bench) => {
      const [first, second] = bench.make(2, { dedupeKey: 'e', receivedAt: dawn });
      assert.ok(first && second);
      const heard: string[] = [];
      const writing = bench.append([first]).then(() => heard.push('first'));
      const [copy] = await bench.append([second]);
      heard.push('copy');
      assert.equal(copy?.duplicateOf, first.id);
      await writing;
      assert.deepEqual(heard, ['first', 'copy']);
    }),
  );

  test(
    'in calls of several keys, in any order, makes none wait for another for ever',
    on(async (bench) => {
      const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
      const calls = Array.from({ length: 60 }, (_, at) => {
        const turned = [...keys.slice(at % 6), ...keys.slice(0, at % 6)];
        const order = at % 2 === 0 ? turned : turned.reverse();
        return order.map((dedupeKey) => bench.hooks.make({ dedupeKey }));
      });
      const appended = (await Promise.all(calls.map((webhooks) => bench.append(webhooks)))).flat();
      assert.equal(appended.length, 360);
      assert.equal(appended.filter(({ duplicateOf }) => duplicateOf === null).length, 6);
      assertLeases(appended);
      assert.deepEqual(
        (await Promise.all((await bench.ids()).map((id) => bench.get(id))))
          .map(({ webhook }) => webhook.dedupeKey)
          .sort(),
        keys,
      );
    }),
  );

  test(
    'beside retention is a copy of what stays, or written',
    on(async (bench) => {
      const policy = { keepMs: { delivered: 0, dead: 0, cancelled: 0 }, bytesMax: 1e12 };
      for (let round = 0; round < 30; round += 1) {
        const now = dawn + round * 10;
        const id = await bench.inState('delivered', { dedupeKey: 'e', receivedAt: now });
        const retaining = bench.log.retain({ policy, now: now + 1000, limit: 10 });
        const copy = await arrive(bench, { receivedAt: now + 1000 }, 1e12);
        await retaining;
        if (copy.duplicateOf === null) {
          assert.ok(copy.lease);
          await bench.settled(copy.lease, deliveredBy({ at: now + 1000 }));
        } else {
          assert.equal(copy.duplicateOf, id);
        }
        let more = true;
        while (more) ({ more } = await bench.log.retain({ policy, now: now + 2000, limit: 10 }));
        await bench.log.retain({ policy, now: now + 2000, limit: 10 });
        assert.deepEqual(await bench.ids(), []);
      }
    }),
  );
}

/** When a webhook with a `dedupeKey` is a copy. */
export function dedupeTimingSuite(on: OnBench): void {
  describe('the window of a dedupe key', () => windows(on));
  describe('a copy that arrives', () => meetings(on));
}
