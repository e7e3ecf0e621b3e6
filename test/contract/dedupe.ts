import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import type { WebhookId } from '../../src/core/ids.ts';
import { webhookStates } from '../../src/core/state.ts';
import type { Webhook } from '../../src/core/webhook.ts';
import { duplicatesNotedMax } from '../../src/log/index.ts';
import { dawn, deliveredBy, dueAgain } from '../support/logFixtures.ts';
import type { WebhookWish } from '../support/logFixtures.ts';
import { arrive, originals } from './copies.ts';
import { leaseMs, plain } from './engine.ts';
import type { OnBench } from './engine.ts';

/** What a copy comes back as, and what becomes of it. */
function copies(on: OnBench): void {
  test(
    'is not written: it comes back under its own id, without a lease, as the duplicate of the first',
    on(async (bench) => {
      const first = await arrive(bench);
      assert.notEqual(first.lease, null);
      assert.equal(first.duplicateOf, null);
      const copy = await arrive(bench, { receivedAt: dawn + 10 });
      assert.notEqual(copy.id, first.id);
      assert.deepEqual(copy, { id: copy.id, lease: null, duplicateOf: first.id });
      assert.deepEqual(await bench.ids(), [first.id]);
      assert.equal(await bench.log.get({ id: copy.id }), null);
      assert.deepEqual(bench.counts(), [1, 0, 0, 0]);
      assert.equal(bench.log.stats().inFlight, 1);
      assert.deepEqual(
        (await bench.claimAll({ now: dawn + leaseMs })).map(({ webhook }) => webhook.id),
        [first.id],
      );
      await bench.assertCountersExact();
    }),
  );

  test(
    'is one whatever the state of the first, and changes nothing of it',
    on(async (bench) => {
      for (const state of webhookStates) {
        const id = await bench.inState(state, { dedupeKey: state });
        const { duplicates: none, ...before } = await bench.get(id);
        assert.deepEqual(none, []);
        const copy = await arrive(bench, { dedupeKey: state, receivedAt: dawn + 100 });
        assert.equal(copy.duplicateOf, id, state);
        const { duplicates, ...after } = await bench.get(id);
        assert.equal(duplicates.length, 1);
        assert.deepEqual(after, before);
      }
      const dead = await bench.inState('dead', { dedupeKey: 'again' });
      await bench.replay([dead]);
      assert.equal((await arrive(bench, { dedupeKey: 'again' })).duplicateOf, dead);
      await bench.assertCountersExact();
    }),
  );

  test(
    'is known by route and key alone, to the letter',
    on(async (bench) => {
      const keys = ['e', 'E', '', ' ', 'e\u0000', '\u00e9', 'e\u0301', '\ud800', '\udbff', '\ufffd', '0'];
      const routes = ['default', 'other'];
      const made = new Map<string, WebhookId>();
      for (const route of routes)
        for (const dedupeKey of keys) {
          const { id, duplicateOf } = await arrive(bench, { route, dedupeKey });
          assert.equal(duplicateOf, null, `${route} ${JSON.stringify(dedupeKey)}`);
          made.set(route + dedupeKey, id);
        }
      for (const route of routes)
        for (const dedupeKey of keys) {
          const request = { body: Buffer.from('other'), target: '/other', ip: '2001:db8::1' };
          const { duplicateOf } = await arrive(bench, { route, dedupeKey, bot: '9', request });
          assert.equal(duplicateOf, made.get(route + dedupeKey));
        }
    }),
  );

  test(
    'is none without a key, or under the new name of a route',
    on(async (bench) => {
      for (let at = 0; at < 3; at += 1)
        assert.equal((await arrive(bench, { dedupeKey: null })).duplicateOf, null);
      const { id } = await arrive(bench);
      const renamed = await arrive(bench, { route: 'renamed' });
      assert.equal(renamed.duplicateOf, null);
      assert.equal((await arrive(bench, { route: 'renamed' })).duplicateOf, renamed.id);
      assert.equal((await arrive(bench)).duplicateOf, id);
    }),
  );

  for (const again of ['reopen', 'crash'] as const) {
    test(
      `is known over a ${again}, as soon as the first was taken, and so is a copy of it noted before`,
      on(async (bench) => {
        const { id } = await arrive(bench);
        await arrive(bench, { receivedAt: dawn + 1 });
        await bench.append([bench.hooks.make({ receivedAt: dawn + 2 })]);
        await bench[again]();
        assert.equal((await arrive(bench, { receivedAt: dawn + 3 })).duplicateOf, id);
        assert.deepEqual(
          (await bench.get(id)).duplicates.map(({ at }) => at - dawn),
          [1, 3],
        );
      }),
    );
  }

  test(
    'comes out of get and claim with its key and what is known of its sender',
    on(async (bench) => {
      const wishes: WebhookWish[] = [
        { sender: { sender: 'stripe', verdict: 'verified' } },
        { sender: { sender: 'coinpayments-v3', verdict: 'sender-address-wrong' }, dedupeKey: null },
        { sender: { sender: 'hmac', verdict: 'unchecked' }, dedupeKey: '', orderKey: 'k' },
        { dedupeKey: 'x'.repeat(2000) },
        { dedupeKey: '\u20bf\ud800', bot: '', user: null },
      ];
      const webhooks = wishes.map((wish) => bench.hooks.make({ dedupeKey: 'e', ...wish }));
      for (const webhook of webhooks) assert.equal((await bench.append([webhook]))[0]?.duplicateOf, null);
      for (const again of ['no', 'crash', 'reopen'] as const) {
        if (again !== 'no') await bench[again]();
        for (const webhook of webhooks)
          assert.deepEqual(plain((await bench.get(webhook.id)).webhook), plain(webhook));
      }
      const claimed = await bench.claimAll({ now: dawn + leaseMs });
      assert.deepEqual(claimed.map(({ webhook }) => plain(webhook)).sort(byId), webhooks.map(plain));
    }),
  );
}

const byId = (one: Webhook, other: Webhook) => (one.id < other.id ? -1 : 1);

/** What is kept of copies. */
function notes(on: OnBench): void {
  test(
    'are noted with the first in the order in which they came, with time and address',
    on(async (bench) => {
      const { id } = await arrive(bench);
      const other = await arrive(bench, { dedupeKey: 'other' });
      const expected = ['192.0.2.1', '2001:db8::7', '192.0.2.1'].map((ip, at) => ({ at: dawn + at, ip }));
      for (const { at, ip } of expected) await arrive(bench, { receivedAt: at, request: { ip } });
      assert.deepEqual((await bench.get(id)).duplicates, expected);
      assert.deepEqual((await bench.get(other.id)).duplicates, []);
      await bench.reopen();
      assert.deepEqual((await bench.get(id)).duplicates, expected);
    }),
  );

  test(
    'are noted up to the limit, one by one or at once, and are copies beyond it all the same',
    on(async (bench) => {
      const { id } = await arrive(bench);
      const count = duplicatesNotedMax + 5;
      for (let at = 0; at < 30; at += 1) await arrive(bench, { receivedAt: dawn + at });
      const rest = Array.from({ length: count - 30 }, (_, at) =>
        bench.hooks.make({ dedupeKey: 'e', receivedAt: dawn + 30 + at }),
      );
      const inOneCall = await bench.append(rest.slice(0, 20), dawn + 30);
      const atOnce = await Promise.all(rest.slice(20).map((webhook) => bench.append([webhook], dawn + 50)));
      for (const { duplicateOf } of [...inOneCall, ...atOnce.flat()]) assert.equal(duplicateOf, id);
      const noted = (await bench.get(id)).duplicates.map(({ at }) => at - dawn);
      assert.deepEqual(
        noted,
        Array.from({ length: duplicatesNotedMax }, (_, at) => at),
      );
      await bench.reopen();
      assert.equal((await arrive(bench, { receivedAt: dawn + 200 })).duplicateOf, id);
      assert.equal((await bench.get(id)).duplicates.length, duplicatesNotedMax);
    }),
  );

  test(
    'go with their webhook, bytes and all',
    on(async (bench) => {
      await bench.inState('delivered', { receivedAt: dawn - 1 });
      const empty = bench.log.stats().recordBytes;
      for (const dedupeKey of ['e', 'f']) {
        const id = await bench.inState('delivered', { dedupeKey });
        const written = bench.log.stats().recordBytes;
        for (let at = 0; at < 20; at += 1) await arrive(bench, { dedupeKey, receivedAt: dawn + at });
        assert.ok(bench.log.stats().recordBytes > written + 20 * 10, 'notes are counted');
        const policy = { keepMs: { delivered: 60_000, dead: 0, cancelled: 0 }, bytesMax: 1e12 };
        await bench.log.retain({ policy, now: dawn + 59_000, limit: 10 });
        assert.ok(await bench.log.get({ id }));
      }
      const policy = { keepMs: { delivered: 1, dead: 0, cancelled: 0 }, bytesMax: 1e12 };
      const { removed } = await bench.log.retain({ policy, now: dawn + 60_000, limit: 10 });
      assert.equal(removed.delivered, 3);
      assert.ok(bench.log.stats().recordBytes < empty, 'nothing is left of them');
      await bench.crash();
      assert.deepEqual(bench.counts(), [0, 0, 0, 0]);
      assert.ok(bench.log.stats().recordBytes < empty + 300);
    }),
  );
}

/** Copies of webhooks that go one after another. */
function ordered(on: OnBench): void {
  test(
    'never stands in the line of its order key',
    on(async (bench) => {
      const wish = (dedupeKey: string) => ({ dedupeKey, orderKey: 'k' });
      const first = await arrive(bench, wish('a'));
      const second = await arrive(bench, { ...wish('b'), receivedAt: dawn + 1 });
      assert.ok(first.lease);
      assert.deepEqual([second.lease, second.duplicateOf], [null, null], 'it waits, and is no copy');
      const found = [await arrive(bench, wish('b')), await arrive(bench, wish('a'))];
      assert.deepEqual(originals(found), [second.id, first.id]);
      const mixed = await bench.append([
        bench.hooks.make(wish('a')),
        bench.hooks.make(wish('c')),
        bench.hooks.make({ orderKey: 'k' }),
        bench.hooks.make(wish('c')),
        bench.hooks.make({ orderKey: 'other', dedupeKey: 'd' }),
      ]);
      assert.deepEqual(originals(mixed), [first.id, null, null, mixed[1]?.id, null]);
      assert.deepEqual(
        mixed.map(({ lease }) => lease !== null),
        [false, false, false, false, true],
      );
      const line = [second.id, mixed[1]?.id, mixed[2]?.id];
      let { lease } = first;
      for (const next of line) {
        await bench.settled(lease, deliveredBy({ at: dawn + 100 }));
        const [claimed, ...others] = await bench.claimAll({ now: dawn + 100 });
        assert.ok(claimed);
        assert.equal(claimed.webhook.id, next);
        assert.equal(others.length, 0);
        ({ lease } = claimed);
      }
      await bench.settled(lease, deliveredBy({ at: dawn + 100 }));
      assert.deepEqual(bench.counts(), [1, 4, 0, 0]);
      await bench.assertCountersExact();
    }),
  );

  test(
    'of one that is tried again, or waits in line, is one over a crash, too',
    on(async (bench) => {
      const first = await arrive(bench, { dedupeKey: 'a', orderKey: 'k' });
      const second = await arrive(bench, { dedupeKey: 'b', orderKey: 'k' });
      assert.ok(first.lease);
      await bench.settled(first.lease, dueAgain(dawn + 5000));
      await bench.crash();
      assert.equal((await arrive(bench, { dedupeKey: 'a', orderKey: 'k' })).duplicateOf, first.id);
      assert.equal((await arrive(bench, { dedupeKey: 'b', orderKey: 'k' })).duplicateOf, second.id);
      assert.deepEqual(bench.counts(), [2, 0, 0, 0]);
    }),
  );
}

/** `dedupeKey`: one event is one webhook, however often its sender sends it. */
export function dedupeSuite(on: OnBench): void {
  describe('a copy of a webhook', () => copies(on));
  describe('copies of a webhook', () => notes(on));
  describe('a copy of a webhook with an order key', () => ordered(on));
}
