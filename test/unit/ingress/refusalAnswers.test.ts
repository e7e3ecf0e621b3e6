import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { problemOf, type RefusalCode } from '../../../src/core/errors.ts';
import type { GateVerdict } from '../../../src/access/index.ts';
import { admitted, route, settings, startIngress } from './harness.ts';
import { post } from './heldCaller.ts';
import { request } from './rawClient.ts';

const verdict = (refusal: RefusalCode, facts: Partial<GateVerdict> = {}): GateVerdict =>
  ({ admitted: false, refusal, retryAfterSeconds: null, limit: null, ...facts }) as GateVerdict;

describe('what a refusal tells, and what it counts as', () => {
  test('an accepted webhook is named by a refusal that follows its append, and is not counted as refused', async (t) => {
    const harness = await startIngress(t, { deliver: (_webhook, _lease, caller) => caller?.giveUp('dead') });
    const answer = await (await harness.open()).write(post).answer();
    assert.equal(answer.header('hookward-id'), harness.appended[0]?.id);
    assert.deepEqual(harness.refused, []);
    assert.equal(harness.answered[0]?.kind, 'unreachable');
  });

  test('nothing that the caller sent is in the answer', async (t) => {
    const harness = await startIngress(t, { settings: settings({ routes: [] }) });
    const client = await harness.open();
    const answer = await client
      .write(request('POST /marker-path?marker-query\nX-Marker: marker-header', 'marker-body'))
      .answer();
    assert.doesNotMatch(JSON.stringify(answer.headers) + answer.body.toString(), /marker/);
    const malformed = await (await harness.open()).write('marker marker\r\n\r\n').answer();
    assert.doesNotMatch(JSON.stringify(malformed.headers) + malformed.body.toString(), /marker/);
  });

  test('what went wrong inside is told to the observer, not to the caller', async (t) => {
    const error = new Error('EIO: /secret/path');
    const harness = await startIngress(t, { log: { append: () => Promise.reject(error) } });
    const answer = await (await harness.open()).write(post).answer();
    assert.doesNotMatch(answer.body.toString(), /secret/);
    assert.deepEqual(harness.failures, [error]);
  });

  test('a call that a whitelist would have refused is counted once, with its route or without', async (t) => {
    const wouldRefuse: GateVerdict = { admitted: true, exempt: false, wouldRefuse: true };
    const harness = await startIngress(t, {
      gate: { admit: () => wouldRefuse, admitToRoute: () => wouldRefuse },
    });
    const client = await harness.open();
    await client.write(post).answer();
    await client.write(request('GET /nowhere')).answer();
    assert.deepEqual(harness.reported, ['hook', null]);
  });

  test('the route gate hears of the exemption', async (t) => {
    const seen: unknown[] = [];
    const harness = await startIngress(t, {
      gate: {
        admit: () => ({ admitted: true, exempt: true, wouldRefuse: false }),
        admitToRoute(address, name, { exempt }) {
          seen.push([address.text, name, exempt]);
          return admitted;
        },
      },
    });
    await (await harness.open()).write(post).answer();
    assert.deepEqual(seen, [['127.0.0.1', 'hook', true]]);
  });
});

describe('limits of a sender that takes 429 for delivered', () => {
  const limited = (refusal: 'rate-limited' | 'route-rate-limited') =>
    verdict(refusal, { retryAfterSeconds: 7, limit: { limit: 50, remaining: 0, resetSeconds: 7 } });
  const unavailable = settings({ routes: [route({ answer: { whenLimited: 'unavailable' } })] });

  for (const [code, gate] of [
    ['rate-limited', { admit: () => limited('rate-limited'), admitToRoute: () => admitted }],
    ['route-rate-limited', { admit: () => admitted, admitToRoute: () => limited('route-rate-limited') }],
  ] as const) {
    test(`${code} is 503 for a sender that takes 429 for delivered, and else the same`, async (t) => {
      const harness = await startIngress(t, { settings: unavailable, gate });
      const answer = await (await harness.open()).write(post).answer();
      assert.equal(answer.status, 503);
      assert.deepEqual(JSON.parse(answer.body.toString()), { ...problemOf(code), status: 503 });
      assert.equal(answer.header('retry-after'), '7');
      assert.equal(answer.header('ratelimit-limit'), '50');
      assert.equal(answer.header('ratelimit-reset'), '7');
      assert.deepEqual(harness.refused, [code]);
    });
  }

  test('a limit is 429 beside the routes that want 503, and a ban is what it is on them', async (t) => {
    const routeless = await startIngress(t, {
      settings: unavailable,
      gate: { admit: () => limited('rate-limited'), admitToRoute: () => admitted },
    });
    const answer = await (await routeless.open()).write(request('POST /nowhere', 'x')).answer();
    assert.equal(answer.status, 429);
    const banned = await startIngress(t, {
      settings: unavailable,
      gate: { admit: () => verdict('banned'), admitToRoute: () => admitted },
    });
    assert.equal((await (await banned.open()).write(post).answer()).status, 403);
  });
});
