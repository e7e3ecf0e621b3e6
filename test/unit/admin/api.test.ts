import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { createOperations, createSessions, type AdminParts } from '../../../src/admin/index.ts';
import { createAdminApi } from '../../../src/admin/api/app.ts';
import { HookwardError } from '../../../src/core/errors.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { AccessEntry, AuditEntry, WebhookRecord } from '../../../src/log/index.ts';
import { manualClock } from '../../support/manualClock.ts';
import { seededRandom } from '../../support/seededRandom.ts';

const id = '01890000-0000-7000-8000-000000000001' as WebhookId;
const roles = ['viewer', 'support', 'admin'] as const;
const tokenOf = (role: string) => `hwt_${role}`;
const tokens = roles.map((role) => ({
  name: `the ${role}`,
  role,
  sha256: createHash('sha256').update(tokenOf(role)).digest('hex'),
}));

const record: WebhookRecord = {
  webhook: {
    id,
    route: 'pay',
    receivedAt: 1_750_000_000_000,
    bot: '7',
    user: '77',
    orderKey: null,
    sender: { sender: 'stripe', verdict: 'verified' },
    eventId: 'evt_s3cret',
    dedupeKey: 'verified ["evt_s3cret"]',
    request: {
      method: 'POST',
      target: '/pay?public_user_token=s3cret',
      headers: ['Content-Type', 'text/html', 'Authorization', 'Bearer s3cret'],
      body: Buffer.from('<script>alert(1)</script>'),
      ip: '192.0.2.7',
      scheme: 'http',
    },
  },
  events: [
    {
      type: 'attempted',
      at: 1_750_000_000_500,
      attempt: {
        number: 1,
        replay: 0,
        startedAt: 1_750_000_000_100,
        durationMs: 400,
        outcome: {
          kind: 'answered',
          status: 200,
          headers: ['Set-Cookie', 's3cret'],
          body: Buffer.from('s3cret answer'),
          bodyTruncated: false,
          complete: true,
        },
      },
      then: { state: 'delivered' },
    },
  ],
  duplicates: [{ at: 1_750_000_001_000, ip: '192.0.2.8' }],
  standing: { state: 'delivered' },
  progress: { attempts: 1, tries: 1, replay: 0, budgetFrom: 1_750_000_000_000 },
  inFlight: false,
};

/** The API on a log of one delivered webhook; what it was asked to change is kept. */
function api(configured: typeof tokens | []) {
  const audit: AuditEntry[] = [];
  const entries: AccessEntry[] = [];
  const failures: unknown[] = [];
  const parts: AdminParts = {
    version: '1.2.3',
    operations: createOperations({
      log: {
        get: (params) => Promise.resolve(params.id === id ? record : null),
        list: () => Promise.resolve({ items: [], cursor: null }),
        replay: ({ ids }) => Promise.resolve(ids.map((one) => (one === id ? 'done' : 'not-found'))),
        cancel: ({ ids }) => Promise.resolve(ids.map(() => 'conflict')),
        appendAudit: (params) => Promise.resolve(void audit.push(...params.entries)),
        listAudit: () => Promise.resolve({ entries: audit, cursor: null }),
      },
      access: {
        list: ({ kind }) => entries.filter((entry) => entry.kind === kind),
        ban: ({ now, ...entry }) => {
          if (entry.address.includes('/33'))
            throw new HookwardError('usage-wrong', { message: 'no such block' });
          const made = { ...entry, kind: 'ban' as const, createdAt: now, strikes: 0 };
          entries.push(made);
          return Promise.resolve(made);
        },
        unban: () => Promise.resolve({ removed: false, stillCoveredBy: null }),
        allow: () => Promise.reject(new Error('not asked for here')),
        disallow: () => Promise.reject(new Error('not asked for here')),
      },
      now: () => 1_750_000_001_000,
      wake: () => undefined,
      counted: () => undefined,
      changed: () => undefined,
    }),
    tokens: () => configured,
    readiness: () => ({ ready: false, reasons: ['the log is full'] }),
    metricsPage: () =>
      Promise.resolve({ contentType: 'text/plain; version=0.0.4', body: 'hookward_build_info 1\n' }),
    status: () => {
      throw new Error('a bug with a s3cret in it');
    },
    makeLink: () => ({ url: 'https://hooks.example/x' }),
    checkLink: () => ({ route: null, isTaken: false, refusal: 'no-route', link: null }),
    routes: () => [],
    senders: () => [],
    config: () => ({}),
    limits: () => [],
    changes: { subscribe: () => () => undefined },
    history: { samples: () => [] },
    replays: {
      preview: () => Promise.reject(new Error('not asked for here')),
      start: () => Promise.reject(new Error('not asked for here')),
      list: () => [],
      get: () => {
        throw new Error('not asked for here');
      },
      stop: () => Promise.reject(new Error('not asked for here')),
    },
    sessions: createSessions({ clock: manualClock(), random: seededRandom(1), tokens: () => configured }),
    failed: (error) => void failures.push(error),
  };
  const app = createAdminApi(parts);
  const call = (
    path: string,
    init: { method?: string; token?: string; body?: unknown; headers?: Record<string, string> } = {},
  ) =>
    app.request(`http://127.0.0.1:8081${path}`, {
      method: init.method ?? 'GET',
      headers: {
        host: '127.0.0.1:8081',
        ...(init.token !== undefined && { authorization: `Bearer ${init.token}` }),
        ...(init.body !== undefined && { 'content-type': 'application/json' }),
        ...init.headers,
      },
      ...(init.body !== undefined && { body: JSON.stringify(init.body) }),
    });
  return { call, audit, entries, failures };
}

const change = { ids: [id], reason: 'the customer asked' };
const ban = { kind: 'ban', address: '192.0.2.9', reason: 'flood' };
const link = { route: 'pay', scheme: 'hookward', bot: '7', command: '/onPay' };

/** Every endpoint, and the least role that may use it (null: anybody). */
const endpoints: readonly [string, string, (typeof roles)[number] | null, unknown?][] = [
  ['GET', '/healthz', null],
  ['GET', '/readyz', null],
  ['GET', '/metrics', 'viewer'],
  ['GET', '/api/openapi.json', 'viewer'],
  ['GET', '/api/status', 'viewer'],
  ['GET', '/api/webhooks', 'viewer'],
  ['GET', `/api/webhooks/${id}`, 'viewer'],
  ['GET', `/api/webhooks/${id}/body`, 'support'],
  ['POST', '/api/webhooks/replay', 'support', change],
  ['POST', '/api/webhooks/cancel', 'admin', change],
  ['GET', '/api/access', 'viewer'],
  ['PUT', '/api/access', 'admin', ban],
  ['DELETE', '/api/access', 'admin', ban],
  ['POST', '/api/links', 'admin', link],
  ['GET', '/api/audit', 'support'],
];

describe('who may do what at the admin API', () => {
  for (const [method, path, least, body] of endpoints) {
    test(`${method} ${path} takes ${least ?? 'anybody'}`, async () => {
      const { call } = api(tokens);
      const refused = [401, 403];
      for (const token of [undefined, 'hwt_wrong', '']) {
        const { status } = await call(path, { method, ...(token !== undefined && { token }), body });
        assert.equal(status === 401, least !== null, `token ${String(token)}: ${String(status)}`);
      }
      for (const role of roles) {
        const { status } = await call(path, { method, token: tokenOf(role), body });
        const allowed = least === null || roles.indexOf(role) >= roles.indexOf(least);
        assert.equal(refused.includes(status), !allowed, `${role}: ${String(status)}`);
      }
    });
  }
});

describe('without tokens, on loopback', () => {
  test('a call by a loopback name is taken as admin', async () => {
    assert.equal((await api([]).call('/api/webhooks')).status, 200);
    assert.equal((await api([]).call('/api/webhooks', { headers: { host: '[::1]:8081' } })).status, 200);
  });

  test('a name that a web page has rebound to loopback is refused', async () => {
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1']) {
      assert.equal((await api([]).call('/api/webhooks', { headers: { host } })).status, 401, host);
    }
  });

  test("a foreign page's request is refused", async () => {
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      const { call, entries } = api([]);
      assert.equal((await call('/api/access', { method: 'PUT', body: ban, headers })).status, 401);
      assert.deepEqual(entries, []);
    }
  });
});

describe('what the admin API shows and changes', () => {
  test('a viewer sees no body, no query, no secret header', async () => {
    const { call } = api(tokens);
    const text = await (await call(`/api/webhooks/${id}`, { token: tokenOf('viewer') })).text();
    assert.ok(!text.includes('s3cret'), text);
    assert.ok(!text.includes(Buffer.from('s3cret answer').toString('base64')));
  });

  test('support sees request and answer whole', async () => {
    const { call } = api(tokens);
    const shown = (await (await call(`/api/webhooks/${id}`, { token: tokenOf('support') })).json()) as {
      request: { target: string; body: string };
      events: { attempt: { body: string } }[];
    };
    assert.equal(shown.request.target, '/pay?public_user_token=s3cret');
    assert.equal(Buffer.from(shown.request.body, 'base64').toString(), '<script>alert(1)</script>');
    assert.equal(Buffer.from(shown.events[0]?.attempt.body ?? '', 'base64').toString(), 's3cret answer');
  });

  test('a body is downloaded as bytes, never as a page', async () => {
    const answer = await api(tokens).call(`/api/webhooks/${id}/body`, { token: tokenOf('support') });
    assert.equal(answer.headers.get('content-type'), 'application/octet-stream');
    assert.match(answer.headers.get('content-disposition') ?? '', /^attachment/);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  });

  test('a replay is audited with who and why', async () => {
    const { call, audit } = api(tokens);
    const answer = await call('/api/webhooks/replay', {
      method: 'POST',
      token: tokenOf('support'),
      body: change,
    });
    assert.deepEqual(await answer.json(), { results: [{ id, result: 'done' }] });
    assert.deepEqual(audit, [
      {
        at: 1_750_000_001_000,
        by: 'the support',
        action: 'replay',
        subject: id,
        reason: 'the customer asked',
      },
    ]);
  });

  test('what changed nothing is not audited', async () => {
    const { call, audit } = api(tokens);
    await call('/api/webhooks/cancel', { method: 'POST', token: tokenOf('admin'), body: change });
    assert.deepEqual(audit, []);
  });

  test('a text that is no id is simply not found', async () => {
    const { call } = api(tokens);
    const body = { ids: ['../../etc/passwd', id], reason: 'x' };
    const answer = await call('/api/webhooks/replay', { method: 'POST', token: tokenOf('support'), body });
    assert.deepEqual(await answer.json(), {
      results: [
        { id: '../../etc/passwd', result: 'not-found' },
        { id, result: 'done' },
      ],
    });
  });

  test('a change without a reason, with unknown fields or too many ids is refused', async () => {
    const { call } = api(tokens);
    for (const body of [
      { ids: [id] },
      { ids: [id], reason: '  ' },
      { ids: [id], reason: 'x', by: 'somebody else' },
      { ids: Array.from({ length: 501 }, () => id), reason: 'x' },
    ]) {
      const answer = await call('/api/webhooks/replay', { method: 'POST', token: tokenOf('admin'), body });
      assert.equal(answer.status, 400);
      assert.equal(((await answer.json()) as { code: string }).code, 'usage-wrong');
    }
  });

  test('an address that is none is refused with what is wrong', async () => {
    const body = { ...ban, address: '10.0.0.0/33' };
    const answer = await api(tokens).call('/api/access', { method: 'PUT', token: tokenOf('admin'), body });
    assert.equal(answer.status, 400);
    assert.equal(((await answer.json()) as { detail: string }).detail, 'no such block');
  });

  test('a bug is logged and answered without its words', async () => {
    const { call, failures } = api(tokens);
    const answer = await call('/api/status', { token: tokenOf('viewer') });
    assert.equal(answer.status, 500);
    assert.ok(!(await answer.text()).includes('s3cret'));
    assert.equal(failures.length, 1);
  });

  test('readiness says why not', async () => {
    const answer = await api(tokens).call('/readyz');
    assert.equal(answer.status, 503);
    assert.deepEqual(((await answer.json()) as { reasons: string[] }).reasons, ['the log is full']);
  });
});
