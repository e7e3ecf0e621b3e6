import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Standing, WebhookEvent, WebhookEventType, WebhookState } from '../../../src/core/state.ts';
import { isTransitionAllowed, webhookStates } from '../../../src/core/state.ts';

const standings: Readonly<Record<WebhookState, Standing>> = {
  pending: { state: 'pending', dueAt: 1, lane: 'retry' },
  delivered: { state: 'delivered' },
  dead: { state: 'dead', reason: 'refused' },
  cancelled: { state: 'cancelled' },
};

function event(type: WebhookEventType, to: WebhookState): WebhookEvent {
  const then = standings[to];
  switch (type) {
    case 'attempted': {
      const outcome = { kind: 'failed', cause: 'timeout', detail: '' } as const;
      return { type, at: 1, attempt: { number: 1, replay: 0, startedAt: 0, durationMs: 1, outcome }, then };
    }
    case 'deferred':
      return { type, at: 1, why: 'lane-full', then };
    case 'replayed':
      return { type, at: 1, replay: 1, by: 'a', reason: 'b', then };
    case 'cancelled':
      return { type, at: 1, by: 'a', reason: 'b', then };
    case 'expired':
      return { type, at: 1, then };
  }
}

const types: readonly WebhookEventType[] = ['attempted', 'deferred', 'replayed', 'cancelled', 'expired'];

// Written out a second time, on purpose: whoever changes the table in the source has to say so here.
const allowed = new Set([
  'pending attempted delivered',
  'pending attempted dead',
  'pending attempted pending',
  'pending deferred pending',
  'pending expired dead',
  'pending cancelled cancelled',
  'delivered replayed pending',
  'dead replayed pending',
  'cancelled replayed pending',
  'cancelled attempted cancelled',
]);

describe('the table of transitions', () => {
  for (const from of webhookStates) {
    test(`${from} is left only as the table says`, () => {
      for (const type of types) {
        for (const to of webhookStates) {
          const name = `${from} ${type} ${to}`;
          assert.equal(isTransitionAllowed(from, event(type, to)), allowed.has(name), name);
        }
      }
    });
  }
});
