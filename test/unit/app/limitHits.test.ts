import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAddress, type Gate, type GateVerdict } from '../../../src/access/index.ts';
import { countLimitHits } from '../../../src/app/limitHits.ts';
import type { RefusalCode } from '../../../src/core/errors.ts';

const refusedBy = (refusal: RefusalCode): GateVerdict => ({
  admitted: false,
  refusal,
  retryAfterSeconds: 1,
  limit: null,
});
const admitted: GateVerdict = { admitted: true, exempt: false, wouldRefuse: false };

/** A gate that says what a test tells it to, and what is counted of it. */
function counted() {
  const says: { verdict: GateVerdict; isAsync: boolean } = { verdict: admitted, isAsync: false };
  const answer = () => (says.isAsync ? Promise.resolve(says.verdict) : says.verdict);
  const gate = countLimitHits({ admit: answer, admitToRoute: answer } as Partial<Gate> as Gate);
  const addressOf = (text: string) => {
    const address = parseAddress(text);
    assert.ok(address !== null);
    return address;
  };
  const at = (now: number) => ({ now }) as Parameters<Gate['admitToRoute']>[2];
  return {
    says,
    hits: () =>
      gate.limitHits().map(({ limit, name, hits, lastAt }) => [limit, name, hits, Date.parse(lastAt)]),
    call: (address: string, now: number) => gate.admit(addressOf(address), now),
    callRoute: (route: string, now: number) => gate.admitToRoute(addressOf('192.0.2.1'), route, at(now)),
  };
}

describe('who ran into a rate limit', () => {
  test('is counted by address and by route, the latest first', async () => {
    const { says, call, callRoute, hits } = counted();
    says.verdict = refusedBy('rate-limited');
    await call('192.0.2.1', 1);
    await call('192.0.2.2', 2);
    await call('192.0.2.1', 3);
    says.verdict = refusedBy('route-rate-limited');
    await callRoute('pay', 4);
    assert.deepEqual(hits(), [
      ['route', 'pay', 1, 4],
      ['address', '192.0.2.1', 2, 3],
      ['address', '192.0.2.2', 1, 2],
    ]);
  });

  test('an IPv6 caller is its /64', async () => {
    const { says, call, hits } = counted();
    says.verdict = refusedBy('rate-limited');
    await call('2001:db8::1', 1);
    await call('2001:db8::2', 2);
    assert.deepEqual(hits(), [['address', '2001:db8::/64', 2, 2]]);
  });

  test('who passes, is banned or not whitelisted is not among them; verdicts go through unchanged', async () => {
    const { says, call, callRoute, hits } = counted();
    for (const verdict of [admitted, refusedBy('banned'), refusedBy('not-whitelisted')]) {
      says.verdict = verdict;
      assert.equal(await call('192.0.2.1', 1), verdict);
      assert.equal(await callRoute('pay', 1), verdict);
    }
    assert.deepEqual(hits(), []);
  });

  test('a verdict that comes later is counted when it comes', async () => {
    const { says, call, hits } = counted();
    says.verdict = refusedBy('rate-limited');
    says.isAsync = true;
    const verdict = call('192.0.2.1', 1);
    assert.deepEqual(hits(), []);
    assert.equal(await verdict, says.verdict);
    assert.equal(hits().length, 1);
  });

  test('of a flood the last 1,000 are kept and 200 shown', async () => {
    const { says, call, hits } = counted();
    says.verdict = refusedBy('rate-limited');
    const address = (at: number) => `10.0.${String(at >> 8)}.${String(at & 255)}`;
    for (let at = 0; at < 1_500; at += 1) await call(address(at), at);
    assert.equal(hits().length, 200);
    assert.equal(hits()[0]?.[1], address(1_499));
    await call(address(499), 2_000);
    await call(address(600), 2_001);
    assert.deepEqual(
      hits()
        .slice(0, 2)
        .map(([, name, count]) => [name, count]),
      [
        [address(600), 2],
        [address(499), 1],
      ],
    );
  });
});
