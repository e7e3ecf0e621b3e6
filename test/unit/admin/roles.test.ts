import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { apiEndpoints, consoleEndpoints, type Endpoint } from './endpoints.ts';
import { api, roles, secret, tokenOf, tokens, type CallInit } from './support.ts';

type Role = (typeof roles)[number];

const endpoints = [...apiEndpoints, ...consoleEndpoints];
const nameOf = ({ method, route }: Endpoint) => `${method} ${route}`;

/** Whether the caller got in: refused ones are answered 401 or 403, and at a page sent to the login. */
function isIn(answer: Response): boolean {
  const toLogin =
    answer.status === 303 && answer.headers.get('location')?.startsWith('/console/login?') === true;
  return answer.status !== 401 && answer.status !== 403 && !toLogin;
}

function sending({ method, body, form }: Endpoint, headers: CallInit['headers'] = {}): CallInit {
  if (form === undefined) return { method, ...(body !== undefined && { body }), headers };
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method, raw: new URLSearchParams(form).toString(), headers: { ...type, ...headers } };
}

/** An API, and how its endpoints answer. What is sent on the way of a stream is not waited for. */
function caller() {
  const made = api(tokens);
  const call = async (endpoint: Endpoint, init: CallInit) => {
    const answer = await made.call(endpoint.path, init);
    await answer.body?.cancel();
    assert.deepEqual(made.failures, [], nameOf(endpoint));
    if (endpoint.route !== '/readyz')
      assert.ok(answer.status < 500, `${nameOf(endpoint)}: ${String(answer.status)}`);
    return answer;
  };
  const login = (role: Role) => {
    const opened = made.parts.sessions.login({ token: tokenOf(role), address: '192.0.2.1' });
    assert.ok(opened.result === 'opened');
    const csrf = made.parts.sessions.find(opened.id)?.csrf ?? '';
    return { cookie: { cookie: `hookward_session=${opened.id}` }, csrf };
  };
  return { ...made, call, login };
}

const mayUse = (role: Role, least: Endpoint['least']) =>
  least === null || roles.indexOf(role) >= roles.indexOf(least);

test('the table names every address that is served, and no other', () => {
  const served = api(tokens)
    .app.routes.filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual([...new Set(served)].sort(), endpoints.map(nameOf).sort());
});

describe('by token', () => {
  for (const endpoint of endpoints) {
    test(`${nameOf(endpoint)} takes ${endpoint.least ?? 'anybody'}`, async () => {
      const { call, audit } = caller();
      for (const token of [undefined, 'hwt_wrong', '', tokens[2]?.sha256 ?? '']) {
        const init = { ...sending(endpoint), ...(token !== undefined && { token }) };
        assert.equal(isIn(await call(endpoint, init)), endpoint.least === null, `token ${String(token)}`);
      }
      if (endpoint.least !== null) assert.deepEqual(audit, [], 'a refused call has changed something');
      for (const role of roles) {
        const answer = await call(endpoint, { ...sending(endpoint), token: tokenOf(role) });
        const allowed = mayUse(role, endpoint.least);
        assert.equal(isIn(answer), allowed, `${role}: ${String(answer.status)}`);
        if (!allowed) assert.equal(answer.status, 403);
        // One that is refused for what it sends would say nothing of the role.
        assert.notEqual(answer.status, 400);
      }
    });
  }
});

describe('by the session of a login', () => {
  for (const endpoint of endpoints.filter(({ least }) => least !== null)) {
    const isRead = endpoint.method === 'GET';

    test(`${nameOf(endpoint)} takes ${endpoint.least ?? ''}${isRead ? '' : ', with the proof that a page of ours asks'}`, async () => {
      for (const role of roles) {
        const { call, login } = caller();
        const { cookie, csrf } = login(role);
        const proof = isRead ? {} : { 'x-csrf-token': csrf };
        const answer = await call(endpoint, sending(endpoint, { ...cookie, ...proof }));
        assert.equal(isIn(answer), mayUse(role, endpoint.least), `${role}: ${String(answer.status)}`);
      }
    });

    if (isRead) continue;
    test(`${nameOf(endpoint)} refuses what another page could have sent`, async () => {
      const { call, login, audit } = caller();
      const { cookie, csrf } = login('admin');
      const other = login('admin').csrf;
      for (const headers of [
        {},
        { 'x-csrf-token': '' },
        { 'x-csrf-token': other },
        { 'x-csrf-token': csrf, origin: 'https://evil.example' },
        { 'x-csrf-token': csrf, origin: 'null' },
        { 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site' },
        { 'x-csrf-token': csrf, 'sec-fetch-site': 'same-site' },
      ]) {
        const answer = await call(endpoint, sending(endpoint, { ...cookie, ...headers }));
        assert.equal(answer.status, 401, JSON.stringify(headers));
      }
      assert.deepEqual(audit, []);
    });
  }

  test('a cookie that no login has given is none', async () => {
    const { call } = caller();
    for (const cookie of ['hookward_session=', 'hookward_session=x', `hookward_session=${'A'.repeat(43)}`]) {
      for (const endpoint of endpoints.filter(({ least }) => least !== null)) {
        assert.equal(isIn(await call(endpoint, sending(endpoint, { cookie }))), false, nameOf(endpoint));
      }
    }
  });
});

/** A secret as it stands within text, base64 (at each of its three offsets), hex and addresses. */
function disguises(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  const hex = bytes.toString('hex');
  return [text, ...base64, hex, hex.toUpperCase(), hex.replaceAll(/(..)(?!$)/g, '$1 ')];
}

describe('what a viewer never sees', () => {
  const seen = (text: string) => disguises(secret).filter((disguise) => text.includes(disguise));
  const reads = endpoints.filter(({ method, route }) => method === 'GET' && !route.endsWith('/events'));

  for (const endpoint of reads) {
    test(`${nameOf(endpoint)} tells a viewer no body, query or secret header`, async () => {
      const { call } = api(tokens);
      const paths = [endpoint.path, `${endpoint.path}?raw=hex`, `${endpoint.path}?text=alert&id=01890000`];
      for (const path of paths) {
        const answer = await call(path, { token: tokenOf('viewer') });
        assert.deepEqual(seen(await answer.text()), [], path);
      }
    });
  }

  for (const search of ['text=alert', `event=${secret}`]) {
    test(`no search by ${search.split('=')[0] ?? ''} tells a viewer what it would not be shown`, async () => {
      const { call } = api(tokens);
      const path = `/api/webhooks?${search}`;
      const refused = await call(path, { token: tokenOf('viewer') });
      assert.equal(refused.status, 403);
      assert.equal(((await refused.json()) as { code: string }).code, 'role-too-low');
      assert.equal((await call(path, { token: tokenOf('support') })).status, 200);
    });
  }

  test('the same pages show it to support, so that it would be found', async () => {
    const { call } = api(tokens);
    for (const path of [
      '/api/webhooks/:id',
      '/console/webhooks/:id',
      '/api/webhooks/:id/attempts',
      '/api/webhooks',
    ]) {
      const at = reads.find(({ route }) => route === path)?.path ?? '';
      const answer = await call(at, { token: tokenOf('support') });
      assert.notDeepEqual(seen(await answer.text()), [], path);
    }
  });
});
