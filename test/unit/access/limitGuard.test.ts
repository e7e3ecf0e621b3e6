import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  BurstyRateLimiter,
  RateLimiterMemory,
  RateLimiterRes,
  RateLimiterUnion,
} from 'rate-limiter-flexible';
import { HookwardError } from '../../../src/core/errors.ts';
import { guardWith } from '../../../src/access/index.ts';
import type { RateLimit } from '../../../src/access/index.ts';
import { WindowGuard } from '../../../src/access/limitGuard.ts';
import { WindowLimiter } from '../../../src/access/windowLimiter.ts';
import { WindowTable } from '../../../src/access/windowTable.ts';
import { manualClock } from '../../support/manualClock.ts';

const start = 1_750_000_000_000;
const clock = manualClock(start);

function guardOf(limit: RateLimit, keysMax = 1000): WindowGuard {
  return new WindowGuard({ table: new WindowTable({ lanes: 3, keysMax }), limit, clock });
}

/** How many of `calls` at once are let through. */
function passed(guard: WindowGuard, calls: number, now: number): number {
  let through = 0;
  for (let at = 0; at < calls; at += 1) if (guard.take('a', now) === null) through += 1;
  return through;
}

describe('WindowGuard', () => {
  it('lets `requests` through in each window', () => {
    const guard = guardOf({ requests: 5, per: 1000, burst: 0 });
    assert.equal(passed(guard, 20, start), 5);
    assert.equal(passed(guard, 20, start + 999), 0);
    assert.equal(passed(guard, 20, start + 1000), 5);
  });

  it('lets `burst` more through in ten windows', () => {
    const guard = guardOf({ requests: 5, per: 1000, burst: 7 });
    assert.equal(passed(guard, 20, start), 12);
    assert.equal(passed(guard, 20, start + 1000), 5);
    assert.equal(passed(guard, 20, start + 9000), 5);
    assert.equal(passed(guard, 20, start + 10_000), 12);
  });

  it('says when the next call may pass', () => {
    const plain = guardOf({ requests: 1, per: 60_000, burst: 0 });
    plain.take('a', start);
    assert.deepEqual(plain.take('a', start + 1000), { msBeforeNext: 59_000 });
    const bursty = guardOf({ requests: 1, per: 1000, burst: 1 });
    passed(bursty, 2, start);
    assert.deepEqual(bursty.take('a', start + 400), { msBeforeNext: 600 });
  });

  it('counts each key for itself', () => {
    const guard = guardOf({ requests: 1, per: 1000, burst: 0 });
    assert.equal(guard.take('a', start), null);
    assert.equal(guard.take('b', start), null);
    assert.notEqual(guard.take('a', start), null);
  });

  it('goes on with the windows that have begun when the limit is changed', () => {
    const table = new WindowTable({ lanes: 3, keysMax: 10 });
    const first = new WindowGuard({ table, limit: { requests: 5, per: 10_000, burst: 0 }, clock });
    assert.equal(passed(first, 5, start), 5);
    const wider = new WindowGuard({ table, limit: { requests: 8, per: 10_000, burst: 0 }, clock });
    assert.equal(passed(wider, 20, start + 1), 3);
    const narrower = new WindowGuard({ table, limit: { requests: 5, per: 10_000, burst: 0 }, clock });
    assert.equal(passed(narrower, 20, start + 2), 0);
    assert.equal(passed(narrower, 20, start + 10_000), 5);
  });

  it('decides as BurstyRateLimiter does on the same limiters', async () => {
    const steps = fc.array(
      fc.record({ key: fc.constantFrom('a', 'b', 'c'), afterMs: fc.integer({ min: 0, max: 400 }) }),
      { maxLength: 120 },
    );
    const limits = fc.record({
      requests: fc.integer({ min: 1, max: 5 }),
      per: fc.integer({ min: 1, max: 1000 }),
      burst: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(steps, limits, async (calls, limit) => {
        const guard = guardOf(limit);
        const twin = guardOf(limit);
        const library = new BurstyRateLimiter(twin.rate, twin.burst);
        let now = start;
        for (const { key, afterMs } of calls) {
          now += afterMs;
          const expected = await library.consume(key, 1, { now } as never).then(
            () => null,
            (refusal: unknown) => ({ msBeforeNext: (refusal as RateLimiterRes).msBeforeNext }),
          );
          assert.deepEqual(guard.take(key, now), expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('lets through what a simple model lets through', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 });
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 4 }),
        (gaps, requests, burst) => {
          const guard = guardOf({ requests, per: 500, burst });
          const rate = { begun: -Infinity, used: 0 };
          const extra = { begun: -Infinity, used: 0 };
          const spend = (window: typeof rate, length: number, max: number, now: number) => {
            if (now - window.begun >= length) Object.assign(window, { begun: now, used: 0 });
            window.used += 1;
            return window.used <= max;
          };
          let now = start;
          for (const gap of gaps) {
            now += gap;
            const within = spend(rate, 500, requests, now) || (burst > 0 && spend(extra, 5000, burst, now));
            assert.equal(guard.take('a', now) === null, within);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('WindowLimiter', () => {
  const limiterOf = (points: number) =>
    new WindowLimiter({
      table: new WindowTable({ lanes: 1, keysMax: 10 }),
      lane: { lane: 0, windowMs: 1000 },
      points,
      clock,
    });

  it('keeps the contract of the package: consume, penalty, reward, get, set, block, delete', async () => {
    const limiter = limiterOf(2);
    assert.equal(await limiter.get('a'), null);
    const first = await limiter.consume('a');
    assert.equal(first.isFirstInDuration, true);
    assert.equal(first.remainingPoints, 1);
    assert.equal(first.msBeforeNext, 1000);
    await limiter.consume('a');
    await assert.rejects(limiter.consume('a'), RateLimiterRes);
    assert.equal((await limiter.reward('a', 2)).consumedPoints, 1);
    assert.equal((await limiter.penalty('a')).consumedPoints, 2);
    assert.equal((await limiter.get('a'))?.consumedPoints, 2);
    assert.equal((await limiter.set('a', 0, 0.5)).msBeforeNext, 500);
    await limiter.consume('a');
    assert.equal((await limiter.block('a', 0.2)).msBeforeNext, 200);
    await assert.rejects(limiter.consume('a'), RateLimiterRes);
    assert.equal(await limiter.delete('a'), true);
    assert.equal(await limiter.delete('a'), false);
    await limiter.consume('a');
  });

  it('is taken by the package’s own combinations', async () => {
    const union = new RateLimiterUnion(limiterOf(1), limiterOf(5));
    await union.consume('a');
    await assert.rejects(union.consume('a'));
    const insured = new RateLimiterMemory({ points: 1, duration: 1, insuranceLimiter: limiterOf(1) });
    await insured.consume('a');
  });
});

describe('guardWith', () => {
  it('keeps a limit with any limiter of the package', async () => {
    const guard = guardWith(
      new BurstyRateLimiter(
        new RateLimiterMemory({ points: 1, duration: 60 }),
        new RateLimiterMemory({ points: 1, duration: 600 }),
      ),
    );
    assert.equal(await guard.take('a', start), null);
    assert.equal(await guard.take('a', start), null);
    const excess = await guard.take('a', start);
    assert.ok(excess !== null && excess.msBeforeNext > 0 && excess.msBeforeNext <= 60_000);
  });

  it('does not take a failing store for a call within the limit', async () => {
    const guard = guardWith({ consume: () => Promise.reject(new Error('connection lost')) });
    await assert.rejects(
      async () => guard.take('a', start),
      (error) => error instanceof HookwardError && error.code === 'log-failing',
    );
  });
});
