// What the tests of `dedupeKey` have in common.
import assert from 'node:assert/strict';
import type { Appended } from '../../src/log/index.ts';
import type { WebhookWish } from '../support/logFixtures.ts';
import { dedupeWindowMs, leaseMs, orderWaitMaxMs } from './engine.ts';
import type { Bench } from './engine.ts';

/** Appends one webhook of the key `e`, as it arrives; what it came back as. */
export async function arrive(
  bench: Bench,
  wish: WebhookWish = {},
  windowMs = dedupeWindowMs,
): Promise<Appended> {
  const webhook = bench.hooks.make({ dedupeKey: 'e', ...wish });
  const { receivedAt: now } = webhook;
  const call = { webhooks: [webhook], leaseMs, orderWaitMaxMs, dedupeWindowMs: windowMs, now };
  const [appended, ...others] = await bench.log.append(call);
  assert.equal(others.length, 0);
  assert.equal(appended?.id, webhook.id);
  return appended;
}

/** What each of several became: a webhook of its own, or a copy of which. */
export const originals = (appended: readonly Appended[]) => appended.map(({ duplicateOf }) => duplicateOf);

/** A copy has no lease; what is written has one here. */
export function assertLeases(appended: readonly Appended[]): void {
  for (const { lease, duplicateOf } of appended) assert.equal(lease === null, duplicateOf !== null);
}
