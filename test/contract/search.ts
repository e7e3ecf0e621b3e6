import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import type { WebhookId } from '../../src/core/ids.ts';
import { deadReasons, webhookStates } from '../../src/core/state.ts';
import type { WebhookFilter } from '../../src/log/index.ts';
import { dawn, deadBy, deliveredBy } from '../support/logFixtures.ts';
import type { WebhookWish } from '../support/logFixtures.ts';
import { arrive } from './copies.ts';
import { dedupeWindowMs } from './engine.ts';
import type { Bench, OnBench } from './engine.ts';

/** How it is asked for webhooks of an event id. */
function eventIds(on: OnBench): void {
  test(
    'are found with all their statuses, in every route or in one, newest first',
    on(async (bench) => {
      const wishes: WebhookWish[] = [
        { eventId: 'p1', dedupeKey: 'p1 created', route: 'pay' },
        { eventId: 'p2', dedupeKey: 'p2 created', route: 'pay' },
        { eventId: 'p1', dedupeKey: 'p1 created', route: 'other' },
        { eventId: 'p1', dedupeKey: 'p1 paid', route: 'pay' },
        { eventId: null, dedupeKey: 'p1', route: 'pay' },
        { eventId: 'p1', dedupeKey: null, route: 'pay' },
        { eventId: 'p1', dedupeKey: null, route: 'pay' },
      ];
      const ids: WebhookId[] = [];
      for (const [at, wish] of wishes.entries()) {
        ids.push((await arrive(bench, { dedupeKey: null, receivedAt: dawn + at, ...wish })).id);
      }
      const expected = (...places: number[]) => places.map((at) => ids[at]);
      for (const again of ['no', 'crash', 'reopen'] as const) {
        if (again !== 'no') await bench[again]();
        assert.deepEqual(await bench.ids({ eventId: 'p1' }), expected(6, 5, 3, 2, 0));
        assert.deepEqual(await bench.ids({ eventId: 'p1', route: 'pay' }), expected(6, 5, 3, 0));
        assert.deepEqual(await bench.ids({ eventId: 'p1', route: 'other' }), expected(2));
        assert.deepEqual(await bench.ids({ eventId: 'p1', route: 'nowhere' }), []);
        assert.deepEqual(await bench.ids({ eventId: 'p2' }), expected(1));
        for (const none of ['P1', 'p', 'p1 ', '', 'p1 paid']) {
          assert.deepEqual(await bench.ids({ eventId: none }), [], none);
        }
        const [summary] = await bench.list({ eventId: 'p2' });
        assert.equal(summary?.eventId, 'p2');
        assert.equal((await bench.get(ids[4]!)).webhook.eventId, null);
      }
    }),
  );

  test(
    'are found to the letter, whatever the letters',
    on(async (bench) => {
      const texts = [
        '',
        ' ',
        '\u00e9',
        'e\u0301',
        '\ud800',
        '\udbff',
        '\ufffd',
        'x'.repeat(2000),
        'a\u0000b',
      ];
      for (const eventId of texts) await bench.appendOne({ eventId });
      for (const eventId of texts) {
        const found = await bench.list({ eventId });
        assert.deepEqual(
          found.map((one) => one.eventId),
          [eventId],
        );
      }
    }),
  );

  test(
    'find a webhook through all its states, and no more when retention has removed it',
    on(async (bench) => {
      for (const state of webhookStates) {
        const id = await bench.inState(state, { eventId: state, dedupeKey: state });
        assert.deepEqual(await bench.ids({ eventId: state }), [id]);
        for (const other of webhookStates) {
          assert.deepEqual(await bench.ids({ eventId: state, state: other }), other === state ? [id] : []);
        }
      }
      const keepMs = { delivered: 0, dead: 0, cancelled: 0 };
      await bench.log.retain({ policy: { keepMs, bytesMax: 1e12 }, now: dawn + 1e9, limit: 100 });
      for (const state of webhookStates) {
        assert.equal((await bench.ids({ eventId: state })).length, state === 'pending' ? 1 : 0);
      }
    }),
  );

  test(
    'that thousands of webhooks have in common find them all, page by page',
    on(async (bench) => {
      const count = 4_500;
      const make = (at: number): WebhookWish => ({
        receivedAt: dawn + at,
        eventId: at % 2 === 0 ? 'paid' : 'created',
        dedupeKey: at % 4 === 0 ? `key ${at}` : null,
        route: at % 3 === 0 ? 'pay' : 'chat',
      });
      for (let at = 0; at < count; at += 500) {
        const hooks = Array.from({ length: 500 }, (_, its) => bench.hooks.make(make(at + its)));
        await bench.append(hooks, dawn + at);
      }
      const found = await bench.list({ eventId: 'paid' }, 700);
      assert.equal(found.length, count / 2);
      assert.deepEqual(
        found.map(({ id }) => id),
        found
          .map(({ id }) => id)
          .toSorted()
          .reverse(),
      );
      assert.equal((await bench.list({ eventId: 'paid', route: 'pay' }, 100)).length, count / 6);
      assert.equal((await bench.list({ eventId: 'paid', state: 'pending' }, 1000)).length, count / 2);
    }),
  );

  test(
    'do not make copies of webhooks: only dedupe keys do',
    on(async (bench) => {
      const first = await arrive(bench, { eventId: 'p1', dedupeKey: 'created' });
      const other = await arrive(bench, { eventId: 'p1', dedupeKey: 'paid' });
      const none = await arrive(bench, { eventId: 'p1', dedupeKey: null });
      assert.deepEqual(
        [first, other, none].map(({ duplicateOf }) => duplicateOf),
        [null, null, null],
      );
      const copy = await arrive(bench, { eventId: 'p1', dedupeKey: 'created' }, dedupeWindowMs);
      assert.equal(copy.duplicateOf, first.id);
      assert.deepEqual(await bench.ids({ eventId: 'p1' }), [none.id, other.id, first.id]);
    }),
  );
}

/** What a search in bodies finds. */
function texts(on: OnBench): void {
  test(
    'is found where the body holds its bytes, to the letter',
    on(async (bench) => {
      const bodies = ['{"note":"caf\u00e9 \u20bf"}', '{"note":"CAF\u00c9"}', '', 'caf', '\u20bf'];
      const ids: WebhookId[] = [];
      for (const [at, body] of bodies.entries()) {
        const request = { body: Buffer.from(body), target: '/needle', headers: ['X-Needle', 'needle'] };
        ids.push((await bench.appendOne({ receivedAt: dawn + at * 1000, request })).id);
      }
      const found = async (filter: WebhookFilter) => (await bench.ids(filter)).map((id) => ids.indexOf(id));
      assert.deepEqual(await found({ text: 'caf' }), [3, 0]);
      assert.deepEqual(await found({ text: 'caf\u00e9' }), [0]);
      assert.deepEqual(await found({ text: '\u20bf' }), [4, 0]);
      assert.deepEqual(await found({ text: 'needle' }), [], 'neither target nor headers');
      assert.deepEqual(await found({ text: 'caf', since: dawn + 1 }), [3]);
      assert.deepEqual(await found({ text: 'caf', until: dawn + 3000 }), [0]);
      assert.deepEqual(await found({ text: '{', state: 'pending', route: 'default' }), [1, 0]);
      assert.deepEqual(await found({ text: '{', state: 'dead' }), []);
    }),
  );

  test(
    'is found in bodies of any bytes and any size',
    on(async (bench) => {
      const body = Buffer.concat([bench.hooks.random.bytes(300_000), Buffer.from('needle')]);
      const { id } = await bench.appendOne({ request: { body } });
      await bench.appendOne({ request: { body: body.subarray(0, -1) } });
      assert.deepEqual(await bench.ids({ text: 'needle' }), [id]);
    }),
  );
}

/** Sixty webhooks, every tenth for somebody, of two routes, every third dead. */
async function sixty(bench: Bench): Promise<void> {
  for (let at = 0; at < 60; at += 1) {
    const user = at % 10 === 0 ? 'rare' : 'often';
    const { lease } = await bench.appendOne({ receivedAt: dawn + at, user, route: at % 2 === 0 ? 'a' : 'b' });
    const reason = deadReasons[at % 3] ?? 'expired';
    await bench.settled(lease, at % 3 === 0 ? deadBy({ then: { state: 'dead', reason } }) : deliveredBy());
  }
}

/** Pages that end for want of time. */
function time(on: OnBench): void {
  const filters: WebhookFilter[] = [
    ...[
      {},
      { user: 'rare' },
      { text: 'n' },
      { status: 503 },
      { route: 'a' },
      { state: 'delivered' as const },
    ],
    ...[{ state: 'dead' as const, route: 'b' }, { deadReason: 'refused' as const }, { eventId: 'none' }],
  ];
  for (const filter of filters) {
    test(
      `that is up ends a page, and the pages together find everything: ${JSON.stringify(filter)}`,
      on(async (bench) => {
        await sixty(bench);
        const whole = await bench.ids(filter);
        const found: string[] = [];
        let cursor: string | null = null;
        let pages = 0;
        do {
          const page = await bench.log.list({
            filter,
            limit: 1000,
            cursor,
            scanMax: 7,
            isTimeUp: () => true,
          });
          found.push(...page.items.map(({ id }) => id));
          assert.ok(page.cursor === null || cursor === null || page.cursor < cursor, 'every page goes on');
          cursor = page.cursor;
          pages += 1;
        } while (cursor !== null);
        assert.deepEqual(found, whole);
        assert.ok(pages <= 61);
      }),
    );
  }

  test(
    'that is not up lets a page go on to its end',
    on(async (bench) => {
      await sixty(bench);
      let asked = 0;
      const isTimeUp = () => ((asked += 1), false);
      const call = { filter: { user: 'rare' }, limit: 1000, cursor: null, scanMax: 1e6, isTimeUp };
      const { items, cursor } = await bench.log.list(call);
      assert.equal(items.length, 6);
      assert.equal(cursor, null);
      assert.ok(asked <= 61);
    }),
  );

  test(
    'that is up after a while hands out what was found until then, and where to go on',
    on(async (bench) => {
      for (let at = 0; at < 3; at += 1) {
        await bench.append(bench.make(400, { receivedAt: dawn + at, user: `user ${at}` }));
      }
      let asked = 0;
      const isTimeUp = () => (asked += 1) > 1;
      const call = { filter: { user: 'user 2' }, limit: 1000, scanMax: 1e6 };
      const first = await bench.log.list({ ...call, cursor: null, isTimeUp });
      assert.ok(first.items.length > 0 && first.items.length <= 400);
      assert.notEqual(first.cursor, null);
      const rest = await bench.log.list({ ...call, cursor: first.cursor });
      assert.equal(first.items.length + rest.items.length, 400);
    }),
  );
}

/** Search by event id and by text, and pages that are bounded in time. */
export function searchSuite(on: OnBench): void {
  describe('event ids', () => eventIds(on));
  describe('a text in the body', () => texts(on));
  describe('time', () => time(on));
}
