import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { WebhookEvent } from '../../../src/core/state.ts';
import type { Webhook } from '../../../src/core/webhook.ts';
import type { Log, WebhookFilter } from '../../../src/log/index.ts';
import { dead, delivered, later, listAll, openLog, scratchDir, start, webhook } from './support.ts';

/** Brings webhooks to where `event` leads, in one call; their ids, newest first. */
async function bring(
  log: Log,
  webhooks: readonly Webhook[],
  event: WebhookEvent,
): Promise<readonly WebhookId[]> {
  const call = { webhooks, leaseMs: 1e6, orderWaitMaxMs: 0, dedupeWindowMs: 0, now: start };
  const settlements = (await log.append(call)).flatMap(({ lease }) =>
    lease === null ? [] : [{ lease, event }],
  );
  assert.equal(settlements.length, webhooks.length);
  await log.settle({ settlements, now: start });
  return webhooks.map(({ id }) => id).reverse();
}

const many = (count: number, facts: Partial<Webhook> = {}) =>
  Array.from({ length: count }, (_, at) => webhook({ receivedAt: start + at, ...facts }));

/** What is found while no more than a fifth of the log is looked at. */
async function foundSoon(log: Log, filter: WebhookFilter): Promise<readonly WebhookId[]> {
  const call = { filter, limit: 50, scanMax: 300 };
  const first = await log.list({ ...call, cursor: null });
  if (first.cursor !== null) {
    const { items, cursor } = await log.list({ ...call, cursor: first.cursor });
    assert.deepEqual([items, cursor], [[], null], `a second page of ${JSON.stringify(filter)}`);
  }
  return first.items.map(({ id }) => id);
}

describe('what is rare among many is found without looking at the many', () => {
  test('dead ones of a rare route, a busy route without dead ones, and the few of a reason', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    const rare = await bring(log, many(3, { route: 'rare' }), dead());
    await bring(log, many(1_500, { route: 'busy' }), dead());
    const fine = await bring(log, many(1_500, { route: 'fine' }), delivered());
    assert.deepEqual(await foundSoon(log, { state: 'dead', route: 'rare' }), rare);
    assert.deepEqual(await foundSoon(log, { state: 'cancelled', route: 'fine' }), []);
    await log.replay({ ids: rare.slice(0, 1), by: 'test', reason: 'test', now: start });
    await log.cancel({ ids: fine.slice(0, 1), by: 'test', reason: 'test', now: start });
    assert.deepEqual(await foundSoon(log, { state: 'dead', route: 'rare' }), rare.slice(1));
    assert.deepEqual(await foundSoon(log, { state: 'pending', route: 'rare' }), rare.slice(0, 1));
    assert.deepEqual(await foundSoon(log, { route: 'rare' }), rare);
  });

  test('an event id, and a beginning of an id', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    const [wanted] = await bring(log, many(1, { eventId: 'wanted' }), delivered());
    await bring(log, many(3_000, { eventId: 'other' }), delivered());
    assert.deepEqual(await foundSoon(log, { eventId: 'wanted' }), [wanted]);
    assert.deepEqual(await foundSoon(log, { idPrefix: wanted! }), [wanted]);
  });
});

describe('many pending webhooks of a route', () => {
  test('are found by their due entries while they are few, and by their state beyond', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    const calm = await bring(log, many(5, { route: 'calm' }), later(start + 9_000));
    let busy: readonly WebhookId[] = [];
    for (const lane of ['retry', 'replay', 'live'] as const) {
      busy = [...(await bring(log, many(700, { route: 'busy' }), later(start + 5_000, lane))), ...busy];
      assert.deepEqual(await listAll(log, { state: 'pending', route: 'busy' }), busy.toSorted().reverse());
      assert.deepEqual(await listAll(log, { route: 'busy' }), busy.toSorted().reverse());
      assert.deepEqual(await listAll(log, { state: 'pending', route: 'calm' }), calm);
    }
    assert.equal(busy.length, 2_100);
  });
});
