import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { apiEndpoints, consoleEndpoints } from './endpoints.ts';
import { api, id, tokenOf, tokens, type CallInit } from './support.ts';

const admin = { token: tokenOf('admin') };
const withBody = apiEndpoints.filter(({ body }) => body !== undefined);

/** The problem that a call is answered with; fails where it is none, or somebody has to look for a bug of ours. */
async function problemOf(path: string, init: CallInit) {
  const { call, failures, audit } = api(tokens);
  const answer = await call(path, { ...admin, ...init });
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  const problem = (await answer.json()) as { status: number; code: string; detail: string };
  assert.equal(problem.status, answer.status);
  assert.deepEqual(failures, []);
  assert.deepEqual(audit, []);
  return problem;
}

describe('what the API cannot read is refused as a problem', () => {
  for (const { method, path } of withBody) {
    const json = { 'content-type': 'application/json' };

    test(`${method} ${path}: no JSON, another type, another shape`, async () => {
      for (const [raw, headers] of [
        ['{"ids":', json],
        ['', json],
        ['\u0000', json],
        ['[]', json],
        ['null', json],
        ['"text"', json],
        ['{"__proto__":{"reason":"x"}}', json],
        ['reason=x', { 'content-type': 'application/x-www-form-urlencoded' }],
        ['{"reason":"x"}', { 'content-type': 'text/plain' }],
        ['{"reason":"x"}', { 'content-type': 'nonsense' }],
        ['--x', { 'content-type': 'multipart/form-data; boundary=x' }],
      ] as const) {
        const { status, code } = await problemOf(path, { method, raw, headers });
        assert.deepEqual([status, code], [400, 'usage-wrong'], raw);
      }
    });

    test(`${method} ${path}: too large`, async () => {
      const { status, code } = await problemOf(path, { method, body: { reason: 'x'.repeat(300_000) } });
      assert.deepEqual([status, code], [413, 'body-too-large']);
    });
  }

  test('queries that ask for what there cannot be', async () => {
    for (const query of [
      'limit=0',
      'limit=501',
      'limit=x',
      'state=lost',
      'since=yesterday',
      'status=99',
      'id=../etc',
      `cursor=${'x'.repeat(513)}`,
    ]) {
      const { status, code } = await problemOf(`/api/webhooks?${query}`, {});
      assert.deepEqual([status, code], [400, 'usage-wrong'], query);
    }
  });

  test('ids that are none', async () => {
    for (const text of ['%E0%A4%A', '%00', '..%2f..%2fetc%2fpasswd', 'x', `${id}0`]) {
      for (const below of ['', '/attempts', '/body']) {
        const { status, code } = await problemOf(`/api/webhooks/${text}${below}`, {});
        assert.deepEqual([status, code], [404, 'webhook-not-found'], text);
      }
    }
  });

  test('a replay is by filter or by ids, of a known filter, at a whole rate', async () => {
    const reason = 'x';
    for (const body of [
      { reason },
      { reason, filter: {}, ids: [id] },
      { reason, ids: [] },
      { reason, filter: { sate: 'dead' } },
      { reason, filter: { state: 'lost' } },
      { reason, filter: { limit: '1' } },
      { reason, filter: { state: 7 } },
      { reason: ' ', filter: {} },
      { reason, filter: {}, ratePerSecond: 0 },
      { reason, filter: {}, ratePerSecond: 1.5 },
      { reason, filter: {}, ratePerSecond: '5' },
      { reason, filter: {}, by: 'somebody else' },
    ]) {
      const { status, code } = await problemOf('/api/replays', { method: 'POST', body });
      assert.deepEqual([status, code], [400, 'usage-wrong'], JSON.stringify(body));
    }
  });
});

describe('addresses and methods that there are not', () => {
  test('are not found', async () => {
    for (const [method, path] of [
      ['GET', '/api'],
      ['GET', '/api/nothing'],
      ['GET', '/api/webhooks/replay/x'],
      ['POST', '/api/webhooks'],
      ['PATCH', '/api/access'],
      ['OPTIONS', '/api/access'],
      ['TRACE_', '/api/access'],
      ['DELETE', `/api/webhooks/${id}`],
    ] as const) {
      const { status, code } = await problemOf(path, { method });
      assert.deepEqual([status, code], [404, 'entry-not-found'], `${method} ${path}`);
    }
  });

  test('the audit log cannot be written or changed from outside', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const path of ['/api/audit', '/api/audit/1', '/console/audit', '/console/audit/1']) {
        const { call, audit } = api(tokens);
        const answer = await call(path, { ...admin, method, body: { by: 'nobody', action: 'replay' } });
        assert.equal(answer.status, 404, `${method} ${path}`);
        assert.deepEqual(audit, []);
      }
    }
  });
});

describe('what the console cannot read is refused as a page', () => {
  const forms = consoleEndpoints.filter(
    ({ form, route }) => form !== undefined && !route.endsWith('/logout'),
  );
  for (const { method, path } of forms) {
    test(`${method} ${path}`, async () => {
      for (const [raw, type] of [
        ['{}', 'application/json'],
        ['x', 'multipart/form-data; boundary=y'],
        ['x', 'multipart/form-data'],
        ['x', 'nonsense'],
      ] as const) {
        const { call, failures } = api(tokens);
        const answer = await call(path, { ...admin, method, raw, headers: { 'content-type': type } });
        assert.ok(answer.status >= 400 && answer.status < 500, `${type}: ${String(answer.status)}`);
        assert.deepEqual(failures, []);
      }
    });
  }
});

describe('searching in bodies', () => {
  test('is not for viewers: by guessing they would find out what bodies hold', async () => {
    const { parts } = api(tokens);
    const query = { filter: Object.assign({ route: 'pay' }, { text: 'x' }), limit: 1, cursor: null };
    await assert.rejects(async () => parts.operations.list({ ...query, sight: 'masked' }), {
      code: 'role-too-low',
    });
    assert.equal((await parts.operations.list({ ...query, sight: 'whole' })).items.length, 1);
  });
});
