import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import type { WebhookId } from '../../src/core/ids.ts';
import { dawn, deadBy, deferred, deliveredBy, dueAgain } from '../support/logFixtures.ts';
import type { WebhookWish } from '../support/logFixtures.ts';
import { leaseMs, orderWaitMaxMs } from './engine.ts';
import type { Bench, OnBench } from './engine.ts';

/** Appends one webhook a wish, each in a call of its own, at its `receivedAt`. */
async function appendEach(bench: Bench, wishes: readonly WebhookWish[]) {
  const made = [];
  for (const wish of wishes) {
    const webhook = bench.hooks.make(wish);
    const [appended] = await bench.append([webhook], webhook.receivedAt);
    made.push({ id: webhook.id, lease: appended?.lease ?? null });
  }
  return made;
}

/** The ids that a claim in all lanes gives out; their leases are kept by the caller. */
async function given(bench: Bench, now: number): Promise<WebhookId[]> {
  return (await bench.claimAll({ now })).map(({ webhook }) => webhook.id);
}

/** Order keys: one after another within a key, never longer than the wait limit. */
export function orderSuite(on: OnBench): void {
  describe('webhooks of one order key', () => {
    test(
      'go one after another, in the order of arrival: each is given out when the one before it is over',
      on(async (bench) => {
        const hooks = await appendEach(bench, new Array<WebhookWish>(4).fill({ orderKey: 'k' }));
        let lease = hooks[0]?.lease ?? null;
        assert.deepEqual(
          hooks.map((hook) => hook.lease !== null),
          [true, false, false, false],
        );
        const endings = [deliveredBy(), deadBy(), deliveredBy()];
        for (const [at, event] of endings.entries()) {
          assert.deepEqual(await given(bench, dawn + 100), [], 'nothing while its turn has not come');
          assert.ok(lease);
          await bench.settled(lease, event, dawn + 100);
          const [next, ...others] = await bench.claimAll({ now: dawn + 100 });
          assert.ok(next);
          assert.equal(next.webhook.id, hooks[at + 1]?.id);
          assert.equal(others.length, 0);
          lease = next.lease;
        }
        await bench.assertCountersExact();
      }),
    );

    test(
      'go one after another within one append, too',
      on(async (bench) => {
        const hooks = bench.make(3, { orderKey: 'k' });
        const appended = await bench.append(hooks);
        assert.deepEqual(
          appended.map(({ lease }) => lease !== null),
          [true, false, false],
        );
        assert.equal(bench.log.stats().inFlight, 1);
        assert.ok(appended[0]?.lease);
        await bench.settled(appended[0].lease, deliveredBy());
        assert.deepEqual(await given(bench, dawn + 10), [hooks[1]?.id]);
      }),
    );

    test(
      'appended at once, each in its own call, give exactly one lease',
      on(async (bench) => {
        const hooks = bench.make(20, { orderKey: 'k' });
        const appended = (await Promise.all(hooks.map((hook) => bench.append([hook])))).flat();
        assert.equal(appended.filter(({ lease }) => lease !== null).length, 1);
        const seen = new Set<string>();
        let lease = appended.find((one) => one.lease !== null)?.lease ?? null;
        while (lease !== null) {
          seen.add(lease.id);
          await bench.settled(lease, deliveredBy(), dawn + 30);
          const claimed = await bench.claimAll({ now: dawn + 30 });
          assert.ok(claimed.length <= 1);
          lease = claimed[0]?.lease ?? null;
        }
        assert.equal(seen.size, 20);
        assert.deepEqual(bench.counts(), [0, 20, 0, 0]);
      }),
    );

    test(
      'wait while the first is tried again, and also while it is put off',
      on(async (bench) => {
        const [first, second] = await appendEach(bench, [{ orderKey: 'k' }, { orderKey: 'k' }]);
        assert.ok(first?.lease);
        await bench.settled(first.lease, dueAgain(dawn + 5000));
        assert.deepEqual(await given(bench, dawn + 4999), []);
        const [again] = await bench.claimAll({ now: dawn + 5000 });
        assert.equal(again?.webhook.id, first.id);
        await bench.settled(again.lease, deferred(dawn + 9000), dawn + 5000);
        assert.deepEqual(await given(bench, dawn + 8999), []);
        const [last] = await bench.claimAll({ now: dawn + 9000 });
        assert.ok(last);
        await bench.settled(last.lease, deliveredBy(), dawn + 9000);
        assert.deepEqual(await given(bench, dawn + 9000), [second?.id]);
      }),
    );

    test(
      'move on when the first is cancelled, and when one in the middle is',
      on(async (bench) => {
        const hooks = await appendEach(bench, new Array<WebhookWish>(4).fill({ orderKey: 'k' }));
        const [first, second, third, fourth] = hooks.map(({ id }) => id);
        assert.ok(first && second && third && fourth);
        await bench.cancel([third]);
        assert.deepEqual(await given(bench, dawn + 10), []);
        await bench.cancel([first]);
        const [claimed] = await bench.claimAll({ now: dawn + 10 });
        assert.equal(claimed?.webhook.id, second);
        await bench.settled(claimed.lease, deliveredBy(), dawn + 11);
        assert.deepEqual(await given(bench, dawn + 11), [fourth]);
        await bench.assertCountersExact();
      }),
    );

    test(
      'are let past a stuck one after the wait limit, each by its own',
      on(async (bench) => {
        const [first, second, third] = await appendEach(bench, [
          { orderKey: 'k' },
          { orderKey: 'k', receivedAt: dawn + 1000 },
          { orderKey: 'k', receivedAt: dawn + 2000 },
        ]);
        assert.ok(first?.lease);
        await bench.settled(first.lease, dueAgain(dawn + 10 * orderWaitMaxMs));
        assert.deepEqual(await given(bench, dawn + 1000 + orderWaitMaxMs - 1), []);
        const waiting = await bench.claim({ now: dawn + 3000 });
        assert.ok(waiting.nextDueAt !== null, 'somebody must be told to come back for them');
        assert.ok(waiting.nextDueAt <= dawn + 1000 + orderWaitMaxMs);
        assert.deepEqual(await given(bench, dawn + 1000 + orderWaitMaxMs), [second?.id]);
        assert.deepEqual(await given(bench, dawn + 2000 + orderWaitMaxMs), [third?.id]);
      }),
    );

    test(
      'never keep other keys, other routes or webhooks without a key waiting',
      on(async (bench) => {
        const hooks = await appendEach(bench, [
          { orderKey: 'k' },
          { orderKey: 'other' },
          { orderKey: 'k', route: 'elsewhere' },
          { orderKey: '' },
          {},
          {},
          { orderKey: 'k2' },
          { orderKey: 'K' },
          { orderKey: '\u00e9' },
          { orderKey: 'e\u0301' },
          { orderKey: 'k\u0000' },
        ]);
        for (const { lease } of hooks) assert.notEqual(lease, null);
      }),
    );

    test(
      'do not wait for one that is already over',
      on(async (bench) => {
        for (const end of ['delivered', 'dead', 'cancelled'] as const) {
          await bench.inState(end, { orderKey: 'k' });
          const { id } = await bench.appendOne({ orderKey: 'k' });
          await bench.cancel([id]);
        }
      }),
    );

    for (const again of ['reopen', 'crash'] as const) {
      test(
        `keep their order over a ${again}`,
        on(async (bench) => {
          const hooks = await appendEach(bench, new Array<WebhookWish>(3).fill({ orderKey: 'k' }));
          const now = dawn + leaseMs + 1;
          const delivered: WebhookId[] = [];
          for (let turn = 0; turn < 3; turn += 1) {
            await bench[again]();
            const claimed = await bench.claimAll({ now: now + turn * leaseMs });
            assert.equal(claimed.length, 1, 'one at a time');
            assert.ok(claimed[0]);
            delivered.push(claimed[0].webhook.id);
            await bench.settled(claimed[0].lease, deliveredBy({ at: now }), now + turn * leaseMs);
            // A settlement is durable no later than the next append.
            await bench.append([bench.hooks.make({ route: 'elsewhere' })]);
          }
          assert.deepEqual(
            delivered,
            hooks.map(({ id }) => id),
          );
        }),
      );

      test(
        `keep their wait limit over a ${again}, and one that was put off long`,
        on(async (bench) => {
          const [first, second] = await appendEach(bench, [{ orderKey: 'k' }, { orderKey: 'k' }]);
          assert.ok(first?.lease);
          await bench.settled(first.lease, dueAgain(dawn + 10 * orderWaitMaxMs));
          await bench.append([bench.hooks.make({ route: 'elsewhere' })]);
          await bench[again]();
          assert.deepEqual(await given(bench, dawn + orderWaitMaxMs - 1), []);
          assert.deepEqual(await given(bench, dawn + orderWaitMaxMs), [second?.id]);
        }),
      );
    }

    test(
      'put new ones behind those that wait, not beside them',
      on(async (bench) => {
        const [first, second] = await appendEach(bench, [{ orderKey: 'k' }, { orderKey: 'k' }]);
        assert.ok(first?.lease);
        await bench.settled(first.lease, deliveredBy());
        const [third] = await appendEach(bench, [{ orderKey: 'k' }]);
        assert.equal(third?.lease, null);
        assert.deepEqual(await given(bench, dawn + 10), [second?.id]);
      }),
    );
  });
}
