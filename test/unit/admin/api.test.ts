import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { api, id, secret, tokenOf, tokens } from './support.ts';

const change = { ids: [id], reason: 'the customer asked' };
const ban = { kind: 'ban', address: '192.0.2.9', reason: 'flood' };
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
    assert.ok(!text.includes(secret), text);
    assert.ok(!text.includes(Buffer.from(`${secret} answer`).toString('base64')));
  });

  test('support sees request and answer whole', async () => {
    const { call } = api(tokens);
    const shown = (await (await call(`/api/webhooks/${id}`, { token: tokenOf('support') })).json()) as {
      request: { target: string; body: string };
      events: { attempt: { body: string } }[];
    };
    assert.equal(shown.request.target, `/pay?public_user_token=${secret}`);
    assert.equal(Buffer.from(shown.request.body, 'base64').toString(), `<script>alert("${secret}")</script>`);
    assert.equal(Buffer.from(shown.events[0]?.attempt.body ?? '', 'base64').toString(), `${secret} answer`);
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
    const { call, failures } = api(tokens, {
      status: () => {
        throw new Error(`a bug with a ${secret} in it`);
      },
    });
    const answer = await call('/api/status', { token: tokenOf('viewer') });
    assert.equal(answer.status, 500);
    assert.ok(!(await answer.text()).includes(secret));
    assert.equal(failures.length, 1);
  });

  test('readiness says why not', async () => {
    const answer = await api(tokens).call('/readyz');
    assert.equal(answer.status, 503);
    assert.deepEqual(((await answer.json()) as { reasons: string[] }).reasons, ['the log is full']);
  });
});
