import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { AttemptOutcome, FailureCause } from '../../../src/core/attempt.ts';
import type { Judged, RetryPolicy } from '../../../src/core/retry.ts';
import type { Standing } from '../../../src/core/state.ts';
import { backoffMs, isRetryable, judge, retryAfterMs } from '../../../src/core/retry.ts';
import { seededRandom } from '../../support/seededRandom.ts';

const now = 1_750_000_000_000;
const policy: RetryPolicy = {
  attemptsMax: 3,
  firstDelayMs: 1_000,
  delayMaxMs: 600_000,
  ageMaxMs: 86_400_000,
  retryAfterMaxMs: 3_600_000,
  statuses: [429, 502, 503, 504],
};

/** Chance that always falls on the same spot. */
const fixed = (fraction: number) => ({ fraction: () => fraction, bytes: () => new Uint8Array(0) });

const answered = (status: number, headers: readonly string[] = []): AttemptOutcome => ({
  kind: 'answered',
  status,
  headers,
  body: new Uint8Array(0),
  bodyTruncated: false,
  complete: true,
});
const failed = (cause: FailureCause): AttemptOutcome => ({ kind: 'failed', cause, detail: '' });

const judged = (outcome: AttemptOutcome, changes: Partial<Judged> = {}): Standing =>
  judge({ outcome, policy, tries: 1, budgetFrom: now, now, random: fixed(0.5), ...changes });

const delivered: Standing = { state: 'delivered' };
const refused: Standing = { state: 'dead', reason: 'refused' };
const exhausted: Standing = { state: 'dead', reason: 'exhausted' };
const expired: Standing = { state: 'dead', reason: 'expired' };
const dueIn = (ms: number): Standing => ({ state: 'pending', dueAt: now + ms, lane: 'retry' });

describe('judge: what a try means for its webhook', () => {
  const stop = ['Webhook-Delivery', ' Abort-Message '];
  const table: readonly [string, Standing, Standing][] = [
    ['200', judged(answered(200)), delivered],
    ['204', judged(answered(204)), delivered],
    ['303, never followed', judged(answered(303, ['Location', '/'])), delivered],
    ['304', judged(answered(304)), delivered],
    ['200 on the last try', judged(answered(200), { tries: 3 }), delivered],
    ['200 that comes too late', judged(answered(200), { budgetFrom: 0 }), delivered],
    ['400', judged(answered(400)), refused],
    ['404', judged(answered(404)), refused],
    ['500, which the list does not name', judged(answered(500)), refused],
    ['501', judged(answered(501)), refused],
    ['429', judged(answered(429)), dueIn(500)],
    ['502', judged(answered(502)), dueIn(500)],
    ['503', judged(answered(503)), dueIn(500)],
    ['504', judged(answered(504)), dueIn(500)],
    ['the second 503', judged(answered(503), { tries: 2 }), dueIn(1_000)],
    ['the last 503', judged(answered(503), { tries: 3 }), exhausted],
    ['503 beyond the age', judged(answered(503), { budgetFrom: now - policy.ageMaxMs }), expired],
    ['the last 503 beyond the age', judged(answered(503), { tries: 3, budgetFrom: 0 }), exhausted],
    ['503 with abort-message', judged(answered(503, stop)), refused],
    ['200 with abort-message', judged(answered(200, stop)), delivered],
    ['429 with a Retry-After that is longer', judged(answered(429, ['Retry-After', '7'])), dueIn(7_000)],
    ['503 with a Retry-After of 0', judged(answered(503, ['retry-after', '0'])), dueIn(500)],
    [
      '503 with a Retry-After beyond the cap',
      judged(answered(503, ['retry-after', '9999'])),
      dueIn(3_600_000),
    ],
    ['503 with a Retry-After in words', judged(answered(503, ['retry-after', 'soon'])), dueIn(500)],
    ['connection refused', judged(failed('connection-refused')), dueIn(500)],
    ['timeout on the last try', judged(failed('timeout'), { tries: 3 }), exhausted],
    ['interrupted by a shutdown', judged(failed('interrupted')), dueIn(0)],
    ['interrupted on the last try', judged(failed('interrupted'), { tries: 3 }), dueIn(0)],
  ];
  for (const [name, standing, expected] of table)
    test(`${name} -> ${expected.state}`, () => assert.deepEqual(standing, expected));

  test('a Retry-After that would end after the age makes the webhook expired', () => {
    const outcome = answered(503, ['Retry-After', '60']);
    const budgetFrom = now - policy.ageMaxMs + 59_999;
    assert.deepEqual(judged(outcome, { budgetFrom }), expired);
    assert.deepEqual(judged(outcome, { budgetFrom: budgetFrom + 1 }), dueIn(60_000));
  });

  test('a route may have another list of statuses', () => {
    const other = { ...policy, statuses: [500] };
    assert.equal(isRetryable(answered(500), other), true);
    assert.deepEqual(judged(answered(503), { policy: other }), refused);
  });

  test('every outcome has a standing, and a pending one is never due in the past', () => {
    const outcome = fc.oneof(
      fc.integer({ min: 100, max: 599 }).map((status) => answered(status)),
      fc
        .tuple(fc.constantFrom(429, 503), fc.string())
        .map(([status, value]) => answered(status, ['Retry-After', value])),
      fc.constantFrom<FailureCause>('timeout', 'tls', 'interrupted', 'unknown').map(failed),
    );
    fc.assert(
      fc.property(outcome, fc.integer({ min: 1, max: 200 }), fc.nat(), (one, tries, seed) => {
        const standing = judged(one, { tries, random: seededRandom(seed) });
        if (standing.state === 'pending') {
          assert.ok(standing.dueAt >= now && standing.dueAt <= now + policy.retryAfterMaxMs);
          assert.ok(tries < policy.attemptsMax || one.kind === 'failed');
        }
      }),
    );
  });
});

describe('backoff', () => {
  test('is a whole number between 0 and the doubled, capped bound', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.nat(), (tries, seed) => {
        const delay = backoffMs(policy, tries, seededRandom(seed));
        const bound = Math.min(policy.delayMaxMs, 1_000 * 2 ** (tries - 1));
        assert.ok(Number.isSafeInteger(delay) && delay >= 0 && delay <= bound);
      }),
    );
  });

  test('reaches both ends of its range: the jitter is full', () => {
    assert.equal(backoffMs(policy, 4, fixed(0)), 0);
    assert.equal(backoffMs(policy, 4, fixed(0.999_999)), 8_000);
    assert.equal(backoffMs(policy, 64, fixed(0.999_999_9)), 600_000);
  });

  test('spreads evenly: the mean of many is half the bound', () => {
    const random = seededRandom(5);
    const sum = Array.from({ length: 4_000 }, () => backoffMs(policy, 3, random)).reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum / 4_000 - 2_000) < 100);
  });
});

describe('Retry-After', () => {
  const table: readonly [string | null, number | null][] = [
    [null, null],
    ['', null],
    ['0', 0],
    ['120', 120_000],
    [' 120 ', 120_000],
    ['99999999999', null],
    ['-1', null],
    ['1.5', null],
    ['1e3', null],
    ['soon', null],
    ['Sun, 15 Jun 2025 15:07:00 GMT', 20_000],
    ['Sunday, 15-Jun-25 15:07:00 GMT', 20_000],
    ['Sun Jun 15 15:07:00 2025 GMT', 20_000],
    ['Sun, 15 Jun 2025 15:00:00 GMT', 0],
    ['Sun, 99 Xxx 2025 15:00:00 GMT', null],
    ['2025-06-15T15:07:00Z', null],
  ];
  for (const [value, expected] of table)
    test(`${JSON.stringify(value)} -> ${String(expected)}`, () =>
      assert.equal(retryAfterMs(value, now), expected));

  test('no text makes it throw, or give anything but null or milliseconds from 0 on', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const ms = retryAfterMs(value, now);
        assert.ok(ms === null || (Number.isFinite(ms) && ms >= 0));
      }),
    );
  });
});
