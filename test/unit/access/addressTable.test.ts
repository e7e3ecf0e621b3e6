// The same address written in every way that a header or an operator may write it, through the client address into
// whitelist, bans and limits: none of them may see another caller than the others do.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createClientAddresses, parseRange } from '../../../src/access/index.ts';
import type { GateBench, SettingsChange } from './support.ts';
import { gateBench, gateSettings, outcome, settled } from './support.ts';

const proxy = '10.0.0.1';
const trusted = ['10.0.0.0/8'];
const xff = (...lines: string[]) => lines.flatMap((line) => ['X-Forwarded-For', line]);

interface Line {
  readonly says: string;
  readonly peer: string;
  readonly headers: readonly string[];
  readonly trustedProxies?: readonly string[];
  /** Null: it cannot be determined, and nobody lets it in. */
  readonly client: string | null;
}

const lines: readonly Line[] = [
  {
    says: 'no trust: X-Forwarded-For is ignored',
    peer: '192.0.2.7',
    headers: xff('6.6.6.6'),
    trustedProxies: [],
    client: '192.0.2.7',
  },
  {
    says: 'trust: the right-most entry',
    peer: proxy,
    headers: xff('6.6.6.6, 192.0.2.7'),
    client: '192.0.2.7',
  },
  {
    says: 'spoofed entries on the left',
    peer: proxy,
    headers: xff('10.0.0.9, 6.6.6.6, 192.0.2.7'),
    client: '192.0.2.7',
  },
  {
    says: 'two X-Forwarded-For lines',
    peer: proxy,
    headers: xff('6.6.6.6', '192.0.2.7'),
    client: '192.0.2.7',
  },
  { says: '1.2.3.4:80', peer: proxy, headers: xff('192.0.2.7:80'), client: '192.0.2.7' },
  { says: '[::1]:80', peer: proxy, headers: xff('[2001:db8::1]:80'), client: '2001:db8::1' },
  { says: 'unknown', peer: proxy, headers: xff('unknown'), client: null },
  { says: 'an empty entry', peer: proxy, headers: xff('192.0.2.7,'), client: null },
  {
    says: '::ffff:10.0.0.1 as the proxy',
    peer: '::ffff:10.0.0.1',
    headers: xff('192.0.2.7'),
    client: '192.0.2.7',
  },
  {
    says: '::ffff:10.0.0.1 as an entry',
    peer: proxy,
    headers: xff('192.0.2.7, ::ffff:10.0.0.1'),
    client: '192.0.2.7',
  },
  { says: '::ffff: as the caller', peer: proxy, headers: xff('::ffff:192.0.2.7'), client: '192.0.2.7' },
  { says: '010.0.0.1', peer: proxy, headers: xff('010.0.0.1'), client: null },
  { says: '0x7f.1', peer: proxy, headers: xff('0x7f.1'), client: null },
  { says: ' 127.0.0.1 with white space', peer: proxy, headers: xff('  192.0.2.7 '), client: '192.0.2.7' },
  {
    says: '10 kB of X-Forwarded-For',
    peer: proxy,
    headers: xff(`${'6.6.6.6, '.repeat(1200)}192.0.2.7`),
    client: '192.0.2.7',
  },
  {
    says: '10 kB of trusted entries',
    peer: proxy,
    headers: xff(`192.0.2.7${', 10.0.0.2'.repeat(1000)}`),
    client: null,
  },
  {
    says: 'Forwarded: for="[2001:db8::1]"',
    peer: proxy,
    headers: ['Forwarded', 'for="[2001:db8::1]"'],
    client: '2001:db8::1',
  },
  {
    says: 'X-Real-IP and X-Forwarded-For',
    peer: proxy,
    headers: ['X-Real-IP', '6.6.6.6', ...xff('192.0.2.7')],
    client: '192.0.2.7',
  },
  { says: 'fe80::1%eth0', peer: proxy, headers: xff('fe80::1%eth0'), client: null },
];

/** One request as the public listener handles it: who is it, then may it come in? */
function request(bench: GateBench, line: Line): string {
  const addresses = createClientAddresses({
    settings: { current: { trustedProxies: line.trustedProxies ?? trusted } },
  });
  const client = addresses.of({ peer: line.peer, headers: line.headers });
  if (client === null) return 'address-unknown';
  return outcome(settled(bench.gate.admit(client, bench.clock.now())));
}

async function bench(line: Line, change: SettingsChange['access']): Promise<GateBench> {
  return gateBench(
    gateSettings({
      trustedProxies: line.trustedProxies ?? trusted,
      ...(change === undefined ? {} : { access: change }),
    }),
  );
}

const everyone = ['0.0.0.0/0', '::/0'];

for (const line of lines) {
  describe(`client address: ${line.says}`, () => {
    it('whitelist', async () => {
      const lists = (addresses: readonly string[]) => ({
        whitelist: { mode: 'enforce', addresses } as const,
      });
      const own = await bench(line, lists(line.client === null ? everyone : [line.client]));
      assert.equal(request(own, line), line.client === null ? 'address-unknown' : 'admitted');
      const others = await bench(line, lists(['6.6.6.6', '10.0.0.0/8', '127.0.0.0/8', '8.0.0.1']));
      assert.equal(request(others, line), line.client === null ? 'address-unknown' : 'not-whitelisted');
    });

    it('bans', async () => {
      const { client } = line;
      const gated = await bench(line, undefined);
      const now = gated.clock.now();
      await gated.gate.ban({ address: '6.6.6.6', reason: 'r', by: 'b', until: null, now });
      assert.equal(request(gated, line), client === null ? 'address-unknown' : 'admitted');
      await gated.gate.ban({ address: client ?? '8.0.0.1', reason: 'r', by: 'b', until: null, now });
      assert.equal(request(gated, line), client === null ? 'address-unknown' : 'banned');
    });

    it('limits', async () => {
      const gated = await bench(line, { perAddress: { requests: 1, per: 1000, burst: 0 } });
      const expected =
        line.client === null ? ['address-unknown', 'address-unknown'] : ['admitted', 'rate-limited'];
      gated.call('6.6.6.6');
      assert.deepEqual([request(gated, line), request(gated, line)], expected);
      if (line.client !== null) assert.equal(outcome(gated.call(line.client)), 'rate-limited');
    });
  });
}

describe('addresses that an operator gives', () => {
  for (const text of [
    '10/8',
    '10.0.0.0/33',
    '10.0.0.1/8',
    '2001:db8::1/64',
    ' 127.0.0.1',
    'fe80::1%eth0',
    '010.0.0.1',
  ]) {
    it(`${JSON.stringify(text)} is refused for bans and whitelist alike`, async () => {
      assert.equal(parseRange(text).ok, false);
      const { gate, clock, store } = await gateBench();
      const entry = { address: text, reason: 'r', by: 'b', until: null, now: clock.now() };
      await assert.rejects(gate.ban(entry));
      await assert.rejects(gate.allow(entry));
      assert.equal(store.entries.size, 0);
    });
  }

  it('count by /64 for IPv6, in bans and limits', async () => {
    const { gate, clock, call } = await gateBench(
      gateSettings({ access: { perAddress: { requests: 1, per: 1000, burst: 0 } } }),
    );
    assert.equal(outcome(call('2001:db8:1:1::1')), 'admitted');
    assert.equal(outcome(call('2001:db8:1:1:ffff::2')), 'rate-limited');
    assert.equal(outcome(call('2001:db8:1:2::1')), 'admitted');
    await gate.ban({ address: '2001:db8:1:1::9', reason: 'r', by: 'b', until: null, now: clock.now() });
    assert.equal(outcome(call('2001:db8:1:1:eeee::3')), 'banned');
  });
});
