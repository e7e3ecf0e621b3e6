import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness, turn } from './harness.ts';

test('a live webhook is tried at once, its answer relayed and its outcome settled', async () => {
  const { delivery, forwarder, log, arrive } = harness();
  await delivery.start();
  const { id, caller } = await arrive();
  assert.equal(forwarder.received.length, 1);
  forwarder.received[0]!.answer(200, ['Content-Type', 'text/plain'], 'hello');
  await turn();
  assert.equal(caller.head?.status, 200);
  assert.equal(caller.body, 'hello');
  assert.equal(caller.told, 'end');
  assert.deepEqual(log.row(id).standing, { state: 'delivered' });
  assert.equal(delivery.stats().botHosts['main']?.inFlight, 0);
});

test('503 twice and then 200 inside the budget: the caller gets the 200', async () => {
  const { delivery, forwarder, log, arrive, pass } = harness();
  await delivery.start();
  let tries = 0;
  forwarder.rule = (received) => received.answer((tries += 1) < 3 ? 503 : 200, [], `try ${String(tries)}`);
  const { id, caller } = await arrive();
  await pass(8_000);
  assert.equal(caller.head?.status, 200);
  assert.equal(caller.body, 'try 3');
  assert.equal(log.row(id).progress.attempts, 3);
  assert.deepEqual(log.row(id).standing, { state: 'delivered' });
});
