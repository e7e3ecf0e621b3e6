// Attack 3: who the caller is said to be, over real sockets through the whole server: the bot host, the whitelist, the bans
// and the limits must all see the same client, however its address is written and whatever it writes itself.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ConfigInput } from '../../src/config/index.ts';
import { optionsOf, soleHeader } from '../e2e/support/arrivals.ts';
import { openStage, type Stage } from '../e2e/support/stage.ts';
import { runCli, scratchDir } from '../support/process.ts';
import { answerHeader, requestBytes, type RawAnswer } from '../support/sender.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { callFrom } from './support/localCaller.ts';

const proxy = '127.0.0.1';
const perAddress = { requests: 12, per: '1h', burst: 0 };

/** One way to write an address. `client`: who calls then; null: nobody can tell, so nobody lets it in. */
interface Row {
  readonly says: string;
  readonly from: string;
  readonly headers: readonly string[];
  readonly client: string | null;
}

const xff = (...lines: readonly string[]) => lines.flatMap((line) => ['X-Forwarded-For', line]);
let next = 10;

/** A row whose caller has an address of its own, so that limits of others do not count for it. */
function row(says: string, headers: (client: string) => readonly string[], from = proxy): Row {
  const client = `192.0.2.${String((next += 1))}`;
  return { says, from, headers: headers(client), client };
}

const rowOfIpv6 = (says: string, headers: (client: string) => readonly string[]): Row => {
  const client = `2001:db8:${String((next += 1))}::1`;
  return { says, from: proxy, headers: headers(client), client };
};

const nobody = (says: string, headers: readonly string[]): Row => ({
  says,
  from: proxy,
  headers,
  client: null,
});
const stranger = (says: string, from: string, headers: readonly string[]): Row => ({
  says,
  from,
  headers,
  client: from,
});

const rows: readonly Row[] = [
  stranger('no trust: X-Forwarded-For is ignored', '127.0.0.71', xff('192.0.2.1')),
  stranger('no trust: Forwarded is ignored', '127.0.0.72', ['Forwarded', 'for=192.0.2.1']),
  stranger('no trust: nonsense is ignored', '127.0.0.73', xff('unknown, ,010.0.0.1')),
  row('trust: the right-most entry', (client) => xff(`6.6.6.6, ${client}`)),
  row('spoofed entries on the left', (client) => xff(`10.0.0.9, 127.0.0.1, 6.6.6.6, ${client}`)),
  row('two lines', (client) => xff('6.6.6.6', client)),
  row('a name in other case, lines apart', (client) => [
    'x-forwarded-FOR',
    '6.6.6.6',
    'A',
    'b',
    ...xff(client),
  ]),
  row('with a port', (client) => xff(`${client}:80`)),
  rowOfIpv6('in brackets with a port', (client) => xff(`[${client}]:80`)),
  nobody('unknown', xff('unknown')),
  nobody('an empty header', xff('')),
  nobody('an empty entry at the end', xff('192.0.2.1,')),
  nobody('an empty entry before a proxy', xff('192.0.2.1, , 10.0.0.1')),
  row('behind a proxy that is written as IPv6', (client) => xff(`${client}, ::ffff:10.0.0.1`)),
  row('written as IPv6', (client) => xff(`::ffff:${client}`)),
  row('written as IPv6 in hex', (client) =>
    xff(`::FFFF:c000:02${Number(client.slice(8)).toString(16).padStart(2, '0')}`),
  ),
  nobody('010.0.0.1', xff('010.0.0.1')),
  nobody('::ffff:010.0.0.1', xff('::ffff:010.0.0.1')),
  nobody('0x7f.1', xff('0x7f.1')),
  nobody('2130706433', xff('2130706433')),
  nobody('127.1', xff('127.1')),
  row('white space around', (client) => xff(` \t ${client} \t`)),
  row('10 kB of entries', (client) => xff(`${'6.6.6.6, '.repeat(1_200)}${client}`)),
  nobody('10 kB of proxies', xff(`192.0.2.1${', 10.0.0.2'.repeat(1_000)}`)),
  rowOfIpv6('Forwarded, quoted', (client) => ['Forwarded', `for="[${client}]"`]),
  row('Forwarded, with the rest of its parameters', (client) => [
    'Forwarded',
    `by=_x;proto=https;for=${client}`,
  ]),
  nobody('Forwarded with an open quote', ['Forwarded', 'for="192.0.2.1, for=192.0.2.2']),
  nobody('Forwarded, hidden', ['Forwarded', 'for=_secret']),
  row('both headers that agree', (client) => ['Forwarded', `for=${client}`, ...xff(client)]),
  nobody('both headers that differ', ['Forwarded', 'for=192.0.2.1', ...xff('192.0.2.2')]),
  row('X-Real-IP beside it', (client) => ['X-Real-IP', '6.6.6.6', ...xff(client)]),
  row('other headers beside it', (client) => [
    ...['True-Client-IP', '6.6.6.6', 'CF-Connecting-IP', '6.6.6.6', 'X_Forwarded_For', '6.6.6.6'],
    ...['X-Client-IP', '6.6.6.6', ...xff(client)],
  ]),
  nobody('fe80::1%eth0', xff('fe80::1%eth0')),
  nobody('::1%0', xff('::1%0')),
  nobody('a name', xff('localhost')),
  nobody('bytes above ASCII', xff('192.0.2.\xb2')),
];

const clients = rows.flatMap(({ client }) => (client === null ? [] : [client]));

describe('the client address', () => {
  let stage: Stage;
  let port: number;

  const config = (url: string): ConfigInput => ({
    botHosts: { main: { url } },
    // Peers are seen as `::ffff:127.0.0.1` so.
    listen: { host: '::' },
    trustedProxies: [proxy, '10.0.0.0/8'],
    routes: [
      { name: 'open', path: '/open' },
      { name: 'listed', path: '/listed', whitelist: { mode: 'enforce', addresses: clients } },
      {
        name: 'everyone',
        path: '/everyone',
        whitelist: { mode: 'enforce', addresses: ['0.0.0.0/0', '::/0'] },
      },
      {
        name: 'others',
        path: '/others',
        whitelist: {
          mode: 'enforce',
          addresses: ['6.6.6.6', '8.0.0.1', '10.0.0.0/8', '192.0.2.0/29', '127.0.0.1'],
        },
      },
    ],
    access: { perAddress, bans: { after: null } },
  });

  before(async () => {
    stage = await openStage(config);
    port = Number(new URL(stage.server.publicUrl).port);
  });

  after(() => stage.close());

  async function call({ from, headers }: Pick<Row, 'from' | 'headers'>, target: string): Promise<RawAnswer> {
    const answer = await callFrom({ port, from }, requestBytes({ target, headers, body: 'x' }));
    assert.ok(answer !== null);
    return answer;
  }

  /** The status, or the problem's code where there is one. */
  const outcome = ({ status, body }: RawAnswer) =>
    status === 200 ? '200' : (JSON.parse(body.toString()) as { code: string }).code;

  async function access(method: 'PUT' | 'DELETE', kind: string, address: string): Promise<Response> {
    return fetch(`${stage.server.adminUrl}/api/access`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind, address, reason: 'test' }),
    });
  }

  async function assertSeenAs(one: Row, client: string): Promise<void> {
    const answer = await call(one, '/open');
    assert.equal(outcome(answer), '200');
    const id = answerHeader(answer, 'hookward-id');
    const arrived = stage.botHost.ledger.find((line) => line.arrived.id === id)?.arrived;
    assert.ok(arrived !== undefined);
    assert.equal(optionsOf(arrived).ip, client);
    assert.equal(soleHeader(arrived, 'x-forwarded-for'), client);
  }

  for (const one of rows) {
    const { says, client } = one;
    if (client === null) {
      test(`${says}: lets nobody in, whatever the whitelist`, async () => {
        const arrivals = stage.botHost.ledger.length;
        for (const target of ['/open', '/listed', '/everyone', '/others'])
          assert.equal(outcome(await call(one, target)), 'address-unknown', target);
        assert.equal(stage.botHost.ledger.length, arrivals);
      });
      continue;
    }
    const plain: Pick<Row, 'from' | 'headers'> =
      one.from === proxy ? { from: proxy, headers: xff(client) } : one;

    test(`${says}: is ${client} to the bot, the whitelist, the bans and the limits`, async () => {
      await assertSeenAs(one, client);
      assert.equal(outcome(await call(one, '/listed')), '200');
      assert.equal(outcome(await call(one, '/everyone')), '200');
      assert.equal(outcome(await call(one, '/others')), 'not-whitelisted');

      // Loopback cannot be banned, only what a proxy there speaks for.
      const { ok: isBanned } = await access('PUT', 'ban', client);
      assert.equal(isBanned, one.from === proxy);
      if (isBanned) assert.equal(outcome(await call(one, '/open')), 'banned');
      await access('DELETE', 'ban', client);
      assert.equal(outcome(await call(one, '/open')), '200');

      let left = perAddress.requests;
      while (outcome(await call(plain, '/open')) === '200') left -= 1;
      assert.equal(left, 5, 'the five calls so far were counted for the same client');
      assert.equal(outcome(await call(one, '/open')), 'rate-limited');
    });
  }

  for (const address of [
    '10/8',
    '10.0.0.0/33',
    '10.0.0.1/8',
    '2001:db8::1/64',
    ' 127.0.0.1',
    '010.0.0.1',
    '0x7f.1',
    '1',
    '',
  ]) {
    test(`${JSON.stringify(address)} is taken neither for a ban nor for the whitelist`, async () => {
      for (const kind of ['ban', 'whitelist']) {
        const { status } = await access('PUT', kind, address);
        assert.ok(status === 400 || status === 422, `${kind}: ${String(status)}`);
      }
    });
  }

  test('a ban of one IPv6 address is one of its /64', async () => {
    const from = (address: string) => call({ from: proxy, headers: xff(address) }, '/open');
    await access('PUT', 'ban', '2001:db8:aa:1::7');
    assert.equal(outcome(await from('2001:db8:aa:1:ffff::8')), 'banned');
    assert.equal(outcome(await from('2001:db8:aa:2::7')), '200');
  });
});

test('a configuration that trusts or lists what is no address does not start', async () => {
  const dir = scratchDir();
  try {
    const wrong = ['10/8', '10.0.0.0/33', '10.0.0.1/8', '010.0.0.1', 'fe80::1%eth0', 'localhost'];
    const file = join(dir.path, 'webhooks.config.yaml');
    const config: ConfigInput = {
      botHosts: { main: { url: 'http://127.0.0.1:1' } },
      trustedProxies: wrong,
      access: { whitelist: { mode: 'enforce', addresses: wrong } },
    };
    writeFileSync(file, JSON.stringify(config));
    const { code, stdout, stderr } = await runCli(['check', '-c', file], { cwd: dir.path });
    assert.equal(code, 2);
    const told = stdout + stderr;
    for (let at = 0; at < wrong.length; at += 1) {
      assert.ok(told.includes(`trustedProxies[${String(at)}]`), `trustedProxies ${String(at)} in: ${told}`);
      assert.ok(told.includes(`addresses[${String(at)}]`), `addresses ${String(at)} in: ${told}`);
    }
  } finally {
    dir.remove();
  }
});
