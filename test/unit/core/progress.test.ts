import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FailureCause } from '../../../src/core/attempt.ts';
import type { WebhookEvent } from '../../../src/core/state.ts';
import { advance, freshProgress } from '../../../src/core/progress.ts';

const due = { state: 'pending', dueAt: 9, lane: 'retry' } as const;

const attempted = (cause: FailureCause): WebhookEvent => ({
  type: 'attempted',
  at: 5,
  attempt: {
    number: 1,
    replay: 0,
    startedAt: 4,
    durationMs: 1,
    outcome: { kind: 'failed', cause, detail: '' },
  },
  then: due,
});

test('a webhook that has just arrived has had no try, and its budget begins with its arrival', () => {
  assert.deepEqual(freshProgress(7), { attempts: 0, tries: 0, replay: 0, budgetFrom: 7 });
});

test('a try counts as an attempt and against the budget', () => {
  const progress = [attempted('timeout'), attempted('tls')].reduce(advance, freshProgress(7));
  assert.deepEqual(progress, { attempts: 2, tries: 2, replay: 0, budgetFrom: 7 });
});

test('a try that our own shutdown interrupted is an attempt, but costs no try of the budget', () => {
  const progress = [attempted('interrupted'), attempted('timeout')].reduce(advance, freshProgress(7));
  assert.deepEqual(progress, { attempts: 2, tries: 1, replay: 0, budgetFrom: 7 });
});

test('a replay begins a fresh budget and keeps the count of attempts', () => {
  const replayed: WebhookEvent = { type: 'replayed', at: 50, replay: 2, by: 'a', reason: 'b', then: due };
  const progress = [attempted('timeout'), replayed, attempted('timeout')].reduce(advance, freshProgress(7));
  assert.deepEqual(progress, { attempts: 2, tries: 1, replay: 2, budgetFrom: 50 });
});

test('being put off, cancelled or expired changes nothing', () => {
  const before = { attempts: 3, tries: 2, replay: 1, budgetFrom: 7 };
  const events: readonly WebhookEvent[] = [
    { type: 'deferred', at: 1, why: 'circuit-open', then: due },
    { type: 'cancelled', at: 1, by: 'a', reason: 'b', then: { state: 'cancelled' } },
    { type: 'expired', at: 1, then: { state: 'dead', reason: 'expired' } },
  ];
  for (const event of events) assert.deepEqual(advance(before, event), before, event.type);
});
