import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { botHostSettings, harness, turn } from './harness.ts';

describe('live webhooks beyond what fits', () => {
  test('wait in memory up to the bound; more are put off, their callers told at once', async () => {
    const { delivery, forwarder, log, arrive, seen, pass } = harness({
      botHosts: { main: botHostSettings({ concurrency: 2, waitingMax: 3 }) },
    });
    await delivery.start();
    const arrived = [];
    for (let count = 0; count < 8; count += 1) arrived.push(await arrive());
    assert.equal(forwarder.received.length, 2);
    const stats = delivery.stats().botHosts['main'];
    assert.deepEqual([stats?.circuit, stats?.inFlight, stats?.waiting.live], ['closed', 2, 3]);
    await turn();
    assert.deepEqual(seen.deferrals, ['lane-full', 'lane-full', 'lane-full']);
    assert.deepEqual(
      arrived.map(({ caller }) => caller.told),
      [null, null, null, null, null, 'queued', 'queued', 'queued'],
    );
    forwarder.rule = (received) => received.answer(200);
    for (const received of forwarder.received) received.answer(200);
    await pass(2_000);
    assert.equal(log.count('delivered'), 8);
    assert.equal(forwarder.received.length, 8);
  });

  test('with no waiting allowed, a free place is still used', async () => {
    const { delivery, forwarder, arrive, seen } = harness({
      botHosts: { main: botHostSettings({ concurrency: 1, waitingMax: 0 }) },
    });
    await delivery.start();
    await arrive();
    await arrive();
    assert.equal(forwarder.received.length, 1);
    assert.deepEqual(seen.deferrals, ['lane-full']);
  });

  test('whose bodies are more than may wait are put off', async () => {
    const { delivery, forwarder, arrive, seen } = harness({
      botHosts: { main: botHostSettings({ concurrency: 1, waitingBytesMax: 0 }) },
    });
    await delivery.start();
    await arrive();
    await arrive();
    assert.equal(forwarder.received.length, 1);
    assert.deepEqual(seen.deferrals, ['lane-full']);
  });

  test('whose lease would run out during the attempt are put off instead of tried twice', async () => {
    const { delivery, forwarder, log, arrive, pass, seen } = harness({
      botHosts: { main: botHostSettings({ concurrency: 1, attemptTimeout: 100_000 }) },
    });
    await delivery.start();
    await arrive();
    const { id, caller } = await arrive();
    await pass(31_000, 1_000);
    assert.deepEqual(seen.deferrals, ['lane-full']);
    assert.equal(caller.told, 'queued');
    assert.equal(forwarder.received.length, 1);
    forwarder.rule = (received) => received.answer(200);
    forwarder.received[0]?.answer(200);
    await pass(1_200);
    assert.equal(log.row(id).state, 'delivered');
    assert.equal(forwarder.received.length, 2);
  });

  test('whose lease has no room left when their place comes free are put off', async () => {
    const { delivery, forwarder, log, arrive, pass } = harness({
      botHosts: { main: botHostSettings({ concurrency: 1 }) },
    });
    await delivery.start();
    await arrive();
    const { id } = await arrive();
    await pass(30_400, 400);
    forwarder.rule = (received) => received.answer(200);
    forwarder.received[0]?.answer(200);
    await pass(1_500);
    assert.deepEqual(log.row(id).types, ['deferred', 'attempted']);
    assert.equal(forwarder.received.length, 2);
  });

  test('within a slow rate go on when the wall clock is set back', async () => {
    const { delivery, forwarder, arrive, clock, pass } = harness({
      botHosts: { main: botHostSettings({ rate: { requests: 1, per: 600_000 } }) },
    });
    await delivery.start();
    await arrive();
    await arrive();
    forwarder.received[0]?.answer(200);
    await turn();
    assert.equal(forwarder.received.length, 1);
    clock.step(-3_600_000);
    await pass(1_000);
    assert.equal(forwarder.received.length, 2);
    forwarder.received[1]?.answer(200);
    await delivery.stop(1_000);
  });
});
