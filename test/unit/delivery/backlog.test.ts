import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HookwardError } from '../../../src/core/errors.ts';
import { botHostSettings, harness, retrySettings, routeSettings, turn } from './harness.ts';

const dayMs = 86_400_000;

describe('due webhooks', () => {
  test('left by a crash are taken up at the start', async () => {
    const { delivery, forwarder, log, leave, pass } = harness();
    forwarder.rule = (received) => received.answer(200);
    const ids = [];
    for (let count = 0; count < 10; count += 1) ids.push(await leave());
    await delivery.start();
    await pass(100);
    assert.equal(log.count('delivered'), 10);
    assert.deepEqual(
      forwarder.received.map(({ signed }) => signed[1]),
      ids,
      'earliest first',
    );
  });

  test('in flight at a restart are tried again once their lease has run out, with the same id', async () => {
    const { delivery, forwarder, log, webhook, clock, pass } = harness();
    const inFlight = webhook();
    const waits = { orderWaitMaxMs: 0, dedupeWindowMs: 0 };
    await log.append({ webhooks: [inFlight], leaseMs: 5_000, ...waits, now: clock.now() });
    forwarder.rule = (received) => received.answer(200);
    await delivery.start();
    await pass(4_500, 500);
    assert.equal(forwarder.received.length, 0);
    await pass(2_000, 500);
    assert.deepEqual(
      forwarder.received.map(({ signed }) => signed[1]),
      [inFlight.id],
    );
  });

  test('are claimed only as far as there are places: a million wait on disk', async () => {
    const { delivery, forwarder, log, leave, pass } = harness({
      botHosts: { main: botHostSettings({ concurrency: 4 }) },
    });
    for (let count = 0; count < 200; count += 1) await leave();
    await delivery.start();
    await pass(2_000);
    assert.equal(forwarder.received.length, 4);
    assert.equal(delivery.stats().botHosts['main']?.inFlight, 4);
    const asked = log.claims.reduce((sum, { limit }) => sum + limit, 0);
    assert.ok(asked <= 12, `asked for ${String(asked)} in all, with room for 4`);
  });

  test('of several routes get the places by turns', async () => {
    const routes = ['a', 'b', 'c'].map((name) => routeSettings(name));
    const { delivery, forwarder, log, leave } = harness({ routes });
    for (let count = 0; count < 300; count += 1) await leave({ route: 'a' });
    for (let count = 0; count < 20; count += 1) await leave({ route: 'b' });
    for (let count = 0; count < 20; count += 1) await leave({ route: 'c' });
    await delivery.start();
    for (let round = 0; log.count('delivered') < 60; round += 1) {
      assert.ok(round < 60, 'sixty in sixty rounds');
      await turn();
      for (const received of forwarder.received) received.answer(200);
    }
    const delivered = (route: string) =>
      log.entries.filter(({ webhook, events }) => webhook.route === route && events.length > 0).length;
    assert.ok(delivered('a') >= 10 && delivered('b') >= 10 && delivered('c') >= 10);
  });

  test('drain under live load that never leaves a place free: one start in eight is theirs', async () => {
    const { delivery, forwarder, leave, arrive } = harness({
      botHosts: { main: botHostSettings({ concurrency: 2, waitingMax: 50 }) },
    });
    await delivery.start();
    const backlog = new Set<string>();
    for (let count = 0; count < 10; count += 1) backlog.add(await leave());
    for (let count = 0; count < 20; count += 1) await arrive();
    delivery.wake();
    await turn();
    for (let round = 0; round < 80; round += 1) {
      forwarder.received[round]?.answer(200);
      await arrive();
      await turn();
      const waiting = delivery.stats().botHosts['main']?.waiting;
      assert.ok(waiting !== undefined && waiting.live > 10, 'no place is ever free of live ones');
    }
    const taken = forwarder.received.filter(({ signed }) => backlog.has(signed[1] ?? ''));
    assert.ok(taken.length >= 9, `${String(taken.length)} of the backlog in 80 starts`);
  });

  test('too old when their turn comes are given up without a try, and make room for the next', async () => {
    const { delivery, forwarder, log, leave, pass, clock, seen } = harness();
    for (let count = 0; count < 9; count += 1) await leave();
    clock.advance(dayMs + 1);
    const young = await leave();
    forwarder.rule = (received) => received.answer(200);
    await delivery.start();
    await pass(1_000);
    assert.equal(log.count('dead'), 9);
    assert.equal(log.row(young).state, 'delivered');
    assert.equal(forwarder.received.length, 1);
    assert.deepEqual(seen.deaths, new Array(9).fill('expired'));
    assert.equal(seen.outcomes[0]?.turn, 'expired');
  });

  test('a log that gives none out now is asked again within a second', async () => {
    const { delivery, forwarder, log, leave, pass, seen } = harness();
    await leave();
    log.failing.claim = new HookwardError('log-failing', { message: 'no' });
    await delivery.start();
    await pass(5_500);
    assert.deepEqual(
      seen.notices.map(({ code }) => code),
      ['claim-failed'],
      'told once, however often it is asked',
    );
    log.failing.claim = null;
    forwarder.rule = (received) => received.answer(200);
    await pass(1_100);
    assert.equal(log.count('delivered'), 1);
  });

  test('a lease that runs out while its webhook is held here does not make a second try', async () => {
    const { delivery, forwarder, log, webhook, clock, pass } = harness();
    await delivery.start();
    const held = webhook();
    const [appended] = await log.append({
      webhooks: [held],
      leaseMs: 1_000,
      orderWaitMaxMs: 0,
      dedupeWindowMs: 0,
      now: clock.now(),
    });
    delivery.live(held, appended?.lease ?? null, null, null);
    await pass(3_000);
    assert.equal(forwarder.received.length, 1);
    forwarder.received[0]?.answer(200);
    await pass(3_000);
    assert.equal(log.row(held.id).state, 'delivered', 'settled under the lease given last');
    assert.equal(forwarder.received.length, 1);
  });
});

describe('lanes of one bot host', () => {
  test('live before retries before replays, whoever came first', async () => {
    const { delivery, forwarder, log, arrive, leave, replay, pass } = harness({
      botHosts: { main: botHostSettings({ concurrency: 1 }) },
    });
    await delivery.start();
    const { id: replayed } = await arrive();
    forwarder.received[0]?.answer(200);
    await turn();
    const { id: first } = await arrive();
    await replay(replayed);
    const left = await leave();
    const { id: second } = await arrive();
    forwarder.rule = (received) => received.answer(200);
    forwarder.received[1]?.answer(200);
    await pass(1_500);
    const order = forwarder.received.slice(1).map(({ signed }) => signed[1]);
    assert.equal(order[0], first);
    assert.equal(order[1], second);
    assert.deepEqual(new Set(order.slice(2)), new Set([left, replayed]));
    assert.equal(log.row(replayed).progress.replay, 1);
  });

  test('a replay is tried at once, as a replay, and its retries are retries', async () => {
    const { delivery, forwarder, log, arrive, replay, pass, seen } = harness();
    await delivery.start();
    const { id } = await arrive();
    forwarder.received[0]?.answer(404);
    await turn();
    forwarder.rule = (received) => received.answer(forwarder.received.length < 3 ? 503 : 200);
    await replay(id);
    await pass(2_000);
    assert.deepEqual(
      seen.attempts.map(({ lane, retry, replay: isReplay }) => [lane, retry, isReplay]),
      [
        ['live', false, false],
        ['replay', false, true],
        ['retry', true, false],
      ],
    );
    assert.deepEqual(log.row(id).progress.tries, 2);
    assert.equal(log.row(id).state, 'delivered');
  });

  test('a replay of an old webhook has a budget of its own', async () => {
    const { delivery, forwarder, log, arrive, replay, pass, clock } = harness();
    await delivery.start();
    const { id } = await arrive();
    forwarder.received[0]?.answer(200);
    await turn();
    clock.step(30 * dayMs);
    forwarder.rule = (received) => received.answer(200);
    await replay(id);
    await pass(1_100);
    assert.equal(forwarder.received.length, 2);
    assert.equal(log.row(id).state, 'delivered');
  });
});

describe('order by key', () => {
  test('one after another; the caller of a follower gets its answer', async () => {
    const { delivery, forwarder, arrive, log } = harness();
    await delivery.start();
    const first = await arrive({ orderKey: 'k' });
    const second = await arrive({ orderKey: 'k' });
    const third = await arrive({ orderKey: 'k' });
    const other = await arrive({ orderKey: 'other' });
    await turn();
    assert.equal(forwarder.received.length, 2, 'one a key');
    assert.equal(delivery.stats().callersWaiting, 2);
    for (const [at, { caller }] of [first, other, second, third].entries()) {
      forwarder.received[at]?.answer(200, [], `answer ${String(at)}`);
      await turn(6);
      assert.equal(caller.body, `answer ${String(at)}`);
    }
    assert.equal(log.count('delivered'), 4);
    assert.equal(delivery.stats().callersWaiting, 0);
  });

  test('a stuck one is passed by after its limit', async () => {
    const { delivery, forwarder, arrive, pass, log } = harness();
    await delivery.start();
    const first = await arrive({ orderKey: 'k' });
    forwarder.received[0]?.answer(503, ['Retry-After', '3600']);
    const second = await arrive({ orderKey: 'k' });
    await pass(299_000, 10_000);
    assert.equal(forwarder.received.length, 1);
    forwarder.rule = (received) => received.answer(200);
    await pass(3_000, 500);
    assert.equal(log.row(second.id).state, 'delivered');
    assert.equal(log.row(first.id).state, 'pending');
    assert.equal(second.caller.told, 'queued', 'its budget was over long before');
  });

  test('a follower of a bot host whose circuit is open is told so at once', async () => {
    const circuit = { failures: 1, statuses: [], openFor: 2_000, openMax: 2_000 };
    const { delivery, forwarder, arrive } = harness({ botHosts: { main: botHostSettings({ circuit }) } });
    await delivery.start();
    await arrive({ orderKey: 'k' });
    forwarder.received[0]?.fail('timeout');
    await turn();
    const { caller } = await arrive({ orderKey: 'k' });
    assert.equal(caller.told, 'queued');
  });
});

describe('settings', () => {
  test("a route's retry rule is the one that counts", async () => {
    const retry = retrySettings({ statuses: [500], attempts: 2, firstDelay: 10 });
    const { delivery, forwarder, arrive, pass } = harness({ routes: [routeSettings('default', { retry })] });
    await delivery.start();
    forwarder.rule = (received) => received.answer(500);
    const { caller } = await arrive();
    await pass(1_000);
    assert.equal(forwarder.received.length, 2);
    assert.equal(caller.head?.status, 500);
  });

  test('a reload moves what waits, and what is due, to the new bot host of its route', async () => {
    const botHosts = {
      one: botHostSettings({ concurrency: 1 }),
      two: botHostSettings({ concurrency: 4 }),
    };
    const { delivery, forwarder, arrive, leave, settings, pass, log } = harness({
      botHosts,
      routes: [routeSettings('default', { botHost: 'one' })],
    });
    await delivery.start();
    await arrive();
    const { caller } = await arrive();
    await leave();
    settings.current = { ...settings.current, routes: [routeSettings('default', { botHost: 'two' })] };
    forwarder.rule = (received) => received.answer(200);
    delivery.apply();
    await pass(1_200);
    assert.equal(caller.head?.status, 200);
    assert.equal(forwarder.to('one').length, 1, 'its attempt goes on where it began');
    assert.equal(forwarder.to('two').length, 2);
    forwarder.to('one')[0]?.answer(200);
    await turn();
    assert.equal(log.count('delivered'), 3);
  });

  test('a bot host that is taken away ends its attempts; a smaller cap counts from then on', async () => {
    const { delivery, forwarder, arrive, settings, log } = harness({
      botHosts: { main: botHostSettings({ concurrency: 4 }), gone: botHostSettings() },
      routes: [routeSettings('default'), routeSettings('other', { botHost: 'gone' })],
    });
    await delivery.start();
    for (let count = 0; count < 6; count += 1) await arrive();
    await arrive({ route: 'other' });
    settings.current = {
      ...settings.current,
      botHosts: { main: botHostSettings({ concurrency: 2 }) },
      routes: [routeSettings('default')],
    };
    delivery.apply();
    for (const received of forwarder.to('main').slice(0, 2)) received.answer(200);
    await turn();
    assert.equal(forwarder.to('main').length, 4, 'two of four are still too many for a third');
    forwarder.to('gone')[0]?.answer(200);
    for (const received of forwarder.to('main')) received.answer(200);
    await turn();
    for (const received of forwarder.to('main')) received.answer(200);
    await turn();
    assert.equal(log.count('delivered'), 7);
    assert.deepEqual(Object.keys(delivery.stats().botHosts), ['main']);
  });

  test('pending webhooks of a lost route stay, are told of once, and go on when it returns', async () => {
    const { delivery, forwarder, log, leave, settings, pass, seen } = harness({
      routes: [routeSettings('default'), routeSettings('lost')],
    });
    forwarder.rule = (received) => received.answer(200);
    const withRoute = settings.current;
    settings.current = { ...withRoute, routes: [routeSettings('default')] };
    await leave({ route: 'lost' });
    await delivery.start();
    await pass(5_000, 500);
    assert.equal(seen.unknownRoutes, 1);
    assert.deepEqual(
      seen.notices.map(({ code }) => code),
      ['route-unknown'],
    );
    assert.equal(log.count('pending'), 1);
    settings.current = withRoute;
    delivery.apply();
    await pass(1_500);
    assert.equal(log.count('delivered'), 1);
    assert.equal(seen.unknownRoutes, 0);
  });

  test('a live webhook whose route is gone is put off', async () => {
    const { delivery, arrive, seen } = harness();
    await delivery.start();
    const { caller } = await arrive({ route: 'gone' });
    assert.equal(caller.told, 'queued');
    assert.deepEqual(seen.deferrals, ['no-bot-host']);
    assert.equal(seen.outcomes[0]?.botHost, null);
  });
});
