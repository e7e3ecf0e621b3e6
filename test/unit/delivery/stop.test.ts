import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HookwardError } from '../../../src/core/errors.ts';
import { botHostSettings, fakeCaller, harness, turn } from './harness.ts';

/** Whether a promise has resolved, once everything that is ready has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  await turn();
  return settled;
}

describe('stop', () => {
  test('lets attempts under way end, begins no new one, and settles everything before it resolves', async () => {
    const { delivery, forwarder, log, arrive, leave } = harness({
      botHosts: { main: botHostSettings({ concurrency: 1 }) },
    });
    await delivery.start();
    const running = await arrive();
    const waiting = await arrive();
    const left = await leave();
    const stopped = delivery.stop(10_000);
    assert.equal(waiting.caller.told, 'queued');
    assert.equal(await isSettled(stopped), false);
    assert.deepEqual(log.row(waiting.id).types, ['deferred']);
    forwarder.received[0]?.answer(200);
    assert.equal(await isSettled(stopped), true);
    assert.equal(running.caller.head?.status, 200);
    assert.equal(log.row(running.id).state, 'delivered');
    assert.equal(log.row(left).state, 'pending');
    assert.equal(forwarder.received.length, 1);
    assert.deepEqual(delivery.stats(), {
      botHosts: { main: { circuit: 'closed', inFlight: 0, waiting: { live: 0, retry: 0, replay: 0 } } },
      callersWaiting: 0,
      unsettled: 0,
    });
  });

  test('interrupts what still runs before the deadline: pending, due now, and no try lost', async () => {
    const { delivery, forwarder, log, arrive, clock } = harness();
    await delivery.start();
    const { id, caller } = await arrive();
    const stopped = delivery.stop(10_000);
    await turn();
    clock.advance(7_999);
    assert.equal(await isSettled(stopped), false);
    assert.equal(forwarder.underWay('main'), 1);
    clock.advance(1);
    assert.equal(await isSettled(stopped), true);
    const { standing, progress } = log.row(id);
    assert.deepEqual(standing, { state: 'pending', dueAt: clock.now(), lane: 'retry' });
    assert.deepEqual([progress.attempts, progress.tries], [1, 0]);
    assert.equal(caller.told, 'queued');
  });

  test('an answer that is being relayed when it is interrupted stays delivered, and not complete', async () => {
    const { delivery, forwarder, log, arrive, clock } = harness();
    await delivery.start();
    const { id } = await arrive();
    forwarder.received[0]?.head(200);
    const stopped = delivery.stop(4_000);
    await turn();
    clock.advance(2_000);
    assert.equal(await isSettled(stopped), true);
    const [event] = log.row(id).events;
    assert.equal(log.row(id).state, 'delivered');
    assert.ok(event?.type === 'attempted' && event.attempt.outcome.kind === 'answered');
    assert.equal(event.attempt.outcome.complete, false);
  });

  test('a retryable outcome during the stop: pending, and the caller told', async () => {
    const { delivery, forwarder, log, arrive } = harness();
    await delivery.start();
    const { id, caller } = await arrive();
    const stopped = delivery.stop(10_000);
    forwarder.received[0]?.answer(503);
    assert.equal(await isSettled(stopped), true);
    assert.equal(caller.told, 'queued');
    assert.equal(log.row(id).state, 'pending');
  });

  test('callers that wait for a retry or behind a key are told', async () => {
    const { delivery, forwarder, arrive } = harness();
    await delivery.start();
    const retried = await arrive();
    forwarder.received[0]?.answer(503);
    await turn();
    await arrive({ orderKey: 'k' });
    const follower = await arrive({ orderKey: 'k' });
    void delivery.stop(10_000);
    assert.deepEqual([retried.caller.told, follower.caller.told], ['queued', 'queued']);
  });

  test('what is handed over while it stops, or after, is put off', async () => {
    const { delivery, forwarder, log, arrive } = harness();
    await delivery.start();
    await delivery.stop(1_000);
    const { id, caller } = await arrive();
    const follower = await arrive({ orderKey: 'k' });
    await turn();
    assert.equal(caller.told, 'queued');
    assert.deepEqual(log.row(id).types, ['deferred']);
    assert.equal(forwarder.received.length, 0);
    assert.equal(follower.caller.told, 'queued');
  });

  test('what a claim under way brings is put off, not tried', async () => {
    const { delivery, forwarder, log, leave } = harness();
    const id = await leave();
    await delivery.start();
    const stopped = delivery.stop(1_000);
    assert.equal(await isSettled(stopped), true);
    assert.equal(forwarder.received.length, 0);
    assert.equal(log.row(id).state, 'pending');
  });

  test('a log that takes no more outcomes does not hold it up beyond its deadline', async () => {
    const { delivery, forwarder, log, arrive, clock } = harness();
    await delivery.start();
    await arrive();
    log.failing.settle = new HookwardError('log-failing', { message: 'disk' });
    forwarder.received[0]?.answer(200);
    const stopped = delivery.stop(3_000);
    await turn();
    clock.advance(1_500);
    assert.equal(await isSettled(stopped), false);
    clock.advance(1_500);
    assert.equal(await isSettled(stopped), true);
  });

  test('twice is once; before the start, and a start after a stop, are harmless', async () => {
    const { delivery } = harness();
    await delivery.stop(1_000);
    await delivery.start();
    await delivery.stop(1_000);
    const other = harness();
    await other.delivery.start();
    await other.delivery.start();
    await Promise.all([other.delivery.stop(1_000), other.delivery.stop(1_000)]);
  });

  test('everything pending goes on with the next process', async () => {
    const one = harness({ botHosts: { main: botHostSettings({ concurrency: 2 }) } });
    await one.delivery.start();
    const ids = [];
    for (let count = 0; count < 6; count += 1) ids.push((await one.arrive({}, fakeCaller())).id);
    one.forwarder.received[0]?.answer(200);
    await turn();
    const stopped = one.delivery.stop(4_000);
    await turn();
    one.clock.advance(2_000);
    await stopped;
    one.log.restart();
    const two = harness({ log: one.log, clock: one.clock });
    two.forwarder.rule = (received) => received.answer(200);
    await two.delivery.start();
    await two.pass(500);
    assert.equal(two.log.count('delivered'), 6);
    const interrupted = one.forwarder.received.slice(1).map(({ signed }) => signed[1]);
    const again = two.forwarder.received.map(({ signed }) => signed[1]);
    assert.deepEqual(
      new Set(again),
      new Set(ids.slice(1)),
      'each under its own id, the delivered one not again',
    );
    assert.ok(interrupted.every((id) => again.includes(id)));
  });
});
