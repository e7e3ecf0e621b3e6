// Promise 5 as callers meet it: who is let in, who is limited, who is banned; changed while the server runs, kept over a
// restart. Behind a trusted proxy, so that a test can call from any address.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ConfigInput } from '../../src/config/index.ts';
import {
  answerHeader,
  openConnection,
  requestBytes,
  sendRequest,
  type RawAnswer,
} from '../support/sender.ts';
import { waitFor } from '../support/waitFor.ts';
import { openStage, type Stage } from './support/stage.ts';

/** Long windows, so that no test meets the end of one. */
const perAddress = { requests: 3, per: '1h' };
const listed = ['192.0.2.0/24', '2001:db8:1::/48'];

describe('access', () => {
  let stage: Stage;

  const config = (url: string): ConfigInput => ({
    botHosts: { main: { url } },
    trustedProxies: ['127.0.0.1'],
    routes: [
      { name: 'open', path: '/open' },
      { name: 'enforced', path: '/enforced', whitelist: { mode: 'enforce', addresses: listed } },
      { name: 'reported', path: '/reported', whitelist: { mode: 'report', addresses: listed } },
      { name: 'limited', path: '/limited', rateLimit: { requests: 4, per: '1h' } },
    ],
    access: {
      whitelist: { mode: 'exempt', addresses: ['198.18.0.0/15'] },
      perAddress,
      bans: { after: 5, within: '1h', for: '1h' },
    },
  });

  before(async () => {
    stage = await openStage(config);
  });

  after(() => stage.close());

  const call = (from: string, path = '/open') =>
    sendRequest(stage.server.publicUrl, { target: path, headers: ['X-Forwarded-For', from], body: 'x' });

  const statuses = async (count: number, from: string, path?: string) => {
    const found: number[] = [];
    for (let n = 0; n < count; n += 1) found.push((await call(from, path)).status);
    return found;
  };

  const code = (answer: RawAnswer) => (JSON.parse(answer.body.toString()) as { code: string }).code;

  const change = async (method: 'PUT' | 'DELETE', entry: { kind: string; address: string }) => {
    const answer = await fetch(`${stage.server.adminUrl}/api/access`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...entry, reason: 'test' }),
    });
    assert.equal(answer.status, 200, await answer.text());
  };

  test('an address beyond its limit gets 429 that says when to come again; nothing of it is kept or passed on', async () => {
    const before = stage.botHost.ledger.length;
    assert.deepEqual(await statuses(3, '203.0.113.1'), [200, 200, 200]);
    const refused = await call('203.0.113.1');
    assert.deepEqual([refused.status, code(refused)], [429, 'rate-limited']);
    const seconds = Number(answerHeader(refused, 'retry-after'));
    assert.ok(seconds > 3_000 && seconds <= 3_600, `Retry-After: ${String(seconds)}`);
    assert.equal(answerHeader(refused, 'ratelimit-limit'), '3');
    assert.equal(answerHeader(refused, 'ratelimit-remaining'), '0');
    assert.equal(answerHeader(refused, 'ratelimit-reset'), String(seconds));
    assert.deepEqual(await statuses(1, '203.0.113.2'), [200], 'another address is not touched');
    assert.equal(stage.botHost.ledger.length, before + 4);
  });

  test('it is refused before its body is read', async () => {
    await statuses(3, '203.0.113.3');
    const connection = await openConnection(stage.server.publicUrl);
    try {
      const headers = ['X-Forwarded-For', '203.0.113.3', 'Expect', '100-continue', 'Content-Length', '1000'];
      await connection.write(requestBytes({ target: '/open', headers }));
      const answer = await connection.answer();
      assert.deepEqual([answer.status, answer.interim], [429, []]);
    } finally {
      connection.destroy();
    }
  });

  test('an IPv6 address counts with its /64, a mapped one as the IPv4 that it is', async () => {
    for (const from of ['2001:db8:7:7::1', '2001:db8:7:7::2', '2001:db8:7:7:ffff::3'])
      assert.deepEqual(await statuses(1, from), [200], from);
    assert.deepEqual(await statuses(1, '2001:db8:7:7::4'), [429]);
    assert.deepEqual(await statuses(1, '2001:db8:7:8::4'), [200]);
    await statuses(2, '203.0.113.4');
    assert.deepEqual(await statuses(2, '::ffff:203.0.113.4'), [200, 429]);
  });

  test('a route has its own limit, over all its callers', async () => {
    const found: number[] = [];
    for (let n = 10; n < 15; n += 1) found.push((await call(`203.0.113.${String(n)}`, '/limited')).status);
    assert.deepEqual(found, [200, 200, 200, 200, 429]);
    assert.equal(code(await call('203.0.113.16', '/limited')), 'route-rate-limited');
    assert.deepEqual(await statuses(1, '203.0.113.16'), [200]);
  });

  test('who keeps calling beyond the limit is banned: 403, and the connection is closed', async () => {
    assert.deepEqual(await statuses(8, '203.0.113.20'), [200, 200, 200, 429, 429, 429, 429, 429]);
    const refused = await call('203.0.113.20');
    assert.deepEqual([refused.status, code(refused)], [403, 'banned']);
    assert.equal(answerHeader(refused, 'connection'), 'close');
    assert.equal(answerHeader(refused, 'retry-after'), null);
    assert.equal((await stage.metrics()).value('hookward_bans'), 1);
    await stage.restart('stop');
    assert.equal((await call('203.0.113.20')).status, 403, 'the ban is kept over a restart');
    await change('DELETE', { kind: 'ban', address: '203.0.113.20' });
    assert.equal((await call('203.0.113.20')).status, 200);
  });

  test('a whitelist that is enforced lets nobody else in; one that reports lets all in and counts', async () => {
    for (const from of ['192.0.2.7', '::ffff:192.0.2.8', '2001:db8:1:2::3'])
      assert.deepEqual(await statuses(1, from, '/enforced'), [200], from);
    for (const from of ['203.0.113.30', '2001:db8:2::1']) {
      const refused = await call(from, '/enforced');
      assert.deepEqual([refused.status, code(refused)], [403, 'not-whitelisted'], from);
    }
    const before = (await stage.metrics()).value('hookward_whitelist_reported_total{route="reported"}');
    assert.deepEqual(await statuses(1, '203.0.113.31', '/reported'), [200]);
    assert.deepEqual(await statuses(1, '192.0.2.9', '/reported'), [200]);
    const page = await stage.metrics();
    assert.equal(page.value('hookward_whitelist_reported_total{route="reported"}'), before + 1);
  });

  test('who is exempt skips limits and bans; an address is added while the server runs and kept over a restart', async () => {
    assert.deepEqual(new Set(await statuses(12, '198.18.0.1')), new Set([200]));
    await change('PUT', { kind: 'ban', address: '198.18.0.1' });
    assert.deepEqual(await statuses(1, '198.18.0.1'), [200]);

    assert.deepEqual(await statuses(4, '203.0.113.40'), [200, 200, 200, 429]);
    await change('PUT', { kind: 'whitelist', address: '203.0.113.40' });
    assert.deepEqual(await statuses(5, '203.0.113.40'), [200, 200, 200, 200, 200]);
    await stage.restart('kill');
    assert.deepEqual(new Set(await statuses(5, '203.0.113.40')), new Set([200]));
    await change('DELETE', { kind: 'whitelist', address: '203.0.113.40' });
    assert.deepEqual(await statuses(4, '203.0.113.40'), [200, 200, 200, 429]);
  });

  test('what no address can be read from is refused, and a sender cannot claim one', async () => {
    for (const from of ['0177.0.0.1', 'unknown', '198.18.0.1, 10/8']) {
      const answer = await call(from);
      assert.deepEqual([answer.status, code(answer)], [403, 'address-unknown'], from);
    }
    assert.equal(
      (await call('198.18.0.1, 203.0.113.50', '/enforced')).status,
      403,
      'only the last hop is believed',
    );
  });

  test('a reload to enforce shuts out all that are not listed, at once', async () => {
    const file = join(stage.dir, 'webhooks.config.yaml');
    const whole = JSON.parse(readFileSync(file, 'utf8')) as ConfigInput;
    const access = { ...whole.access, whitelist: { mode: 'enforce', addresses: ['192.0.2.0/24'] } };
    writeFileSync(file, JSON.stringify({ ...whole, access }));
    stage.server.signal('SIGHUP');
    await waitFor('the reload', async () => (await call('203.0.113.60')).status === 403);
    assert.equal(code(await call('203.0.113.60')), 'not-whitelisted');
    assert.equal((await call('192.0.2.60')).status, 200);
    await change('PUT', { kind: 'whitelist', address: '203.0.113.0/24' });
    assert.equal((await call('203.0.113.60')).status, 200);
  });
});
