// Delivery on the embedded log, with the machine's clock: leases, lanes and order keys as they really are.
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { Clock } from '../../../src/core/clock.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { Webhook } from '../../../src/core/webhook.ts';
import type { BotHostSettings, RouteSettings } from '../../../src/delivery/index.ts';
import type { Log } from '../../../src/log/index.ts';
import { systemClock, systemRandom, uuidIds } from '../../../src/app/system.ts';
import { createDelivery } from '../../../src/delivery/index.ts';
import { createLevelLog } from '../../../src/log/index.ts';
import { scratchDir } from '../../support/process.ts';
import { waitFor } from '../../support/waitFor.ts';
import { fakeForwarder, type FakeForwarder } from './fakeBotHost.ts';
import { botHostSettings, fakeCaller, retrySettings, routeSettings } from './harness.ts';

/** Timers that keep the process alive: there is no listener here to do so. */
const clock: Clock = {
  ...systemClock,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

const ids = uuidIds(systemRandom);
const retry = retrySettings({ firstDelay: 20, attempts: 5 });

async function openLog(dir: string): Promise<Log> {
  const observer = { committed: () => undefined, modeChanged: () => undefined, noticed: () => undefined };
  const log = createLevelLog({ dir, freeBytesMin: 0, ballastBytes: 0, clock, observer });
  await log.start();
  return log;
}

/** Delivery over `log`, started, and stopped with the test. */
async function deliverFrom(log: Log, forwarder: FakeForwarder, botHost: Partial<BotHostSettings> = {}) {
  const route: RouteSettings = routeSettings('default', { retry });
  const notices: unknown[] = [];
  const delivery = createDelivery({
    log,
    forwarder,
    signer: { current: { sign: ({ webhook }) => ['hookward-id', webhook.id] } },
    passedOnHeaders: (headers) => headers,
    clock,
    random: systemRandom,
    settings: {
      current: { publicUrl: null, botHosts: { main: botHostSettings(botHost) }, routes: [route] },
    },
    metrics: {
      attempted: () => undefined,
      died: () => undefined,
      deferred: () => undefined,
      circuitChanged: () => undefined,
      unknownRoutes: () => undefined,
    },
    tracer: null,
    onOutcome: () => undefined,
    noticed: (notice) => void notices.push(notice),
  });
  await delivery.start();
  const arrive = async (changes: Partial<Webhook> = {}) => {
    const now = clock.now();
    const request = {
      method: 'POST',
      target: '/hook',
      headers: ['Host', 'a.example'],
      body: Buffer.from('{}'),
      ip: '192.0.2.1',
      scheme: 'http',
    } as const;
    const webhook: Webhook = {
      id: ids.next(now),
      route: 'default',
      receivedAt: now,
      request,
      bot: null,
      user: null,
      orderKey: null,
      sender: null,
      eventId: null,
      dedupeKey: null,
      ...changes,
    };
    const [appended] = await log.append({
      webhooks: [webhook],
      leaseMs: 60_000,
      orderWaitMaxMs: 60_000,
      dedupeWindowMs: 0,
      now,
    });
    const caller = fakeCaller();
    delivery.live(webhook, appended?.lease ?? null, caller, null);
    return { id: webhook.id, caller };
  };
  return { delivery, arrive, notices };
}

function scratch(t: TestContext): string {
  const dir = scratchDir('hookward-delivery-');
  t.after(() => dir.remove());
  return dir.path;
}

describe('delivery on the embedded log', () => {
  test('delivers, retries, replays and counts on; callers get the answers', async (t) => {
    const log = await openLog(scratch(t));
    const forwarder = fakeForwarder();
    const { delivery, arrive, notices } = await deliverFrom(log, forwarder);
    const seen = new Map<string, number>();
    forwarder.rule = (received) => {
      const id = received.signed[1] ?? '';
      const tries = (seen.get(id) ?? 0) + 1;
      seen.set(id, tries);
      received.answer(tries < 3 ? 503 : 200, [], `try ${String(tries)}`);
    };
    const arrived = await Promise.all(Array.from({ length: 40 }, () => arrive()));
    await waitFor('all to be delivered', () => log.stats().counts.delivered === 40);
    assert.ok(arrived.every(({ caller }) => caller.body === 'try 3'));
    assert.ok(forwarder.peak('main') <= 4);
    const [first] = arrived;
    assert.ok(first);
    await log.replay({ ids: [first.id], by: 'support', reason: 'asked for', now: clock.now() });
    delivery.wake('default');
    await waitFor('the replay', () => seen.get(first.id) === 4);
    await waitFor('its outcome', () => log.stats().counts.delivered === 40);
    const record = await log.get({ id: first.id });
    assert.deepEqual([record?.progress.attempts, record?.progress.replay], [4, 1]);
    await delivery.stop(2_000);
    await log.stop(2_000);
    assert.deepEqual(notices, []);
  });

  test('webhooks of one key arrive one after another, in order, through retries', async (t) => {
    const log = await openLog(scratch(t));
    const forwarder = fakeForwarder();
    const { delivery, arrive } = await deliverFrom(log, forwarder, { concurrency: 32 });
    const finished: string[] = [];
    let failOnce = true;
    forwarder.rule = (received) => {
      const flaky = failOnce;
      failOnce = !failOnce;
      if (!flaky) finished.push(received.signed[1] ?? '');
      setImmediate(() => received.answer(flaky ? 503 : 200));
    };
    const arrived = [];
    for (let count = 0; count < 25; count += 1) arrived.push(await arrive({ orderKey: 'k' }));
    await waitFor('all to be delivered', () => log.stats().counts.delivered === 25);
    assert.deepEqual(
      finished,
      arrived.map(({ id }) => id),
    );
    assert.equal(forwarder.peak('main'), 1);
    assert.ok(arrived.every(({ caller }) => caller.head?.status === 200));
    await delivery.stop(2_000);
    await log.stop(2_000);
  });

  test('a copy that comes at any moment joins, reads the log, and hears or finds the outcome', async (t) => {
    const log = await openLog(scratch(t));
    const forwarder = fakeForwarder();
    forwarder.rule = (received) => setImmediate(() => received.answer(200, [], 'once'));
    const { delivery, arrive } = await deliverFrom(log, forwarder, { concurrency: 64 });
    const found = { told: 0, read: 0 };
    const copy = async (id: WebhookId, turns: number) => {
      for (let count = 0; count < turns; count += 1) await new Promise((resolve) => setImmediate(resolve));
      const caller = fakeCaller();
      const leave = delivery.join(id, 'default', caller);
      const record = await log.get({ id });
      if (record?.standing.state === 'delivered') {
        found.read += 1;
        leave();
        return;
      }
      await waitFor(`the outcome, joined after ${String(turns)} turns`, () => caller.told);
      assert.deepEqual([caller.head?.status, caller.body], [200, 'once']);
      found.told += 1;
    };
    for (let round = 0; round < 8; round += 1) {
      const { id } = await arrive();
      await Promise.all(Array.from({ length: 40 }, (_, turns) => copy(id, turns)));
    }
    assert.ok(found.told > 0 && found.read > 0, JSON.stringify(found));
    assert.equal(forwarder.received.length, 8);
    assert.equal(delivery.stats().callersWaiting, 0);
    await delivery.stop(2_000);
    await log.stop(2_000);
  });

  test('what a stop left pending is delivered by the next start, and nothing twice', async (t) => {
    const dir = scratch(t);
    const firstLog = await openLog(dir);
    const first = fakeForwarder();
    const { delivery, arrive } = await deliverFrom(firstLog, first, { concurrency: 3 });
    const arrived = await Promise.all(Array.from({ length: 12 }, () => arrive()));
    for (const received of first.received.slice(0, 2)) received.answer(200);
    await waitFor('two to be delivered', () => firstLog.stats().counts.delivered === 2);
    await delivery.stop(200);
    await firstLog.stop(2_000);

    const log = await openLog(dir);
    const second = fakeForwarder();
    second.rule = (received) => received.answer(200);
    const next = await deliverFrom(log, second);
    await waitFor('all to be delivered', () => log.stats().counts.delivered === 12);
    const delivered = first.received.slice(0, 2).map(({ signed }) => signed[1]);
    const again = second.received.map(({ signed }) => signed[1]);
    assert.deepEqual([...delivered, ...again].sort(), arrived.map(({ id }) => id).sort());
    await next.delivery.stop(2_000);
    await log.stop(2_000);
  });
});
