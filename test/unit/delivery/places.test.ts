import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Lane } from '../../../src/core/state.ts';
import { Places } from '../../../src/delivery/places.ts';
import { turn } from './harness.ts';

/** Places whose runs end when they are told to. */
function open({ limit = 2, rate = null as { requests: number; per: number } | null } = {}) {
  const ends: (() => void)[] = [];
  const starts: number[] = [];
  const errors: unknown[] = [];
  const made = { freed: 0 };
  const places = new Places({
    limit,
    rate,
    onFree: () => void (made.freed += 1),
    onThrow: (error) => void errors.push(error),
  });
  const run = () => {
    starts.push(Date.now());
    return new Promise<void>((resolve) => ends.push(resolve));
  };
  const add = (lane: Lane, count = 1) => {
    for (let one = 0; one < count; one += 1) places.add(lane, run);
  };
  return { places, ends, starts, errors, made, add };
}

describe('places', () => {
  test('never more runs than the limit, and the next begins when one ends', async () => {
    const { places, ends, starts, add, made } = open();
    add('live', 5);
    assert.deepEqual([places.running, places.waiting, places.hasRoom], [2, 3, false]);
    ends[0]?.();
    await turn();
    assert.deepEqual([starts.length, places.running, places.waiting, made.freed], [3, 2, 2, 1]);
  });

  test('a raised limit starts more at once, a lowered one lets the running end', async () => {
    const { places, ends, add } = open();
    add('live', 8);
    places.limit = 5;
    assert.equal(places.running, 5);
    places.limit = 1;
    for (const end of ends.slice(0, 4)) end();
    await turn();
    assert.deepEqual([places.running, places.waiting], [1, 3]);
  });

  test('a run that throws gives its place back and is reported, never left unhandled', async () => {
    const { places, errors } = open({ limit: 1 });
    const bug = new Error('bug');
    places.add('live', () => Promise.reject(bug));
    places.add('live', () => {
      throw bug;
    });
    await turn();
    assert.deepEqual(errors, [bug, bug]);
    assert.deepEqual([places.running, places.waiting], [0, 0]);
  });

  test('clearing drops what waits and leaves what runs', async () => {
    const { places, ends, starts, add } = open();
    add('retry', 5);
    places.clear();
    assert.deepEqual([places.running, places.waiting], [2, 0]);
    for (const end of ends) end();
    await places.whenIdle();
    assert.equal(starts.length, 2);
  });

  test('no more begin than the rate allows in any window, fixed or sliding', async (t) => {
    // p-queue reckons by Date and setTimeout. On real ones a pause of the machine between its reckoning and the start
    // itself would be measured as well.
    t.mock.timers.enable({ apis: ['Date', 'setTimeout', 'setInterval'] });
    const rate = { requests: 5, per: 60 };
    const { places, ends, starts } = open({ limit: 100, rate });
    for (let one = 0; one < 22; one += 1) {
      places.add('live', () => {
        starts.push(Date.now());
        return Promise.resolve();
      });
    }
    for (let ms = 0; ms < 10 * rate.per && starts.length < 22; ms += 1) {
      t.mock.timers.tick(1);
      await turn();
    }
    assert.equal(starts.length, 22);
    assert.equal(ends.length, 0);
    starts.forEach((at, index) => {
      const later = starts[index + rate.requests];
      assert.ok(later === undefined || later - at >= rate.per, `six within ${String(rate.per)} ms`);
    });
  });

  test('another rate takes over without letting more run than the limit', async () => {
    const { places, ends, starts, add } = open({ limit: 3 });
    add('live', 3);
    places.setRate({ requests: 1_000, per: 1_000 });
    add('live', 3);
    await turn();
    assert.deepEqual([places.running, starts.length], [3, 3]);
    ends[0]?.();
    await turn();
    assert.deepEqual([places.running, starts.length], [3, 4]);
    for (const end of ends) end();
    await turn();
    for (const end of ends) end();
    await places.whenIdle();
    assert.equal(starts.length, 6);
  });

  test('under any mix of arrivals, ends and limits the cap holds and nothing is lost', async () => {
    const step = fc.oneof(
      fc.constantFrom<Lane>('live', 'retry', 'replay').map((lane) => ({ lane })),
      fc.nat({ max: 20 }).map((end) => ({ end })),
      fc.integer({ min: 1, max: 6 }).map((limit) => ({ limit })),
      fc.integer({ min: 500, max: 600 }).map((requests) => ({ requests })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { places, ends, starts, add } = open({ limit: 3 });
        let added = 0;
        for (const what of steps) {
          const before = places.running;
          if ('lane' in what) {
            add(what.lane);
            added += 1;
          } else if ('end' in what) ends[what.end]?.();
          else if ('limit' in what) places.limit = what.limit;
          else if (places.waiting === 0) places.setRate({ requests: what.requests, per: 1 });
          await turn(1);
          assert.ok(places.running <= Math.max(places.limit, before));
        }
        while (starts.length < added || places.running > 0) {
          for (const end of ends.splice(0)) end();
          await turn(1);
        }
        assert.equal(starts.length, added);
      }),
      { numRuns: 60 },
    );
  });
});
