// What a route does: its configuration stands, and where it says nothing the sender's preset does.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readyRoutes, type ReadyRoute } from '../../../src/app/routes.ts';
import { configSchema, type ConfigInput } from '../../../src/config/index.ts';
import { senderPresets } from '../../../src/senders/index.ts';

type RouteInput = NonNullable<ConfigInput['routes']>[number];

function ready(route: Omit<RouteInput, 'name' | 'path'>): ReadyRoute {
  const config = configSchema.parse({
    botHosts: { main: { url: 'http://127.0.0.1:1' } },
    routes: [{ name: 'r', path: '/r', ...route }],
  });
  const documents = () => Promise.reject(new Error('not here'));
  const [only] = readyRoutes(config, { addresses: {}, documents });
  assert.ok(only !== undefined);
  return only;
}

const acknowledgesFor = (route: ReadyRoute, statuses: readonly number[]) =>
  statuses.filter((status) => route.ingress.answer.acknowledges?.(status) === true);

describe('a route without a sender', () => {
  const { ingress, delivery } = ready({});

  test('waits 25 s, tells the caller that it is queued, looks at no signature and no copies', () => {
    const { answer, sender, dedupe, forwardTo } = ingress;
    assert.deepEqual(
      [answer.mode, answer.for, answer.whenQueued, answer.whenLimited],
      ['wait', 25_000, 'accept', 'too-many-requests'],
    );
    assert.deepEqual(answer.ack, { status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok' });
    assert.deepEqual([answer.acknowledges, sender, dedupe, forwardTo], [null, null, null, null]);
    assert.deepEqual([delivery.answer.for, delivery.forwardTo], [25_000, null]);
  });

  test('may still look for copies and answer success in its own words', () => {
    const own = ready({ dedupe: { key: 'json:/id' }, answer: { success: 'acknowledge' } });
    assert.deepEqual(own.ingress.dedupe, {
      key: ['json:/id'],
      windowMs: 4 * 86_400_000,
      whenDelivered: 'answer',
    });
    assert.deepEqual(acknowledgesFor(own, [200, 302]), [200, 302]);
  });
});

describe('a route with a sender', () => {
  const stripe = { sender: 'stripe' as const, secrets: ['whsec_x'] };

  test('acknowledges as the sender wants, and knows its events', () => {
    const { answer, dedupe, sender } = ready(stripe).ingress;
    assert.deepEqual([answer.mode, answer.whenQueued], ['ack', 'acknowledge']);
    assert.deepEqual(answer.ack, senderPresets.stripe.answer.acknowledgement);
    assert.deepEqual(dedupe?.key, ['json:/id']);
    assert.equal(dedupe.windowMs, 4 * 86_400_000, 'a day more than Stripe sends again');
    assert.deepEqual([sender?.verify, sender?.isChecked], ['enforce', true]);
  });

  test('knows copies for longer than any sender sends them: the last try comes late', () => {
    for (const { name, eventId, retries } of Object.values(senderPresets)) {
      if (eventId === null || retries.windowMs === null) continue;
      const senderSettings = name === 'paypal' ? { webhookId: '1JE4291016473214C' } : {};
      const { dedupe } = ready({ sender: name, verify: 'report', senderSettings }).ingress;
      assert.ok((dedupe?.windowMs ?? 0) >= retries.windowMs + 86_400_000, name);
    }
  });

  test('is overruled by what the configuration says', () => {
    const { ingress } = ready({
      ...stripe,
      answer: {
        mode: 'wait',
        for: '3s',
        whenQueued: 'unavailable',
        ack: { body: 'own' },
        success: 'relay',
        whenLimited: 'unavailable',
      },
      dedupe: 'off',
      verify: 'report',
    });
    const { answer, dedupe, sender } = ingress;
    assert.deepEqual(
      [answer.mode, answer.for, answer.whenQueued, answer.ack.body],
      ['wait', 3_000, 'unavailable', 'own'],
    );
    assert.deepEqual(
      [answer.acknowledges, answer.whenLimited, dedupe, sender?.verify],
      [null, 'unavailable', null, 'report'],
    );
  });

  test('with nothing to check with is let in unchecked, where it only reports', () => {
    assert.equal(ready({ sender: 'stripe', verify: 'report' }).ingress.sender?.isChecked, false);
  });

  test('holds a caller half a second less than the sender waits', () => {
    assert.equal(ready({ sender: 'slack', secrets: ['x'] }).ingress.answer.for, 2_500);
    assert.equal(ready({ sender: 'shopify', secrets: ['x'] }).ingress.answer.for, 4_500);
    assert.equal(ready({ sender: 'github', secrets: ['x'] }).ingress.answer.for, 9_500);
  });

  test('replaces what the sender would take for a failure, in mode wait', () => {
    const waiting = { answer: { mode: 'wait' } } as const;
    const statuses = [200, 201, 204, 302];
    assert.deepEqual(acknowledgesFor(ready({ ...stripe, ...waiting }), statuses), [302]);
    const freekassa = ready({ sender: 'freekassa', secrets: ['x'], ...waiting });
    assert.deepEqual(acknowledgesFor(freekassa, statuses), statuses, 'only its own word will do');
    assert.equal(freekassa.ingress.answer.ack.body, 'YES');
  });

  test('relays what a sender reads, whatever it is', () => {
    for (const sender of ['telegram', 'slack', 'twilio'] as const) {
      const { answer } = ready({ sender, secrets: ['x'] }).ingress;
      assert.deepEqual(
        [answer.mode, answer.acknowledges, answer.whenQueued],
        ['wait', null, 'acknowledge'],
        sender,
      );
    }
  });
});
