import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HookwardError } from '../../../src/core/errors.ts';
import { waitFor } from '../../support/waitFor.ts';
import { FakeStore, gateBench, gateSettings, outcome } from './support.ts';

const who = { reason: 'floods us', by: 'ann' };

function usageWrong(message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof HookwardError);
    assert.equal(error.code, 'usage-wrong');
    assert.match(error.message, message);
    return true;
  };
}

describe('bans by hand', () => {
  it('are in force and stored when they resolve', async () => {
    const { gate, clock, store, call, observed } = await gateBench();
    const entry = await gate.ban({ ...who, address: '192.0.2.0/24', until: null, now: clock.now() });
    assert.deepEqual(entry, {
      ...who,
      kind: 'ban',
      address: '192.0.2.0/24',
      createdAt: clock.now(),
      until: null,
      strikes: 0,
    });
    assert.deepEqual([...store.entries.values()], [entry]);
    assert.deepEqual(observed.banned, [entry]);
    assert.equal(outcome(call('192.0.2.200')), 'banned');
    assert.equal(outcome(call('::ffff:192.0.2.200')), 'banned');
    assert.equal(outcome(call('192.0.3.1')), 'admitted');
  });

  it('cover the /64 of an IPv6 address, by which callers count', async () => {
    const { gate, clock, call } = await gateBench();
    const entry = await gate.ban({ ...who, address: '2001:db8::1', until: null, now: clock.now() });
    assert.equal(entry.address, '2001:db8::/64');
    assert.equal(outcome(call('2001:db8::2')), 'banned');
    assert.equal((await gate.unban({ address: '2001:db8::3', now: clock.now() })).removed, true);
    assert.equal(outcome(call('2001:db8::2')), 'admitted');
  });

  it('end when they are said to, and leave the store', async () => {
    const { gate, clock, call, store } = await gateBench();
    await gate.ban({ ...who, address: '192.0.2.7', until: clock.now() + 60_000, now: clock.now() });
    clock.advance(59_999);
    assert.equal(outcome(call('192.0.2.7')), 'banned');
    clock.advance(1);
    assert.equal(outcome(call('192.0.2.7')), 'admitted');
    clock.advance(15_000);
    await waitFor('the entry to be gone', () => store.entries.size === 0);
    assert.equal(gate.stats().bans, 0);
  });

  for (const [address, message] of [
    ['10/8', /expected an address or CIDR block/],
    ['10.0.0.0/33', /prefix length/],
    ['10.1.2.3/8', /the block is 10\.0\.0\.0\/8/],
    ['127.0.0.1', /loopback/],
    ['::1', /loopback/],
    ['0.0.0.0/0', /a trusted proxy or loopback/],
    ['::/0', /a trusted proxy or loopback/],
    ['172.16.3.4', /would cover 172\.16\.0\.0\/16, a trusted proxy/],
    ['172.0.0.0/8', /would cover 172\.16\.0\.0\/16, a trusted proxy/],
  ] as const) {
    it(`are refused for ${address}`, async () => {
      const { gate, clock, store } = await gateBench(gateSettings({ trustedProxies: ['172.16.0.0/16'] }));
      await assert.rejects(gate.ban({ ...who, address, until: null, now: clock.now() }), usageWrong(message));
      assert.equal(store.entries.size, 0);
      assert.equal(gate.stats().bans, 0);
    });
  }

  it('are refused when their end has passed, or the table is full', async () => {
    const { gate, clock } = await gateBench(gateSettings({ access: { addressesMax: 2 } }));
    const now = clock.now();
    await assert.rejects(gate.ban({ ...who, address: '192.0.2.1', until: now, now }), usageWrong(/passed/));
    await gate.ban({ ...who, address: '192.0.2.1', until: null, now });
    await gate.ban({ ...who, address: '192.0.2.2', until: null, now });
    await assert.rejects(gate.ban({ ...who, address: '192.0.2.3', until: null, now }), usageWrong(/full/));
    await gate.ban({ ...who, address: '192.0.2.2', until: now + 5, now });
  });

  it('are as they were before when the store fails', async () => {
    const { gate, clock, store, call } = await gateBench();
    const now = clock.now();
    const first = await gate.ban({ ...who, address: '192.0.2.1', until: null, now });
    store.failing = true;
    await assert.rejects(gate.ban({ ...who, address: '192.0.2.2', until: null, now }), /disk full/);
    await assert.rejects(gate.ban({ ...who, address: '192.0.2.1', until: now + 9, now }), /disk full/);
    await assert.rejects(gate.unban({ address: '192.0.2.1', now }), /disk full/);
    assert.equal(outcome(call('192.0.2.1')), 'banned');
    assert.equal(outcome(call('192.0.2.2')), 'admitted');
    assert.deepEqual(gate.list({ kind: 'ban', now }), [first]);
    assert.equal(gate.stats().bans, 1);
  });
});

describe('lifting', () => {
  it('says whether there was such a ban, and what covers the address still', async () => {
    const { gate, clock, call } = await gateBench();
    const now = clock.now();
    const block = await gate.ban({ ...who, address: '192.0.2.0/24', until: null, now });
    await gate.ban({ ...who, address: '192.0.2.7', until: null, now });
    assert.deepEqual(await gate.unban({ address: '192.0.2.7', now }), {
      removed: true,
      stillCoveredBy: block,
    });
    assert.deepEqual(await gate.unban({ address: '192.0.2.7', now }), {
      removed: false,
      stillCoveredBy: block,
    });
    assert.equal(outcome(call('192.0.2.7')), 'banned');
    assert.deepEqual(await gate.unban({ address: '192.0.2.0/24', now }), {
      removed: true,
      stillCoveredBy: null,
    });
    assert.equal(outcome(call('192.0.2.7')), 'admitted');
    await assert.rejects(gate.unban({ address: 'x', now }), usageWrong(/expected/));
  });

  it('of an automatic ban forgets its strikes, in the store too', async () => {
    const { gate, clock, store, call, exceed, observed } = await gateBench(
      gateSettings({ access: { perAddress: { requests: 1, per: 1000, burst: 0 } } }),
    );
    exceed('192.0.2.7', 3);
    assert.equal((await gate.unban({ address: '192.0.2.7', now: clock.now() })).removed, true);
    assert.equal(store.entries.size, 0);
    clock.advance(1000);
    assert.equal(outcome(call('192.0.2.7')), 'admitted');
    exceed('192.0.2.7', 3);
    assert.equal(observed.banned.at(-1)?.strikes, 1);
  });

  it('while the ban itself is still being stored leaves nothing behind', async () => {
    const store = new FakeStore();
    let release = () => {};
    store.hold = new Promise((resolve) => (release = resolve));
    const { gate, clock, exceed, call } = await gateBench(
      gateSettings({ access: { perAddress: { requests: 1, per: 1000, burst: 0 } } }),
      { store },
    );
    exceed('192.0.2.7', 3);
    const lifted = gate.unban({ address: '192.0.2.7', now: clock.now() });
    assert.equal(outcome(call('192.0.2.7')), 'rate-limited', 'it is lifted at once');
    release();
    await lifted;
    await gate.stop(1000);
    assert.equal(store.entries.size, 0);
  });

  it('is followed in the store by a ban that came after it', async () => {
    const store = new FakeStore();
    const { gate, clock, exceed } = await gateBench(
      gateSettings({ access: { perAddress: { requests: 1, per: 1000, burst: 0 } } }),
      { store },
    );
    exceed('192.0.2.7', 3);
    await waitFor('the ban to be stored', () => store.entries.size === 1);
    let release = () => {};
    store.hold = new Promise((resolve) => (release = resolve));
    const lifted = gate.unban({ address: '192.0.2.7', now: clock.now() });
    exceed('192.0.2.7', 3);
    release();
    await lifted;
    await waitFor('the second ban to be stored', () => store.entries.size === 1);
    await gate.stop(1000);
    assert.equal(store.entries.size, 1);
  });
});

describe('the whitelist by hand', () => {
  const enforce = gateSettings({
    access: { whitelist: { mode: 'enforce', addresses: [] }, addressesMax: 3 },
  });

  it('takes exactly the address that was given, of IPv6 too', async () => {
    const { gate, clock, call } = await gateBench(enforce);
    const entry = await gate.allow({ ...who, address: '2001:db8::1', until: null, now: clock.now() });
    assert.equal(entry.address, '2001:db8::1');
    assert.equal(outcome(call('2001:db8::1')), 'admitted');
    assert.equal(outcome(call('2001:db8::2')), 'not-whitelisted');
  });

  it('is kept over restarts, and removed', async () => {
    const { gate, clock, store } = await gateBench(enforce);
    const now = clock.now();
    const block = await gate.allow({ ...who, address: '192.0.2.0/24', until: null, now });
    await gate.allow({ ...who, address: '192.0.2.7', until: now + 1000, now });
    await gate.stop(1000);
    const next = await gateBench(enforce, { clock, store });
    assert.equal(outcome(next.call('192.0.2.7')), 'admitted');
    assert.deepEqual(await next.gate.disallow({ address: '192.0.2.7', now }), {
      removed: true,
      stillCoveredBy: block,
    });
    assert.deepEqual(await next.gate.disallow({ address: '192.0.2.0/24', now }), {
      removed: true,
      stillCoveredBy: null,
    });
    assert.deepEqual(await next.gate.disallow({ address: '192.0.2.0/24', now }), {
      removed: false,
      stillCoveredBy: null,
    });
    assert.equal(outcome(next.call('192.0.2.7')), 'not-whitelisted');
    assert.equal(store.entries.size, 0);
  });

  it('is bounded, and refuses what is no address', async () => {
    const { gate, clock } = await gateBench(enforce);
    const now = clock.now();
    for (const last of [1, 2, 3]) await gate.allow({ ...who, address: `192.0.2.${last}`, until: null, now });
    await assert.rejects(gate.allow({ ...who, address: '192.0.2.4', until: null, now }), usageWrong(/full/));
    await gate.allow({ ...who, address: '192.0.2.3', until: now + 5, now });
    await assert.rejects(gate.allow({ ...who, address: '192/8', until: null, now }), usageWrong(/expected/));
    await assert.rejects(gate.disallow({ address: '', now }), usageWrong(/expected/));
  });

  it('is as it was before when the store fails', async () => {
    const { gate, clock, store } = await gateBench(enforce);
    const now = clock.now();
    const entry = await gate.allow({ ...who, address: '192.0.2.1', until: null, now });
    store.failing = true;
    await assert.rejects(gate.allow({ ...who, address: '192.0.2.2', until: null, now }), /disk full/);
    await assert.rejects(gate.allow({ ...who, address: '192.0.2.1', until: now + 9, now }), /disk full/);
    await assert.rejects(gate.disallow({ address: '192.0.2.1', now }), /disk full/);
    assert.deepEqual(gate.list({ kind: 'whitelist', now }), [entry]);
  });
});

describe('list', () => {
  it('gives entries in force of one kind, newest first', async () => {
    const { gate, clock } = await gateBench();
    for (const last of [1, 2, 3]) {
      await gate.ban({
        ...who,
        address: `192.0.2.${last}`,
        until: clock.now() + last * 1000,
        now: clock.now(),
      });
      clock.advance(500);
    }
    await gate.allow({ ...who, address: '192.0.2.9', until: null, now: clock.now() });
    const addresses = gate.list({ kind: 'ban', now: clock.now() }).map((entry) => entry.address);
    assert.deepEqual(addresses, ['192.0.2.3', '192.0.2.2']);
    assert.equal(gate.list({ kind: 'whitelist', now: clock.now() }).length, 1);
  });
});
