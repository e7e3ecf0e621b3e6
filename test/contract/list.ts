import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { HookwardError } from '../../src/core/errors.ts';
import type { Webhook } from '../../src/core/webhook.ts';
import { webhookStates } from '../../src/core/state.ts';
import type { WebhookFilter, WebhookSummary } from '../../src/log/index.ts';
import { answered, dawn, deadBy, deliveredBy, dueAgain, failed } from '../support/logFixtures.ts';
import type { Bench, OnBench } from './engine.ts';

/** Forty webhooks of every kind; what a list of them must say, newest first, is what comes back. */
async function crowd(bench: Bench): Promise<WebhookSummary[]> {
  const webhooks: Webhook[] = [];
  for (let at = 0; at < 40; at += 1) {
    webhooks.push(
      bench.hooks.make({
        receivedAt: dawn + at * 1000,
        route: ['pay', 'pay-out', 'chat'][at % 3] ?? '',
        bot: at % 4 === 0 ? null : `bot${at % 4}`,
        user: at % 5 === 0 ? null : `user:${at % 5}`,
        eventId: at % 3 === 0 ? null : `event-${at % 6}`,
        dedupeKey: at % 3 === 1 ? `event-${at % 6}-${at}` : null,
        request: { body: bench.hooks.random.bytes(at * 10), method: at % 7 === 0 ? 'GET' : 'POST' },
      }),
    );
  }
  const appended = await bench.append(webhooks, dawn);
  const reasons = ['exhausted', 'refused', 'expired'] as const;
  for (const [at, { id, lease }] of appended.entries()) {
    assert.ok(lease);
    const kind = at % 8;
    const outcome = at % 16 < 8 ? answered([404, 410, 503][at % 3] ?? 500) : failed('timeout');
    if (kind === 0) await bench.settled(lease, deliveredBy({ outcome: answered(at % 16 === 0 ? 200 : 302) }));
    if (kind === 1 || kind === 2 || kind === 3)
      await bench.settled(
        lease,
        deadBy({ then: { state: 'dead', reason: reasons[kind - 1] ?? 'expired' }, outcome }),
      );
    if (kind === 4) await bench.cancel([id], dawn + 100_000);
    if (kind === 5) await bench.settled(lease, dueAgain(dawn + 900_000, { outcome }));
    if (kind === 6) {
      await bench.settled(lease, deadBy({ outcome }));
      await bench.replay([id], dawn + 200_000);
    }
  }
  const records = await Promise.all(webhooks.map(({ id }) => bench.get(id)));
  return records.toReversed().map(({ webhook, standing, progress, events }) => {
    const tries = events.flatMap((event) => (event.type === 'attempted' ? [event.attempt.outcome] : []));
    const last = tries.at(-1);
    return {
      id: webhook.id,
      route: webhook.route,
      receivedAt: webhook.receivedAt,
      method: webhook.request.method,
      target: webhook.request.target,
      ip: webhook.request.ip,
      bot: webhook.bot,
      user: webhook.user,
      eventId: webhook.eventId,
      bodyBytes: webhook.request.body.length,
      standing,
      attempts: progress.attempts,
      replay: progress.replay,
      lastStatus: tries.findLast((outcome) => outcome.kind === 'answered')?.status ?? null,
      lastFailure: last?.kind === 'failed' ? last.cause : null,
    };
  });
}

/** The filter, said once more in the plainest way. */
function matches(filter: WebhookFilter, one: WebhookSummary): boolean {
  const { state, deadReason, since, until, status, idPrefix } = filter;
  const isSame = (['route', 'bot', 'user', 'eventId'] as const).every(
    (name) => filter[name] === undefined || one[name] === filter[name],
  );
  return (
    isSame &&
    (state === undefined || one.standing.state === state) &&
    (deadReason === undefined || (one.standing.state === 'dead' && one.standing.reason === deadReason)) &&
    (since === undefined || one.receivedAt >= since) &&
    (until === undefined || one.receivedAt < until) &&
    (status === undefined || one.lastStatus === status) &&
    (idPrefix === undefined || one.id.startsWith(idPrefix))
  );
}

function filters(all: readonly WebhookSummary[]): WebhookFilter[] {
  const middle = all[20];
  assert.ok(middle);
  const single: WebhookFilter[] = [
    {},
    ...webhookStates.map((state) => ({ state })),
    ...(['exhausted', 'refused', 'expired'] as const).map((deadReason) => ({ deadReason })),
    { route: 'pay' },
    { route: 'pay-out' },
    { route: 'nowhere' },
    { since: middle.receivedAt },
    { since: middle.receivedAt + 1 },
    { until: middle.receivedAt },
    { until: middle.receivedAt + 1 },
    { since: dawn + 10_000, until: dawn + 10_000 },
    { since: dawn + 30_000, until: dawn + 10_000 },
    { bot: 'bot1' },
    { bot: 'bot' },
    { user: 'user:2' },
    ...[200, 302, 404, 410, 503, 201].map((status) => ({ status })),
    ...[1, 8, 9, 12, 18, 30, 36].map((length) => ({ idPrefix: middle.id.slice(0, length) })),
    ...['event-1', 'event-2', 'event-4', 'event-5', 'event', ''].map((eventId) => ({ eventId })),
    { idPrefix: 'ffff' },
    { idPrefix: '' },
    { idPrefix: `${middle.id}0` },
  ];
  const joined: WebhookFilter[] = [
    { state: 'dead', deadReason: 'refused' },
    { state: 'delivered', deadReason: 'refused' },
    { state: 'dead', route: 'chat' },
    { state: 'pending', route: 'pay', since: dawn + 5000, until: dawn + 30_000 },
    { route: 'chat', bot: 'bot2', user: 'user:2' },
    { deadReason: 'expired', route: 'pay' },
    { state: 'cancelled', route: 'pay-out' },
    { state: 'delivered', route: 'pay' },
    { status: 404, route: 'pay-out' },
    { eventId: 'event-2', route: 'chat' },
    { eventId: 'event-4', state: 'dead', since: dawn + 9000 },
    { eventId: 'event-5', idPrefix: middle.id.slice(0, 12), user: 'user:3' },
    { state: 'delivered', status: 302 },
    { state: 'dead', status: 404, since: dawn + 9000 },
    { idPrefix: middle.id.slice(0, 9), state: middle.standing.state, route: middle.route },
  ];
  return [...single, ...joined];
}

/** `get` and `list`. */
export function listSuite(on: OnBench): void {
  describe('list', () => {
    test(
      'says of each webhook what its record says, newest first',
      on(async (bench) => {
        const expected = await crowd(bench);
        assert.deepEqual(await bench.list(), expected);
        await bench.reopen();
        assert.deepEqual(await bench.list(), expected);
        await bench.assertCountersExact();
      }),
    );

    for (const [limit, scanMax] of [
      [1000, 100_000],
      [3, 100_000],
      [1, 100_000],
      [7, 4],
      [100, 1],
    ] as const) {
      test(
        `finds by every filter exactly what it should, in pages of ${limit}, looking at no more than ${scanMax}`,
        on(async (bench) => {
          const all = await crowd(bench);
          for (const filter of filters(all)) {
            const expected = all.filter((one) => matches(filter, one)).map(({ id }) => id);
            const found = (await bench.list(filter, limit, scanMax)).map(({ id }) => id);
            assert.deepEqual(found, expected, JSON.stringify(filter));
          }
        }),
      );
    }

    test(
      'tells of the last answer, and of a failure only where the last try ended in one',
      on(async (bench) => {
        const { id, lease } = await bench.appendOne();
        let current = lease;
        const story = [
          [answered(503), 503, null],
          [answered(404), 404, null],
          [failed('timeout'), 404, 'timeout'],
          [failed('tls'), 404, 'tls'],
          [answered(503), 503, null],
        ] as const;
        for (const [outcome, lastStatus, lastFailure] of story) {
          await bench.settled(current, dueAgain(dawn, { outcome }));
          const [summary] = await bench.list();
          assert.deepEqual([summary?.lastStatus, summary?.lastFailure], [lastStatus, lastFailure]);
          assert.deepEqual(await bench.ids({ status: lastStatus }), [id]);
          assert.deepEqual(await bench.ids({ status: lastStatus === 503 ? 404 : 503 }), []);
          const [claimed] = (await bench.claim({ lane: 'retry' })).claimed;
          assert.ok(claimed);
          current = claimed.lease;
        }
      }),
    );

    test(
      'ends a page early rather than look at more than it may',
      on(async (bench) => {
        await bench.append(bench.make(100, { user: 'often' }));
        const { id } = await bench.appendOne({ user: 'often', receivedAt: dawn + 1000 });
        const pages = await bench.pages({ user: 'often' }, 1000, 10);
        assert.ok(pages.length >= 10, 'a page of no more than the webhooks looked at');
        assert.ok(pages.every(({ items }) => items.length <= 10));
        assert.equal(pages.flatMap(({ items }) => items).length, 101);
        assert.equal(pages[0]?.items[0]?.id, id);
      }),
    );

    test(
      'skips and repeats nothing while newer ones arrive between pages',
      on(async (bench) => {
        const first = bench.make(50);
        await bench.append(first);
        const seen: string[] = [];
        let cursor: string | null = null;
        let round = 0;
        do {
          const page = await bench.log.list({ filter: {}, limit: 7, cursor, scanMax: 1000 });
          seen.push(...page.items.map(({ id }) => id));
          cursor = page.cursor;
          await bench.append(bench.make(9, { receivedAt: dawn + 1000 + round++ }));
        } while (cursor !== null);
        assert.deepEqual(seen, first.map(({ id }) => id).reverse());
      }),
    );

    for (const filter of [
      {},
      { state: 'dead' },
      { route: 'default' },
      { state: 'dead', route: 'default' },
    ] as const) {
      test(
        `by ${JSON.stringify(filter)} repeats nothing, and skips nothing that stays, while records change between pages`,
        on(async (bench) => {
          const appended = await bench.append(bench.make(60));
          const settlements = appended.map(({ lease }) => {
            assert.ok(lease);
            return { lease, event: deadBy() };
          });
          await bench.log.settle({ settlements, now: dawn });
          const moving = new Set(appended.filter((_, at) => at % 3 === 0).map(({ id }) => id));
          const seen: string[] = [];
          let cursor: string | null = null;
          let now = dawn + 1000;
          do {
            const page = await bench.log.list({ filter, limit: 8, cursor, scanMax: 1000 });
            seen.push(...page.items.map(({ id }) => id));
            cursor = page.cursor;
            // Those that move: dead, pending, and dead again, one half of them a page out of step with the other.
            now += 1000;
            const stir = [...moving].filter((_, at) => at % 2 === (now / 1000) % 2);
            await bench.replay(stir, now);
            const { claimed } = await bench.claim({ lane: 'replay', now, limit: 7 });
            await bench.log.settle({
              settlements: claimed.map(({ lease }) => ({ lease, event: deadBy({ at: now }) })),
              now,
            });
          } while (cursor !== null);
          assert.equal(new Set(seen).size, seen.length, 'nothing twice');
          assert.deepEqual([...seen].sort().reverse(), seen, 'newest first throughout');
          const still = appended.map(({ id }) => id).filter((id) => !moving.has(id));
          const missed = still.filter((id) => !seen.includes(id));
          assert.deepEqual(missed, [], 'nothing skipped that matched all the time');
          await bench.assertCountersExact();
        }),
      );
    }

    test(
      'goes on from a cursor whose webhook has been removed, and after a reopen',
      on(async (bench) => {
        for (let at = 0; at < 20; at += 1) await bench.inState('delivered', { receivedAt: dawn + at });
        const all = await bench.ids();
        const page = await bench.log.list({ filter: {}, limit: 5, cursor: null, scanMax: 1000 });
        const keepMs = { delivered: 0, dead: 0, cancelled: 0 };
        // The whole log goes but for what arrives afterwards.
        await bench.log.retain({ policy: { keepMs, bytesMax: 1e12 }, now: dawn + 1e9, limit: 1000 });
        const { id } = await bench.appendOne({ receivedAt: dawn + 2e9 });
        await bench.reopen();
        const rest = await bench.log.list({ filter: {}, limit: 100, cursor: page.cursor, scanMax: 1000 });
        assert.deepEqual(rest.items, []);
        assert.equal(page.items.length, 5);
        assert.deepEqual(await bench.ids(), [id]);
        assert.equal(all.length, 20);
      }),
    );

    test(
      'survives a cursor that it never gave',
      on(async (bench) => {
        await bench.append(bench.make(3));
        for (const cursor of ['', 'x', '\u0000', '../..', '{}', 'z'.repeat(10_000)]) {
          const outcome = await bench.log
            .list({ filter: {}, limit: 10, cursor, scanMax: 100 })
            .catch((error: unknown) => error);
          if (outcome instanceof Error) assert.ok(outcome instanceof HookwardError, String(outcome));
        }
        assert.equal((await bench.list()).length, 3);
      }),
    );
  });

  describe('get', () => {
    test(
      'finds by the whole id only, and null is the answer for any other',
      on(async (bench) => {
        const [one, between, two] = bench.make(3);
        assert.ok(one && between && two);
        await bench.append([one, two]);
        assert.equal((await bench.get(one.id)).webhook.id, one.id);
        assert.equal((await bench.get(two.id)).webhook.id, two.id);
        assert.equal(await bench.log.get({ id: between.id }), null);
      }),
    );
  });
}
