import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { isTransitionAllowed, webhookStates } from '../../src/core/state.ts';
import type { Standing, WebhookEvent } from '../../src/core/state.ts';
import {
  answered,
  dawn,
  deadBy,
  deferred,
  deliveredBy,
  dueAgain,
  failed,
  tried,
} from '../support/logFixtures.ts';
import { leaseMs, plain } from './engine.ts';
import type { OnBench } from './engine.ts';

const standings: readonly Standing[] = [
  { state: 'pending', dueAt: dawn + 900, lane: 'retry' },
  { state: 'pending', dueAt: dawn + 900, lane: 'replay' },
  { state: 'delivered' },
  { state: 'dead', reason: 'refused' },
  { state: 'dead', reason: 'expired' },
  { state: 'dead', reason: 'exhausted' },
  { state: 'cancelled' },
];

const at = dawn + 50;
const eventsTo = (then: Standing): readonly WebhookEvent[] => [
  tried({ then, at }),
  { type: 'deferred', at, why: 'no-bot-host', then },
  { type: 'replayed', at, replay: 1, by: 'support', reason: 'because', then },
  { type: 'cancelled', at, by: 'admin', reason: 'because', then },
  { type: 'expired', at, then },
];

const named = (then: Standing) => (then.state === 'dead' ? `dead (${then.reason})` : then.state);

/** `settle`: the table of transitions, leases, and what they leave behind. */
export function settleSuite(on: OnBench): void {
  describe('settle, from pending, under a lease', () => {
    for (const then of standings) {
      for (const event of eventsTo(then)) {
        const lane = then.state === 'pending' ? ` in lane ${then.lane}` : '';
        if (isTransitionAllowed('pending', event)) {
          test(
            `by "${event.type}" to ${named(then)}${lane}: is written down, counted, and kept`,
            on(async (bench) => {
              const { id, lease } = await bench.appendOne();
              await bench.settled(lease, event, at);
              for (const again of ['no', 'reopen'] as const) {
                if (again !== 'no') await bench[again]();
                const record = await bench.get(id);
                assert.deepEqual(plain(record.events), plain([event]));
                assert.deepEqual(record.standing, then);
                assert.equal(record.inFlight, false);
                const counts = webhookStates.map((state) => Number(state === then.state));
                assert.deepEqual(bench.counts(), counts);
                assert.deepEqual((await bench.list())[0]?.standing, then);
                await bench.assertCountersExact();
              }
            }),
          );
        } else {
          test(
            `by "${event.type}" to ${named(then)}${lane}: is refused and changes nothing`,
            on(async (bench) => {
              const { id, lease } = await bench.appendOne();
              const result = await bench.settle(lease, event, at).catch(() => 'refused');
              assert.notEqual(result, 'settled');
              const record = await bench.get(id);
              assert.deepEqual(record.events, []);
              assert.equal(record.standing.state, 'pending');
              assert.deepEqual(bench.counts(), [1, 0, 0, 0]);
              await bench.assertCountersExact();
              await bench.reopen();
              assert.equal(await bench.state(id), 'pending');
            }),
          );
        }
      }
    }
  });

  describe('settle', () => {
    test(
      'answers one result per settlement, in order, stale ones among the others',
      on(async (bench) => {
        const [one, two, three] = [await bench.appendOne(), await bench.appendOne(), await bench.appendOne()];
        await bench.settled(two.lease, deliveredBy());
        const unknown = bench.hooks.make().id;
        const results = await bench.log.settle({
          settlements: [
            { lease: one.lease, event: deadBy() },
            { lease: two.lease, event: deadBy() },
            { lease: { id: unknown, token: one.lease.token }, event: deadBy() },
            { lease: { id: three.id, token: 'never given' }, event: deadBy() },
            { lease: three.lease, event: dueAgain(dawn + 9) },
            { lease: three.lease, event: deliveredBy() },
          ],
          now: dawn,
        });
        assert.deepEqual(results, ['settled', 'stale', 'stale', 'stale', 'settled', 'stale']);
        assert.equal(await bench.state(one.id), 'dead');
        assert.equal(await bench.state(two.id), 'delivered');
        assert.equal(await bench.state(three.id), 'pending');
        assert.equal(await bench.log.get({ id: unknown }), null);
        assert.deepEqual(bench.counts(), [1, 1, 1, 0]);
        await bench.assertCountersExact();
      }),
    );

    test(
      'counts once when one lease is settled many times at once',
      on(async (bench) => {
        const { id, lease } = await bench.appendOne();
        const results = await Promise.all([
          bench.settle(lease, deliveredBy()),
          bench.settle(lease, deadBy()),
          bench.settle(lease, dueAgain(dawn + 10)),
        ]);
        assert.equal(results.filter((result) => result === 'settled').length, 1);
        assert.equal((await bench.get(id)).events.length, 1);
        await bench.assertCountersExact();
      }),
    );

    test(
      'does not take a lease for another webhook',
      on(async (bench) => {
        const [one, two] = [await bench.appendOne(), await bench.appendOne()];
        if (one.lease.token === two.lease.token) return;
        assert.equal(await bench.settle({ id: two.id, token: one.lease.token }, deadBy()), 'stale');
        assert.deepEqual(bench.counts(), [2, 0, 0, 0]);
        assert.equal(await bench.settle(two.lease, deliveredBy()), 'settled');
      }),
    );

    test(
      'under a lease that a reopen and a new claim have overtaken settles nothing',
      on(async (bench) => {
        const { id, lease } = await bench.appendOne();
        await bench.crash();
        const [claimed] = await bench.claimAll({ now: dawn + leaseMs + 1 });
        assert.equal(claimed?.webhook.id, id);
        assert.equal(await bench.settle(lease, deliveredBy(), dawn + leaseMs + 2), 'stale');
        assert.deepEqual((await bench.get(id)).events, []);
        await bench.settled(claimed.lease, deadBy(), dawn + leaseMs + 2);
        assert.equal(await bench.state(id), 'dead');
      }),
    );

    test(
      'writes down a try at a webhook that was cancelled meanwhile, which stays cancelled',
      on(async (bench) => {
        const { id, lease } = await bench.appendOne();
        assert.deepEqual(await bench.cancel([id], dawn + 10), ['done']);
        const event = deliveredBy({ at: dawn + 60 });
        assert.equal(await bench.settle(lease, event, dawn + 60), 'stale');
        for (const again of ['no', 'reopen'] as const) {
          if (again !== 'no') await bench[again]();
          const { events, standing, progress, inFlight } = await bench.get(id);
          assert.deepEqual(
            events.map(({ type }) => type),
            ['cancelled', 'attempted'],
          );
          const last = events[1];
          assert.ok(last?.type === 'attempted' && event.type === 'attempted');
          assert.deepEqual(plain(last.attempt), plain(event.attempt));
          assert.deepEqual(last.then, { state: 'cancelled' });
          assert.deepEqual(standing, { state: 'cancelled' });
          assert.equal(progress.attempts, 1);
          assert.equal(inFlight, false);
          assert.deepEqual(bench.counts(), [0, 0, 0, 1]);
          await bench.assertCountersExact();
          assert.deepEqual(await bench.claimAll({ now: dawn + 10 * leaseMs }), []);
        }
      }),
    );

    test(
      'of a webhook that was cancelled meanwhile, by anything but a try, leaves no trace',
      on(async (bench) => {
        const { id, lease } = await bench.appendOne();
        await bench.cancel([id], dawn + 10);
        assert.equal(await bench.settle(lease, deferred(dawn + 99)), 'stale');
        assert.equal((await bench.get(id)).events.length, 1);
        await bench.assertCountersExact();
      }),
    );

    test(
      'keeps a webhook\u2019s story through many tries, in order, and its progress with it',
      on(async (bench) => {
        const { id, lease } = await bench.appendOne();
        let current = lease;
        const written: WebhookEvent[] = [];
        for (let number = 1; number <= 30; number += 1) {
          const now = dawn + number * 1000;
          const outcome = number % 2 === 0 ? answered(503, bench.hooks.random.bytes(500)) : failed('timeout');
          const event = dueAgain(now, { number, at: now, outcome });
          written.push(event);
          await bench.settled(current, event, now);
          if (number % 10 === 0) await bench.reopen();
          const { claimed } = await bench.claim({ lane: 'retry', now });
          assert.equal(claimed.length, 1);
          const progress = { attempts: number, tries: number, replay: 0, budgetFrom: dawn };
          assert.deepEqual(claimed[0]?.progress, progress);
          current = claimed[0].lease;
        }
        await bench.settled(current, deliveredBy({ number: 31 }), dawn + 31_000);
        const { events, progress } = await bench.get(id);
        assert.deepEqual(plain(events.slice(0, 30)), plain(written));
        assert.deepEqual(progress, { attempts: 31, tries: 31, replay: 0, budgetFrom: dawn });
        assert.deepEqual(bench.counts(), [0, 1, 0, 0]);
      }),
    );

    test(
      'charges no try for a shutdown\u2019s interruption, nor for a deferral',
      on(async (bench) => {
        const { id, lease } = await bench.appendOne();
        await bench.settled(lease, dueAgain(dawn, { outcome: failed('interrupted') }));
        const [claimed] = (await bench.claim({ lane: 'retry' })).claimed;
        assert.deepEqual(claimed?.progress, { attempts: 1, tries: 0, replay: 0, budgetFrom: dawn });
        await bench.settled(claimed.lease, deferred(dawn + 5));
        await bench.reopen();
        const { progress } = await bench.get(id);
        assert.deepEqual(progress, { attempts: 1, tries: 0, replay: 0, budgetFrom: dawn });
      }),
    );

    test(
      'takes settlements of many webhooks in one call',
      on(async (bench) => {
        const appended = await bench.append(bench.make(500));
        const settlements = appended.map(({ lease }, index) => {
          assert.ok(lease);
          return { lease, event: index % 2 === 0 ? deliveredBy() : dueAgain(dawn + 7) };
        });
        const results = await bench.log.settle({ settlements, now: dawn });
        assert.equal(results.filter((result) => result === 'settled').length, 500);
        assert.deepEqual(bench.counts(), [250, 250, 0, 0]);
        await bench.assertCountersExact();
        await bench.reopen();
        assert.deepEqual(bench.counts(), [250, 250, 0, 0]);
        await bench.assertCountersExact();
      }),
    );

    test(
      'is durable over a clean stop without any later append',
      on(async (bench) => {
        const { id, lease } = await bench.appendOne();
        await bench.settled(lease, deliveredBy());
        await bench.reopen();
        assert.equal(await bench.state(id), 'delivered');
        assert.deepEqual(await bench.claimAll({ now: dawn + 10 * leaseMs }), []);
      }),
    );
  });
}
