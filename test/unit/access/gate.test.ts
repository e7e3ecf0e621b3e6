import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HookwardError } from '../../../src/core/errors.ts';
import { createGate, findAddressProblems, guardWith } from '../../../src/access/index.ts';
import type { WhitelistSettings } from '../../../src/access/index.ts';
import { manualClock } from '../../support/manualClock.ts';
import { FakeStore, address, gateBench, gateSettings, outcome, settled } from './support.ts';

const listed = '192.0.2.7';
const other = '198.51.100.9';

function whitelist(mode: WhitelistSettings['mode'], addresses = ['192.0.2.0/24']): WhitelistSettings {
  return { mode, addresses };
}

const tight = { requests: 2, per: 1000, burst: 0 };

describe('the gate', () => {
  it('admits everyone where nothing is switched on', async () => {
    const { call } = await gateBench();
    assert.deepEqual(call(other), { admitted: true, exempt: false, wouldRefuse: false });
  });

  describe('whitelist', () => {
    it('`off` is not looked at', async () => {
      const { call } = await gateBench(gateSettings({ access: { whitelist: whitelist('off') } }));
      assert.deepEqual(call(other), { admitted: true, exempt: false, wouldRefuse: false });
    });

    it('`enforce` refuses others, and limits those on it', async () => {
      const { call } = await gateBench(
        gateSettings({ access: { whitelist: whitelist('enforce'), perAddress: tight } }),
      );
      assert.deepEqual(call(other), {
        admitted: false,
        refusal: 'not-whitelisted',
        retryAfterSeconds: null,
        limit: null,
      });
      assert.deepEqual(
        [1, 2, 3].map(() => outcome(call(listed))),
        ['admitted', 'admitted', 'rate-limited'],
      );
    });

    it('`exempt` frees those on it from limits and bans, and limits others', async () => {
      const bench = await gateBench(
        gateSettings({ access: { whitelist: whitelist('exempt'), perAddress: tight } }),
      );
      await bench.gate.ban({ address: listed, reason: 'r', by: 'b', until: null, now: bench.clock.now() });
      for (let at = 0; at < 100; at += 1) {
        assert.deepEqual(bench.call(listed), { admitted: true, exempt: true, wouldRefuse: false });
      }
      bench.exceed(other, 3);
      assert.equal(outcome(bench.call(other)), 'banned');
    });

    it('`report` admits others and says that it would have refused them', async () => {
      const { call } = await gateBench(
        gateSettings({ access: { whitelist: whitelist('report'), perAddress: tight } }),
      );
      assert.deepEqual(call(other), { admitted: true, exempt: false, wouldRefuse: true });
      assert.deepEqual(call(listed), { admitted: true, exempt: false, wouldRefuse: false });
      call(other);
      assert.equal(outcome(call(other)), 'rate-limited');
    });

    it('counts entries that people added, while they last', async () => {
      const { gate, call, clock } = await gateBench(
        gateSettings({ access: { whitelist: whitelist('enforce', []) } }),
      );
      assert.equal(outcome(call(other)), 'not-whitelisted');
      const now = clock.now();
      await gate.allow({ address: other, reason: 'r', by: 'b', until: now + 5000, now });
      assert.equal(outcome(call(other)), 'admitted');
      clock.advance(5000);
      assert.equal(outcome(call(other)), 'not-whitelisted');
    });

    it('lists nobody for an address that cannot be parsed', async () => {
      const held = { current: gateSettings() };
      const gate = createGate({ settings: held, store: new FakeStore(), clock: manualClock() });
      await gate.start();
      held.current = gateSettings({ access: { whitelist: whitelist('enforce', ['192/8', '192.0.2.7/24']) } });
      assert.equal(outcome(settled(gate.admit(address(listed), 1))), 'not-whitelisted');
      await gate.stop(0);
    });
  });

  describe('limit per address', () => {
    it('refuses with what the caller needs to know', async () => {
      const { call, clock } = await gateBench(
        gateSettings({ access: { perAddress: { requests: 2, per: 10_000, burst: 0 } } }),
      );
      call(other);
      call(other);
      clock.advance(3500);
      assert.deepEqual(call(other), {
        admitted: false,
        refusal: 'rate-limited',
        retryAfterSeconds: 7,
        limit: { limit: 2, remaining: 0, resetSeconds: 7 },
      });
      clock.advance(6500);
      assert.equal(outcome(call(other)), 'admitted');
    });

    it('never says to come back after 0 seconds', async () => {
      const { call } = await gateBench(
        gateSettings({ access: { perAddress: { requests: 1, per: 5, burst: 0 } } }),
      );
      call(other);
      const verdict = call(other);
      assert.equal(!verdict.admitted && verdict.retryAfterSeconds, 1);
    });

    it('takes the time from the caller', async () => {
      const { gate, clock } = await gateBench(gateSettings({ access: { perAddress: tight } }));
      const at = (ms: number) => outcome(settled(gate.admit(address(other), clock.now() + ms)));
      assert.deepEqual([at(0), at(0), at(0), at(1000)], ['admitted', 'admitted', 'rate-limited', 'admitted']);
    });
  });

  describe('route', () => {
    const routes = [
      { name: 'open', rateLimit: null, whitelist: null },
      { name: 'limited', rateLimit: tight, whitelist: null },
      { name: 'listed', rateLimit: tight, whitelist: whitelist('enforce') },
      { name: 'free', rateLimit: tight, whitelist: whitelist('exempt') },
      { name: 'watched', rateLimit: null, whitelist: whitelist('report') },
    ];
    const bench = async () => {
      const { gate, clock } = await gateBench(gateSettings({ routes, access: { perAddress: null } }));
      return (text: string, route: string, exempt = false) =>
        settled(gate.admitToRoute(address(text), route, { exempt, now: clock.now() }));
    };

    it('admits on a route without rules, and on one that is not known', async () => {
      const toRoute = await bench();
      assert.equal(outcome(toRoute(other, 'open')), 'admitted');
      assert.equal(outcome(toRoute(other, 'no-such-route')), 'admitted');
      assert.equal(outcome(toRoute(other, '__proto__')), 'admitted');
    });

    it('limits all callers together', async () => {
      const toRoute = await bench();
      toRoute(other, 'limited');
      toRoute(listed, 'limited');
      const verdict = toRoute('203.0.113.1', 'limited');
      assert.deepEqual(verdict, {
        admitted: false,
        refusal: 'route-rate-limited',
        retryAfterSeconds: 1,
        limit: { limit: 2, remaining: 0, resetSeconds: 1 },
      });
      assert.deepEqual(toRoute(other, 'limited', true), { admitted: true, exempt: true, wouldRefuse: false });
    });

    it('keeps its own whitelist, for exempt callers too', async () => {
      const toRoute = await bench();
      assert.equal(outcome(toRoute(other, 'listed')), 'not-whitelisted');
      assert.equal(outcome(toRoute(other, 'listed', true)), 'not-whitelisted');
      assert.equal(outcome(toRoute(listed, 'listed')), 'admitted');
      for (let at = 0; at < 10; at += 1) assert.equal(outcome(toRoute(listed, 'free')), 'admitted');
      assert.deepEqual(toRoute(other, 'watched'), { admitted: true, exempt: false, wouldRefuse: true });
      assert.deepEqual(toRoute(other, 'watched', true), { admitted: true, exempt: true, wouldRefuse: true });
      assert.deepEqual(toRoute(listed, 'watched'), { admitted: true, exempt: false, wouldRefuse: false });
    });

    it('bans nobody for what all callers did together', async () => {
      const { gate, clock, observed } = await gateBench(gateSettings({ routes }));
      for (let at = 0; at < 50; at += 1) {
        await gate.admitToRoute(address(other), 'limited', { exempt: false, now: clock.now() });
      }
      assert.deepEqual(observed.banned, []);
    });
  });

  describe('reload', () => {
    it('changes limits without emptying windows or lifting bans', async () => {
      const route = { name: 'r', rateLimit: tight, whitelist: null };
      const bench = await gateBench(gateSettings({ access: { perAddress: tight }, routes: [route] }));
      const { gate, clock, call } = bench;
      bench.exceed('203.0.113.1', 3);
      call(other);
      call(other);
      const toRoute = () =>
        outcome(settled(gate.admitToRoute(address(other), 'r', { exempt: false, now: clock.now() })));
      toRoute();
      toRoute();
      const more = { requests: 3, per: 1000, burst: 0 };
      bench.reload(
        gateSettings({
          access: { perAddress: more, addressesMax: 2000 },
          routes: [{ ...route, rateLimit: more }],
        }),
      );
      assert.deepEqual(
        [1, 2].map(() => outcome(call(other))),
        ['admitted', 'rate-limited'],
      );
      assert.deepEqual([1, 2].map(toRoute), ['admitted', 'route-rate-limited']);
      assert.equal(outcome(call('203.0.113.1')), 'banned');
    });

    it('applies a new whitelist at once', async () => {
      const bench = await gateBench();
      assert.equal(outcome(bench.call(other)), 'admitted');
      bench.reload(gateSettings({ access: { whitelist: whitelist('enforce') } }));
      assert.equal(outcome(bench.call(other)), 'not-whitelisted');
    });

    it('forgets the longest unseen addresses when fewer are to be remembered', async () => {
      const bench = await gateBench(gateSettings({ access: { perAddress: tight } }));
      for (let at = 0; at < 50; at += 1) bench.call(`10.0.0.${at}`);
      assert.equal(bench.gate.stats().addresses, 50);
      bench.reload(gateSettings({ access: { perAddress: tight, addressesMax: 20 } }));
      bench.call(other);
      assert.equal(bench.gate.stats().addresses, 20);
    });
  });

  it('refuses to start with addresses that are none, and names the place', async () => {
    const settings = gateSettings({
      trustedProxies: ['10/8'],
      access: { whitelist: whitelist('off', ['10.0.0.0/8', '10.0.0.0/33']) },
      routes: [
        { name: 'a', rateLimit: null, whitelist: null },
        { name: 'b', rateLimit: null, whitelist: whitelist('enforce', ['10.1.0.0/8']) },
      ],
    });
    assert.deepEqual(
      findAddressProblems(settings).map(({ path }) => path.join('.')),
      ['trustedProxies.0', 'access.whitelist.addresses.1', 'routes.1.whitelist.addresses.0'],
    );
    const gate = createGate({
      settings: { current: settings },
      store: new FakeStore(),
      clock: manualClock(),
    });
    await assert.rejects(gate.start(), (error) => {
      assert.ok(error instanceof HookwardError);
      assert.equal(error.code, 'config-invalid');
      assert.match(error.message, /^trustedProxies\.0: expected an address/);
      return true;
    });
  });

  it('decides by promise where limits are kept elsewhere', async () => {
    let left = 2;
    const { gate, clock, observed } = await gateBench(
      gateSettings({
        access: { perAddress: tight, bans: { after: 1, within: 1000, for: 1000, growth: 1, max: 1000 } },
        routes: [{ name: 'r', rateLimit: tight, whitelist: null }],
      }),
      {
        guardFor: () => ({
          take: () => Promise.resolve(left-- > 0 ? null : { msBeforeNext: 2500 }),
        }),
      },
    );
    const context = { exempt: false, now: clock.now() };
    assert.equal(outcome(await gate.admit(address(other), clock.now())), 'admitted');
    assert.equal(outcome(await gate.admitToRoute(address(other), 'r', context)), 'admitted');
    const verdict = await gate.admitToRoute(address(other), 'r', context);
    assert.equal(!verdict.admitted && verdict.retryAfterSeconds, 3);
    assert.equal(outcome(await gate.admit(address(other), clock.now())), 'rate-limited');
    assert.equal(observed.banned.length, 1);
    assert.equal(outcome(await gate.admit(address(other), clock.now())), 'banned');
  });

  it('lets nobody in when limits that are kept elsewhere fail', async () => {
    const { gate, clock } = await gateBench(gateSettings({ access: { perAddress: tight } }), {
      guardFor: () => guardWith({ consume: () => Promise.reject(new Error('down')) }),
    });
    await assert.rejects(
      async () => gate.admit(address(other), clock.now()),
      (error) => error instanceof HookwardError && error.code === 'log-failing',
    );
  });

  it('remembers a bounded number of 300,000 addresses, and no timer for any', async () => {
    const { gate, clock } = await gateBench(
      gateSettings({ access: { perAddress: { requests: 50, per: 1000, burst: 200 }, addressesMax: 20_000 } }),
    );
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    for (let at = 0; at < 300_000; at += 1) {
      const text = `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`;
      assert.equal(settled(gate.admit({ text, countedAs: text }, clock.now())).admitted, true);
    }
    assert.equal(timers(), before);
    const stats = gate.stats();
    assert.equal(stats.addresses, 20_000);
    assert.equal(stats.addressesForgotten, 280_000);
  });
});
