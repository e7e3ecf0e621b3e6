import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { waitFor } from '../../support/waitFor.ts';
import type { AccessEntry } from '../../../src/access/index.ts';
import { manualClock } from '../../support/manualClock.ts';
import { FakeStore, gateBench, gateSettings, outcome } from './support.ts';

const caller = '198.51.100.9';
const minute = 60_000;
const hour = 3_600_000;
const tight = { requests: 2, per: 1000, burst: 0 };
/** First ban ten minutes, then twice as long, an hour at most; strikes forgotten after an hour of quiet. */
const settings = gateSettings({ access: { perAddress: tight } });

const saved = (store: FakeStore, address = caller) => store.entries.get(`ban ${address}`);

describe('automatic bans', () => {
  it('begin after repeated excess, and say who, why and until when', async () => {
    const { call, exceed, clock, observed } = await gateBench(settings);
    exceed(caller, 2);
    assert.equal(outcome(call(caller)), 'rate-limited', 'the third refusal is still one of the limit');
    assert.deepEqual(call(caller), {
      admitted: false,
      refusal: 'banned',
      retryAfterSeconds: null,
      limit: null,
    });
    assert.deepEqual(observed.banned, [
      {
        kind: 'ban',
        address: caller,
        reason: 'over the rate limit 3 times within 60 s',
        by: 'hookward',
        createdAt: clock.now(),
        until: clock.now() + 10 * minute,
        strikes: 1,
      },
    ]);
    assert.equal(outcome(call('198.51.100.10')), 'admitted', 'its neighbour is not banned');
  });

  it('do not begin for excess that is spread wider than the window', async () => {
    const { exceed, clock, observed } = await gateBench(settings);
    for (let at = 0; at < 10; at += 1) {
      exceed(caller, 2);
      clock.advance(minute);
    }
    assert.deepEqual(observed.banned, []);
  });

  it('do not begin where they are switched off', async () => {
    const off = gateSettings({
      access: { perAddress: tight, bans: { ...settings.access.bans, after: null } },
    });
    const { exceed, observed } = await gateBench(off);
    exceed(caller, 50);
    assert.deepEqual(observed.banned, []);
  });

  it('end, and a call that was refused by one does not count as excess', async () => {
    const { call, exceed, clock } = await gateBench(settings);
    exceed(caller, 3);
    clock.advance(10 * minute - 1);
    for (let at = 0; at < 100; at += 1) assert.equal(outcome(call(caller)), 'banned');
    clock.advance(1);
    assert.equal(outcome(call(caller)), 'admitted');
  });

  it('grow with each that follows, up to the longest', async () => {
    const { exceed, clock, observed } = await gateBench(settings);
    for (let at = 0; at < 6; at += 1) {
      exceed(caller, 3);
      const entry = observed.banned.at(-1);
      assert.ok(entry !== undefined && entry.until !== null);
      clock.advance(entry.until - clock.now() + 1000);
    }
    const minutes = observed.banned.map(({ createdAt, until }) => ((until ?? 0) - createdAt) / minute);
    assert.deepEqual(minutes, [10, 20, 40, 60, 60, 60]);
    assert.deepEqual(
      observed.banned.map(({ strikes }) => strikes),
      [1, 2, 3, 4, 5, 6],
    );
  });

  it('start afresh after a quiet time as long as the longest ban', async () => {
    const { exceed, clock, observed } = await gateBench(settings);
    exceed(caller, 3);
    clock.advance(10 * minute + hour - 1000);
    exceed(caller, 3);
    clock.advance(20 * minute + hour);
    exceed(caller, 3);
    assert.deepEqual(
      observed.banned.map(({ strikes }) => strikes),
      [1, 2, 1],
    );
  });

  it('count IPv6 callers by their /64', async () => {
    const { call, observed } = await gateBench(settings);
    for (let at = 1; at <= 5; at += 1) call(`2001:db8:0:1::${at}`);
    assert.deepEqual(
      observed.banned.map((entry) => entry.address),
      ['2001:db8:0:1::/64'],
    );
    assert.equal(outcome(call('2001:db8:0:1:ffff::1')), 'banned');
    assert.equal(outcome(call('2001:db8:0:2::1')), 'admitted');
  });

  for (const [who, address, why] of [
    ['a trusted proxy', '10.0.0.5', 'trusted-proxy'],
    ['a mapped trusted proxy', '::ffff:10.0.0.5', 'trusted-proxy'],
    ['loopback', '127.0.0.1', 'loopback'],
    ['IPv6 loopback', '::1', 'loopback'],
  ] as const) {
    it(`spare ${who}, and say so once a minute`, async () => {
      const { call, exceed, clock, observed } = await gateBench(
        gateSettings({ trustedProxies: ['10.0.0.0/8'], access: { perAddress: tight } }),
      );
      exceed(address, 50);
      assert.equal(outcome(call(address)), 'rate-limited');
      assert.deepEqual(observed.banned, []);
      assert.deepEqual(observed.spared, [{ address: address.replace('::ffff:', ''), why }]);
      clock.advance(minute);
      exceed(address, 50);
      assert.equal(observed.spared.length, 2);
    });
  }

  it('give way to the bound, the longest unseen first', async () => {
    const { call, exceed, observed, gate, store } = await gateBench(
      gateSettings({ access: { perAddress: tight, addressesMax: 3 } }),
    );
    for (const last of [1, 2, 3]) exceed(`192.0.2.${last}`, 3);
    assert.equal(outcome(call('192.0.2.1')), 'banned');
    exceed('192.0.2.4', 3);
    assert.deepEqual(
      observed.forgotten.map((entry) => entry.address),
      ['192.0.2.2'],
    );
    assert.equal(outcome(call('192.0.2.1')), 'banned');
    assert.notEqual(outcome(call('192.0.2.2')), 'banned');
    assert.equal(gate.stats().bans, 3);
    await waitFor(
      'the store to follow',
      () => store.entries.size === 3 && saved(store, '192.0.2.2') === undefined,
    );
  });

  it('are forgotten in memory and in the store when nothing of them counts any more', async () => {
    const { exceed, clock, store, gate } = await gateBench(settings);
    exceed(caller, 3);
    await waitFor('the ban to be stored', () => saved(store));
    assert.equal(gate.stats().bans, 1);
    clock.advance(11 * minute);
    assert.equal(gate.stats().bans, 0, 'it has ended');
    assert.notEqual(saved(store), undefined, 'its strike is remembered');
    clock.advance(hour);
    await waitFor('the entry to be gone', () => store.entries.size === 0);
  });
});

describe('bans over restarts', () => {
  it('go on, with their strikes', async () => {
    const clock = manualClock();
    const store = new FakeStore();
    const first = await gateBench(settings, { clock, store });
    first.exceed(caller, 3);
    await first.gate.stop(1000);
    clock.advance(4 * minute);
    const second = await gateBench(settings, { clock, store });
    assert.equal(second.gate.stats().bans, 1);
    assert.equal(outcome(second.call(caller)), 'banned');
    clock.advance(6 * minute);
    assert.equal(outcome(second.call(caller)), 'admitted');
    second.exceed(caller, 3);
    assert.equal(second.observed.banned.at(-1)?.strikes, 2);
    await second.gate.stop(1000);
  });

  it('leave an entry alone whose address cannot be read, and say so', async () => {
    const store = new FakeStore();
    const entry: AccessEntry = {
      kind: 'ban',
      address: '10/8',
      reason: '',
      by: '',
      createdAt: 0,
      until: null,
      strikes: 0,
    };
    store.entries.set('ban 10/8', entry);
    const { observed, call } = await gateBench(settings, { store });
    assert.deepEqual(observed.unreadable, [entry]);
    assert.equal(outcome(call('0.0.0.10')), 'admitted');
  });

  it('last no longer than they were meant to when the clock was set back meanwhile', async () => {
    const store = new FakeStore();
    const first = await gateBench(settings, { store });
    first.exceed(caller, 3);
    await first.gate.stop(1000);
    const clock = manualClock(first.clock.now() - 5 * hour);
    const second = await gateBench(settings, { clock, store });
    assert.equal(outcome(second.call(caller)), 'banned');
    clock.advance(10 * minute);
    assert.equal(outcome(second.call(caller)), 'admitted');
  });

  it('leave the start to fail where the store cannot be read', async () => {
    const store = new FakeStore();
    store.listAccess = () => Promise.reject(new Error('damaged'));
    await assert.rejects(gateBench(settings, { store }), /damaged/);
  });
});

describe('bans when the clock steps', () => {
  for (const [step, ms] of [
    ['one hour ahead', hour],
    ['a day ahead', 24 * hour],
    ['two hours back', -2 * hour],
  ] as const) {
    it(`last their time: ${step}`, async () => {
      const { call, exceed, clock, gate } = await gateBench(settings);
      exceed(caller, 3);
      clock.advance(minute);
      clock.step(ms);
      assert.equal(outcome(call(caller)), 'banned');
      const [entry] = gate.list({ kind: 'ban', now: clock.now() });
      assert.equal(entry?.until, clock.now() + 9 * minute, 'and say so');
      clock.advance(9 * minute - 1);
      assert.equal(outcome(call(caller)), 'banned');
      clock.advance(1);
      assert.equal(outcome(call(caller)), 'admitted');
    });
  }

  it('are stored so that they last their time over the next restart', async () => {
    const { exceed, clock, gate, store } = await gateBench(settings);
    exceed(caller, 3);
    await gate.allow({
      address: '192.0.2.0/24',
      reason: 'r',
      by: 'b',
      until: clock.now() + hour,
      now: clock.now(),
    });
    await gate.allow({ address: '192.0.3.0/24', reason: 'r', by: 'b', until: null, now: clock.now() });
    clock.step(5 * hour);
    clock.advance(minute);
    await gate.stop(1000);
    const next = await gateBench(settings, { clock, store });
    assert.equal(outcome(next.call(caller)), 'banned');
    assert.equal(next.gate.stats().whitelistEntries, 2);
    clock.advance(9 * minute);
    assert.equal(outcome(next.call(caller)), 'admitted');
  });
});

describe('bans and a store that fails', () => {
  it('hold at once in memory and are saved when it works again', async () => {
    const store = new FakeStore();
    store.failing = true;
    const { call, exceed, clock, observed, gate } = await gateBench(settings, { store });
    exceed(caller, 3);
    assert.equal(outcome(call(caller)), 'banned');
    await waitFor('the failure to be told', () => observed.failures.length === 1);
    assert.deepEqual(observed.failures, [{ unsaved: 1 }]);
    assert.equal(gate.stats().unsaved, 1);
    clock.advance(1000);
    await waitFor('the second failure', () => observed.failures.length === 2);
    store.failing = false;
    clock.advance(1999);
    assert.equal(saved(store), undefined, 'the second wait is twice as long');
    clock.advance(1);
    await waitFor('the ban to be saved', () => saved(store));
    assert.equal(gate.stats().unsaved, 0);
  });

  it('do not keep a request waiting for a slow one', async () => {
    const store = new FakeStore();
    let release = () => {};
    store.hold = new Promise((resolve) => (release = resolve));
    const { call, exceed } = await gateBench(settings, { store });
    exceed(caller, 3);
    assert.equal(outcome(call(caller)), 'banned');
    release();
    await waitFor('the ban to be saved', () => saved(store));
  });

  it('are given up at the deadline of a stop', async () => {
    const store = new FakeStore();
    store.hold = new Promise(() => {});
    const { exceed, clock, gate } = await gateBench(settings, { store });
    exceed(caller, 3);
    const stopped = gate.stop(500);
    clock.advance(500);
    await stopped;
    const again = gate.stop(0);
    clock.advance(0);
    await again;
  });
});
