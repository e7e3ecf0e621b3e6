import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createHistory } from '../../../src/app/history.ts';
import { createMetering } from '../../../src/app/metering.ts';
import type { DeliveryMetrics } from '../../../src/delivery/index.ts';
import { createMetricRegistry } from '../../../src/metrics/index.ts';
import { manualClock } from '../../support/manualClock.ts';

type AttemptFacts = Parameters<DeliveryMetrics['attempted']>[0];

const attempt: AttemptFacts = {
  botHost: 'main',
  route: 'pay',
  lane: 'live',
  outcome: '2xx',
  state: 'delivered',
  retry: false,
  replay: false,
  durationMs: 100,
  waitedMs: 1,
};

/** A history that counts what goes to real metrics. */
function counted() {
  const clock = manualClock();
  const readings = { pending: 0, pastDueSeconds: 0 };
  const history = createHistory(clock, () => ({ ...readings }));
  const registry = createMetricRegistry();
  const metering = history.counting(createMetering(registry));
  metering.know(['pay'], ['main']);
  return { clock, readings, history, metering, page: async () => (await registry.page()).body };
}

describe('the last hour', () => {
  test('is empty until the first 10 s are over', async () => {
    const { clock, history } = counted();
    await history.start();
    clock.advance(9_999);
    assert.deepEqual(history.samples(), []);
    clock.advance(1);
    assert.deepEqual(history.samples(), [
      {
        ...{ at: clock.now(), received: 0, delivered: 0, dead: 0, refused: 0, duplicates: 0, retries: 0 },
        ...{ pending: 0, pastDueSeconds: 0, waitP95Seconds: null },
      },
    ]);
    await history.stop(0);
  });

  test('counts each interval by itself, and what is read at its end', async () => {
    const { clock, history, metering, readings } = counted();
    await history.start();
    metering.ingress.received('pay', 10);
    metering.ingress.received('pay', 10);
    metering.ingress.refused('banned');
    metering.ingress.duplicate('pay', 'joined');
    metering.delivery.attempted(attempt);
    metering.delivery.attempted({ ...attempt, retry: true, state: 'pending', outcome: '5xx' });
    metering.delivery.died({ route: 'pay', reason: 'exhausted' });
    readings.pending = 3;
    readings.pastDueSeconds = 1.5;
    clock.advance(10_000);
    clock.advance(10_000);
    const [first, second] = history.samples();
    const { received, delivered, dead, refused, duplicates, retries, pending, pastDueSeconds } = first ?? {};
    assert.deepEqual(
      { received, delivered, dead, refused, duplicates, retries, pending, pastDueSeconds },
      {
        received: 2,
        delivered: 1,
        dead: 1,
        refused: 1,
        duplicates: 1,
        retries: 1,
        pending: 3,
        pastDueSeconds: 1.5,
      },
    );
    assert.deepEqual([second?.received, second?.refused, second?.pending], [0, 0, 3]);
    await history.stop(0);
  });

  test('what 95 of 100 callers waited at most is right within 15 %', async () => {
    const { clock, history, metering } = counted();
    await history.start();
    const waits = Array.from({ length: 100 }, (_, at) => (at < 96 ? 0.2 : 9));
    for (const wait of waits) metering.ingress.answered('pay', 'bot', wait);
    clock.advance(10_000);
    for (const wait of [0, 500]) metering.ingress.answered('pay', 'bot', wait);
    clock.advance(10_000);
    const [first, second] = history.samples();
    const p95 = first?.waitP95Seconds ?? 0;
    assert.ok(p95 >= 0.2 && p95 <= 0.2 * 1.15, String(p95));
    assert.ok((second?.waitP95Seconds ?? 0) > 100);
    await history.stop(0);
  });

  test('what is counted here still goes to the metrics', async () => {
    const { metering, page } = counted();
    metering.ingress.received('pay', 10);
    metering.delivery.died({ route: 'pay', reason: 'exhausted' });
    const text = await page();
    assert.match(text, /hookward_received_total\{route="pay"\} 1\n/);
    assert.match(text, /hookward_dead_total\{route="pay",reason="exhausted"\} 1\n/);
  });

  test('holds an hour, and nothing more after its end', async () => {
    const { clock, history } = counted();
    await history.start();
    for (let at = 0; at < 400; at += 1) clock.advance(10_000);
    assert.equal(history.samples().length, 360);
    assert.equal(history.samples().at(-1)?.at, clock.now());
    await history.stop(0);
    clock.advance(60_000);
    assert.equal(history.samples().at(-1)?.at, clock.now() - 60_000);
  });
});
