// A log that has seen every event before, for the tests of copies.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Answered } from '../../../src/core/attempt.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { Standing, WebhookEvent } from '../../../src/core/state.ts';
import type { WebhookRecord } from '../../../src/log/index.ts';
import { waitFor } from '../../support/waitFor.ts';
import { appendedAs, route, settings, startIngress, type Harness, type Parts } from './harness.ts';
import { post } from './heldCaller.ts';
import type { RawAnswer } from './rawClient.ts';

export const original = '01980000-0000-7000-8000-00000000000a' as WebhookId;

export const pending: Standing = { state: 'pending', dueAt: 0, lane: 'live' };
export const delivered: Standing = { state: 'delivered' };
export const dead: Standing = { state: 'dead', reason: 'exhausted' };

export const kept: Answered = {
  kind: 'answered',
  status: 201,
  headers: ['X-Bot', '1', 'Content-Length', '4'],
  body: Buffer.from('kept'),
  bodyTruncated: false,
  complete: true,
};

export const attempted = (then: Standing, outcome: Answered = kept): WebhookEvent => {
  const attempt = { number: 1, replay: 0, startedAt: 0, durationMs: 1, outcome };
  return { type: 'attempted', at: 0, attempt, then };
};

/** What is known of the original; `events` end in `standing`. */
export function recordOf(
  standing: Standing,
  events: readonly WebhookEvent[] = [attempted(standing)],
): WebhookRecord {
  const request = { method: 'POST', target: '/hook', headers: [], body: Buffer.alloc(0) } as const;
  return {
    webhook: {
      id: original,
      route: 'hook',
      receivedAt: 0,
      request: { ...request, ip: '192.0.2.1', scheme: 'http' },
      ...{ bot: null, user: null, orderKey: null, sender: null, eventId: '1', dedupeKey: 'plain:["1"]' },
    },
    events,
    duplicates: [],
    standing,
    progress: { attempts: 1, tries: 1, replay: 0, budgetFrom: 0 },
    inFlight: false,
  };
}

/** A log that knows every event, as a copy of `original`; each look at that gives the next of `records`. */
export function knownTo(records: readonly (WebhookRecord | null | Error)[]) {
  let looks = 0;
  return {
    append: (params: Parameters<typeof appendedAs>[0]) =>
      Promise.resolve(appendedAs(params, { duplicateOf: original, id: original })),
    get({ id }: { readonly id: WebhookId }) {
      assert.equal(id, original);
      const record = records[Math.min(looks, records.length - 1)];
      looks += 1;
      return record instanceof Error ? Promise.reject(record) : Promise.resolve(record ?? null);
    },
  };
}

export const dedupe = { key: ['json:/id'], windowMs: 3_600_000, whenDelivered: 'answer' } as const;

export type RouteChanges = Parameters<typeof route>[0];

export const rulesWith = (changes: RouteChanges = {}) =>
  settings({ routes: [route({ dedupe, ...changes })] });

/** A listener whose log has `records` of the original; `asked` lists what was sent again. */
export async function startKnown(
  t: TestContext,
  records: readonly (WebhookRecord | null | Error)[],
  { changes = {}, ...parts }: Parts & { changes?: RouteChanges } = {},
) {
  const asked: WebhookId[] = [];
  const harness = await startIngress(t, {
    log: knownTo(records),
    settings: rulesWith(changes),
    sendAgain: (id) => {
      asked.push(id);
      return Promise.resolve(true);
    },
    ...parts,
  });
  return Object.assign(harness, { asked });
}

export async function send(harness: Harness, bytes = post): Promise<RawAnswer> {
  return (await harness.open()).write(bytes).answer();
}

/** Sends a copy, and waits until it has been joined and judged. */
export async function sendJoining(harness: Harness) {
  const client = (await harness.open()).write(post);
  await waitFor('the copy to be judged', () => harness.duplicates.length === 1);
  return { client, joined: harness.joined[0]! };
}

export function assertCopy(answer: RawAnswer): void {
  assert.deepEqual(answer.all('hookward-id'), [original]);
  assert.deepEqual(answer.all('hookward-duplicate-of'), [original]);
}

export const outcomes = (harness: Harness) => harness.duplicates.map(({ outcome }) => outcome);
