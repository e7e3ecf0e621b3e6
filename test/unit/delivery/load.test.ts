import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../support/seededRandom.ts';
import {
  botHostSettings,
  fakeCaller,
  harness,
  retrySettings,
  routeSettings,
  turn,
  type FakeCaller,
} from './harness.ts';

const circuit = { failures: 4, statuses: [502], openFor: 500, openMax: 2_000 };

/** Delivery to two bot hosts, and a hand that does something by chance. */
function chancy(seed: number, concurrency: number, waitingMax: number) {
  const chance = seededRandom(seed);
  const made = harness({
    seed,
    botHosts: {
      main: botHostSettings({ concurrency, waitingMax, circuit }),
      side: botHostSettings({ concurrency: 2, circuit }),
    },
    routes: [
      routeSettings('default', { retry: retrySettings({ attempts: 4, firstDelay: 200 }) }),
      routeSettings('side', { botHost: 'side' }),
    ],
  });
  const { forwarder, log, clock, arrive, leave, cancel, replay } = made;
  const callers: FakeCaller[] = [];
  const pick = (below: number) => Math.floor(chance.fraction() * below);
  const underWay = () => forwarder.received.filter(({ ended }) => !ended);

  const arrival = async () => {
    const caller = fakeCaller({ gone: pick(5) === 0 });
    const orderKey = pick(4) === 0 ? `key ${String(pick(2))}` : null;
    callers.push(caller);
    await arrive({ route: pick(3) === 0 ? 'side' : 'default', orderKey }, caller);
  };
  const answer = () => {
    const received = underWay()[pick(underWay().length || 1)];
    const how = pick(8);
    if (how < 4) received?.answer([200, 404, 503, 502][how] ?? 200);
    else if (how === 4) received?.fail('timeout');
    else if (how === 5) received?.reject(new Error('bug'));
    else received?.head(200);
  };
  const operate = async () => {
    const id = log.entries[pick(log.entries.length || 1)]?.webhook.id;
    if (id !== undefined) await (pick(2) === 0 ? cancel(id) : replay(id));
  };
  const actions = [arrival, arrival, arrival, arrival, leave, answer, answer, answer, operate];
  const act = async () => {
    const action = actions[pick(actions.length + 1)];
    if (action === undefined) clock.advance(pick(400));
    else await action();
    await turn(1);
  };
  return { ...made, callers, underWay, act };
}

test('whatever comes, the caps hold, no webhook is tried twice at once, none is lost, every caller hears', async () => {
  const bounds = [fc.nat(), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 6 })] as const;
  await fc.assert(
    fc.asyncProperty(...bounds, async (seed, concurrency, waitingMax) => {
      const made = chancy(seed, concurrency, waitingMax);
      const { delivery, forwarder, log, clock, callers, underWay, act } = made;
      await delivery.start();
      for (let step = 0; step < 120; step += 1) {
        await act();
        const ids = underWay().map(({ signed }) => signed[1]);
        assert.equal(new Set(ids).size, ids.length, 'one try at a time');
        assert.ok(forwarder.peak('main') <= concurrency && forwarder.peak('side') <= 2);
      }
      forwarder.rule = (received) => received.answer(200);
      for (const received of underWay()) received.answer(200);
      for (let time = 0; time < 60 && log.count('pending') > 0; time += 1) {
        clock.advance(1_000);
        await turn(4);
      }
      assert.equal(log.count('pending'), 0);
      clock.advance(30_000);
      await turn();
      assert.ok(callers.every(({ told, calls }) => told !== null || calls > 0));
      assert.equal(delivery.stats().callersWaiting, 0);
      assert.equal(delivery.stats().unsettled, 0);
      await delivery.stop(1_000);
    }),
    // Cancelled, replayed and given out anew while an outcome is on its way to the log.
    { numRuns: 25, examples: [[1192455473, 5, 1]] },
  );
});

test('a bot host that is away for the whole load gets everything afterwards, within its caps', async () => {
  const { delivery, forwarder, log, arrive, pass, seen } = harness({
    botHosts: { main: botHostSettings({ concurrency: 8 }) },
  });
  await delivery.start();
  forwarder.rule = (received) => received.fail('connection-refused');
  for (let count = 0; count < 200; count += 1) {
    await arrive();
    if (count % 20 === 0) await pass(100);
  }
  assert.ok(forwarder.received.length < 40, 'the circuit spares the host');
  const before = forwarder.received.length;
  forwarder.rule = null;
  for (let time = 0; time < 400 && log.count('delivered') < 200; time += 1) {
    await pass(100);
    for (const received of forwarder.received.slice(before)) received.answer(200);
    await turn();
  }
  assert.equal(log.count('delivered'), 200);
  assert.ok(forwarder.peak('main') <= 8);
  assert.ok(seen.circuit.includes('main ramping') && seen.circuit.at(-1) === 'main closed');
});
