import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import type { WebhookId } from '../../src/core/ids.ts';
import { webhookStates } from '../../src/core/state.ts';
import type { WebhookState } from '../../src/core/state.ts';
import type { RetentionPolicy } from '../../src/log/index.ts';
import { dawn, deadBy, dueAgain } from '../support/logFixtures.ts';
import { leaseMs } from './engine.ts';
import type { Bench, OnBench } from './engine.ts';

const day = 86_400_000;
const keepAll: RetentionPolicy = {
  keepMs: { delivered: 10_000 * day, dead: 10_000 * day, cancelled: 10_000 * day },
  bytesMax: 1e12,
};

const noneRemoved = { pending: 0, delivered: 0, dead: 0, cancelled: 0 };

/** Calls `retain` until it says that there is no more; the sum of what was removed. */
async function retainAll(bench: Bench, policy: RetentionPolicy, now: number, limit = 1000) {
  const sum: Record<WebhookState, number> = { ...noneRemoved };
  for (let call = 0; ; call += 1) {
    assert.ok(call < 10_000, 'retention comes to an end');
    const { removed, more } = await bench.log.retain({ policy, now, limit });
    let count = 0;
    for (const state of webhookStates) {
      sum[state] += removed[state];
      count += removed[state];
    }
    assert.ok(count <= limit, 'no more than asked for');
    await bench.assertCountersExact();
    if (!more) return sum;
  }
}

/** `retain`: what goes, what never goes, and that the counters follow. */
export function retentionSuite(on: OnBench): void {
  describe('retain', () => {
    for (const state of ['delivered', 'dead', 'cancelled'] as const) {
      test(
        `removes ${state} ones when their time is over, not before, and no others`,
        on(async (bench) => {
          const ids = new Map<WebhookState, WebhookId>();
          for (const each of webhookStates) ids.set(each, await bench.inState(each));
          const policy = { ...keepAll, keepMs: { ...keepAll.keepMs, [state]: 7 * day } };
          assert.deepEqual(await retainAll(bench, policy, dawn + 7 * day - 1000), noneRemoved);
          assert.deepEqual(await retainAll(bench, policy, dawn + 7 * day + 1000), {
            ...noneRemoved,
            [state]: 1,
          });
          for (const again of ['no', 'reopen'] as const) {
            if (again !== 'no') await bench[again]();
            for (const [each, id] of ids) {
              assert.equal((await bench.log.get({ id })) === null, each === state, each);
            }
            assert.equal((await bench.list()).length, 3);
            assert.equal(bench.log.stats().counts[state], 0);
            await bench.assertCountersExact();
          }
          const gone = ids.get(state);
          assert.ok(gone);
          assert.deepEqual(await bench.replay([gone], dawn + 8 * day), ['not-found']);
          assert.deepEqual(await bench.cancel([gone], dawn + 8 * day), ['not-found']);
        }),
      );
    }

    test(
      'never removes a pending one: old, in flight, due, put off or replayed',
      on(async (bench) => {
        const old = await bench.inState('pending');
        const { id: inFlight } = await bench.appendOne();
        const { id: retried, lease } = await bench.appendOne();
        await bench.settled(lease, dueAgain(dawn + 9000 * day));
        const replayed = await bench.inState('dead');
        await bench.replay([replayed], dawn + day);
        const policy = { keepMs: { delivered: 0, dead: 0, cancelled: 0 }, bytesMax: 1 };
        assert.deepEqual(await retainAll(bench, policy, dawn + 5000 * day), noneRemoved);
        assert.deepEqual((await bench.ids()).sort(), [old, inFlight, retried, replayed].sort());
        const claimed = await bench.claimAll({ now: dawn + 5000 * day });
        assert.equal(claimed.length, 3);
      }),
    );

    test(
      'takes no more than it may in one call, the oldest first, and says that there is more',
      on(async (bench) => {
        const ids: WebhookId[] = [];
        for (let at = 0; at < 25; at += 1)
          ids.push(
            await bench.inState(at % 2 === 0 ? 'delivered' : 'cancelled', { receivedAt: dawn + at * 1000 }),
          );
        const keepMs = { delivered: day, dead: day, cancelled: day };
        const policy = { ...keepAll, keepMs };
        let left = [...ids];
        for (const expected of [10, 10, 5]) {
          const { removed, more } = await bench.log.retain({ policy, now: dawn + 2 * day, limit: 10 });
          const count = removed.delivered + removed.cancelled + removed.dead + removed.pending;
          assert.equal(count, expected);
          left = left.slice(expected);
          assert.deepEqual((await bench.ids()).reverse(), left);
          if (left.length > 0) assert.equal(more, true);
          await bench.assertCountersExact();
        }
        assert.equal((await bench.log.retain({ policy, now: dawn + 2 * day, limit: 10 })).more, false);
      }),
    );

    test(
      'above bytesMax lets the oldest delivered and cancelled ones go before their time, no more than needed',
      on(async (bench) => {
        const bodyBytes = 20_000;
        const wish = (at: number) => ({
          receivedAt: dawn + at * 1000,
          request: { body: bench.hooks.random.bytes(bodyBytes) },
        });
        const states = ['delivered', 'cancelled', 'dead', 'pending'] as const;
        const made: { id: WebhookId; state: WebhookState }[] = [];
        for (let at = 0; at < 40; at += 1) {
          const state = states[at % 4] ?? 'dead';
          made.push({ id: await bench.inState(state, wish(at)), state });
        }
        const full = bench.log.stats().recordBytes;
        assert.ok(full >= 40 * bodyBytes && full < 2 * 40 * bodyBytes, `records of ${full} bytes`);
        const bytesMax = full - 5 * bodyBytes;
        assert.deepEqual(await retainAll(bench, { ...keepAll, bytesMax: full }, dawn + day), noneRemoved);
        const removed = await retainAll(bench, { ...keepAll, bytesMax }, dawn + day, 2);
        assert.equal(removed.dead + removed.pending, 0);
        const count = removed.delivered + removed.cancelled;
        assert.ok(count >= 4 && count <= 6, `removed ${count}`);
        assert.ok(bench.log.stats().recordBytes <= bytesMax);
        const gone = made
          .filter(({ state }) => state === 'delivered' || state === 'cancelled')
          .slice(0, count);
        const left = made.filter((one) => !gone.includes(one)).map(({ id }) => id);
        assert.deepEqual((await bench.ids()).reverse(), left);
      }),
    );

    test(
      'above bytesMax never takes dead or pending ones, and comes to an end',
      on(async (bench) => {
        for (const state of ['dead', 'pending', 'delivered', 'cancelled'] as const)
          for (let at = 0; at < 5; at += 1) await bench.inState(state);
        const removed = await retainAll(bench, { ...keepAll, bytesMax: 0 }, dawn + day, 3);
        assert.deepEqual(removed, { ...noneRemoved, delivered: 5, cancelled: 5 });
        assert.deepEqual(bench.counts(), [5, 0, 5, 0]);
      }),
    );

    test(
      'gives the bytes of a whole story back, and the count of bytes survives a reopen and a crash',
      on(async (bench) => {
        const empty = bench.log.stats().recordBytes;
        const { id, lease } = await bench.appendOne({ request: { body: Buffer.alloc(50_000, 1) } });
        const one = bench.log.stats().recordBytes;
        assert.ok(one >= empty + 50_000);
        await bench.settled(lease, deadBy());
        await bench.replay([id], dawn + 10);
        await bench.cancel([id], dawn + 20);
        await bench.append([bench.hooks.make({ receivedAt: dawn + 3 })]);
        const whole = bench.log.stats().recordBytes;
        assert.ok(whole > one);
        // An engine may keep a short note of a stop; it may not keep one more of each.
        for (let round = 0; round < 10; round += 1) {
          await bench[round % 2 === 0 ? 'reopen' : 'crash']();
          const now = bench.log.stats().recordBytes;
          assert.ok(
            Math.abs(now - whole) < 300,
            `${now} bytes instead of ${whole} after ${round + 1} starts`,
          );
        }
        await retainAll(bench, { ...keepAll, keepMs: { ...keepAll.keepMs, cancelled: 0 } }, dawn + day);
        await bench.reopen();
        const rest = bench.log.stats().recordBytes;
        assert.ok(rest < empty + 5000, `${rest} bytes are left`);
      }),
    );

    test(
      'leaves what it has no say over: access entries, the audit, waiting ones of a key',
      on(async (bench) => {
        await bench.log.appendAudit({
          entries: [{ at: dawn, by: 'a', action: 'ban', subject: 's', reason: 'r' }],
        });
        const webhooks = bench.make(2, { orderKey: 'k' });
        const appended = await bench.append(webhooks);
        assert.ok(appended[0]?.lease);
        await bench.settled(appended[0].lease, deadBy());
        await retainAll(bench, { keepMs: { delivered: 0, dead: 0, cancelled: 0 }, bytesMax: 0 }, dawn + day);
        assert.equal((await bench.log.listAudit({ limit: 5, cursor: null })).entries.length, 1);
        assert.deepEqual(await bench.ids(), [webhooks[1]?.id]);
        const claimed = await bench.claimAll({ now: dawn + day + leaseMs });
        assert.deepEqual(
          claimed.map(({ webhook }) => webhook.id),
          [webhooks[1]?.id],
        );
      }),
    );

    test(
      'runs beside appends and settlements without miscounting',
      on(async (bench) => {
        for (let at = 0; at < 50; at += 1) await bench.inState('delivered');
        const policy = { ...keepAll, keepMs: { ...keepAll.keepMs, delivered: day } };
        const work: Promise<unknown>[] = [];
        for (let round = 0; round < 10; round += 1) {
          work.push(bench.log.retain({ policy, now: dawn + 2 * day, limit: 4 }));
          work.push(bench.inState('dead', { receivedAt: dawn + 2 * day }));
          const [id] = await bench.ids({ state: 'delivered' });
          if (id !== undefined) work.push(bench.replay([id], dawn + 2 * day));
        }
        await Promise.all(work);
        await retainAll(bench, policy, dawn + 2 * day, 7);
        assert.equal(bench.log.stats().counts.delivered, 0);
        assert.equal(bench.log.stats().counts.dead, 10);
        await bench.crash();
        await bench.assertCountersExact();
      }),
    );
  });
}
