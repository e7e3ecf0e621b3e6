// A sender that is listed and refused by a limit all the same is a mistake of the configuration, so it is counted apart.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { address, gateBench, gateSettings, outcome, settled } from './support.ts';

const tight = { requests: 1, per: 1000, burst: 0 };
const listed = '192.0.2.7';
const other = '198.51.100.9';
const addresses = ['192.0.2.0/24'];

describe('refusals by a limit of listed addresses', () => {
  it('are counted where the general whitelist lists the address', async () => {
    const { call, gate } = await gateBench(
      gateSettings({ access: { whitelist: { mode: 'report', addresses }, perAddress: tight } }),
    );
    for (const from of [listed, other]) call(from);
    assert.equal(gate.stats().listedLimited, 0);
    for (const from of [other, listed, listed]) assert.equal(outcome(call(from)), 'rate-limited');
    assert.equal(gate.stats().listedLimited, 2);
  });

  it("are counted where only a route's whitelist lists it, for the limit per address comes first", async () => {
    const { call, gate } = await gateBench(
      gateSettings({
        access: { perAddress: tight },
        routes: [{ name: 'pay', rateLimit: null, whitelist: { mode: 'enforce', addresses } }],
      }),
    );
    for (const from of [listed, other, listed, other]) call(from);
    assert.equal(gate.stats().listedLimited, 1);
  });

  it("are counted at a route's own limit", async () => {
    const { gate, clock } = await gateBench(
      gateSettings({
        routes: [{ name: 'pay', rateLimit: tight, whitelist: { mode: 'enforce', addresses } }],
      }),
    );
    const call = () =>
      outcome(settled(gate.admitToRoute(address(listed), 'pay', { exempt: false, now: clock.now() })));
    assert.deepEqual([call(), call()], ['admitted', 'route-rate-limited']);
    assert.equal(gate.stats().listedLimited, 1);
  });

  it('are counted for an address that a person added, and not by a whitelist that is off', async () => {
    const added = { address: other, reason: 'partner', by: 'ops', until: null, now: 0 };
    for (const [mode, count] of [
      ['report', 1],
      ['off', 0],
    ] as const) {
      const { call, gate } = await gateBench(
        gateSettings({ access: { whitelist: { mode, addresses }, perAddress: tight } }),
      );
      await gate.allow(added);
      for (const from of [other, other]) call(from);
      assert.equal(gate.stats().listedLimited, count, mode);
    }
  });
});
