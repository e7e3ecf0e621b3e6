import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '../../support/seededRandom.ts';
import { fakeCaller, harness, retrySettings, routeSettings, turn } from './harness.ts';

describe("the caller's answer", () => {
  test('a live webhook is tried at once, its answer relayed and its outcome settled', async () => {
    const { delivery, forwarder, log, arrive, seen } = harness();
    await delivery.start();
    const { id, caller } = await arrive();
    assert.equal(forwarder.received.length, 1);
    forwarder.received[0]?.answer(200, ['Content-Type', 'text/plain'], 'hello');
    await turn();
    assert.equal(caller.head?.status, 200);
    assert.deepEqual(caller.head.headers, ['Content-Type', 'text/plain']);
    assert.equal(caller.body, 'hello');
    assert.equal(caller.told, 'end');
    assert.deepEqual(log.row(id).standing, { state: 'delivered' });
    assert.equal(delivery.stats().botHosts['main']?.inFlight, 0);
    assert.equal(seen.outcomes.length, 1);
    assert.deepEqual(seen.outcomes[0], {
      id,
      route: 'default',
      botHost: 'main',
      state: 'delivered',
      turn: 'attempted',
      lane: 'live',
      replay: 0,
      attempt: 1,
      waitedMs: 0,
      durationMs: 0,
      status: 200,
      reason: null,
      ageMs: 0,
      bytes: 2,
      sender: null,
      traceId: null,
    });
  });

  test('the head goes to the caller as soon as it is there, before the answer has ended', async () => {
    const { delivery, forwarder, log, arrive } = harness();
    await delivery.start();
    const { id, caller } = await arrive();
    const writer = forwarder.received[0]?.head(200, []);
    writer?.write(Buffer.from('first'));
    assert.equal(caller.head?.status, 200);
    assert.equal(caller.body, 'first');
    assert.equal(log.row(id).state, 'pending');
  });

  test('it does not wait for the log to take the outcome', async () => {
    const { delivery, forwarder, log, arrive, clock } = harness();
    await delivery.start();
    log.failing.settle = new Error('the disk is slow');
    const { id, caller } = await arrive();
    forwarder.received[0]?.answer(200);
    await turn();
    assert.equal(caller.told, 'end');
    assert.equal(log.row(id).state, 'pending');
    log.failing.settle = null;
    clock.advance(100);
    await turn();
    assert.equal(log.row(id).state, 'delivered');
  });

  for (const status of [204, 303, 400, 404, 500]) {
    test(`${String(status)} is final and relayed as it is`, async () => {
      const { delivery, forwarder, log, arrive } = harness();
      await delivery.start();
      forwarder.rule = (received) => received.answer(status, ['X', 'y'], 'body');
      const { id, caller } = await arrive();
      await turn();
      assert.equal(caller.head?.status, status);
      assert.equal(caller.body, 'body');
      assert.equal(log.row(id).state, status < 400 ? 'delivered' : 'dead');
    });
  }

  test('503 twice and then 200 inside the budget: the caller gets the 200', async () => {
    const { delivery, forwarder, log, arrive, pass, seen } = harness();
    await delivery.start();
    let tries = 0;
    forwarder.rule = (received) => received.answer((tries += 1) < 3 ? 503 : 200, [], `try ${String(tries)}`);
    const { id, caller } = await arrive();
    await pass(8_000);
    assert.equal(caller.head?.status, 200);
    assert.equal(caller.body, 'try 3');
    assert.equal(log.row(id).progress.attempts, 3);
    assert.deepEqual(log.row(id).standing, { state: 'delivered' });
    assert.deepEqual(
      seen.attempts.map(({ lane, retry, outcome }) => `${lane} ${String(retry)} ${outcome}`),
      ['live false 5xx', 'retry true 5xx', 'retry true 2xx'],
    );
    assert.deepEqual(
      forwarder.received.map(({ signed }) => (JSON.parse(signed[3] ?? '') as { attempt: number }).attempt),
      [1, 2, 3],
    );
    assert.equal(delivery.stats().callersWaiting, 0);
  });

  test('when the tries are used up the last 503 is relayed', async () => {
    const retry = retrySettings({ attempts: 3, firstDelay: 10 });
    const { delivery, forwarder, arrive, pass, seen, log } = harness({
      routes: [routeSettings('default', { retry })],
    });
    await delivery.start();
    forwarder.rule = (received) => received.answer(503, [], `try ${String(forwarder.received.length)}`);
    const { id, caller } = await arrive();
    await pass(1_000);
    assert.equal(caller.head?.status, 503);
    assert.equal(caller.body, 'try 3');
    assert.deepEqual(log.row(id).standing, { state: 'dead', reason: 'exhausted' });
    assert.deepEqual(seen.deaths, ['exhausted']);
    assert.equal(seen.outcomes.at(-1)?.reason, 'exhausted');
  });

  test('when the tries are used up and none was answered the caller is told that it is dead', async () => {
    const retry = retrySettings({ attempts: 2, firstDelay: 10 });
    const { delivery, forwarder, arrive, pass } = harness({ routes: [routeSettings('default', { retry })] });
    await delivery.start();
    forwarder.rule = (received) => received.fail('connection-refused');
    const { caller } = await arrive();
    await pass(1_000);
    assert.equal(caller.told, 'dead');
    assert.equal(caller.calls, 1);
  });

  test('abort-message on a 503 ends the tries, and the 503 is relayed', async () => {
    const { delivery, forwarder, arrive, log } = harness();
    await delivery.start();
    forwarder.rule = (received) => received.answer(503, ['Webhook-Delivery', 'abort-message']);
    const { id, caller } = await arrive();
    await turn();
    assert.equal(caller.head?.status, 503);
    assert.deepEqual(log.row(id).standing, { state: 'dead', reason: 'refused' });
  });

  test('a Retry-After beyond the budget: the caller is told at once that the webhook is queued', async () => {
    const { delivery, forwarder, arrive, log, clock } = harness();
    await delivery.start();
    forwarder.rule = (received) => received.answer(503, ['Retry-After', '60']);
    const { id, caller } = await arrive();
    await turn();
    assert.equal(caller.told, 'queued');
    const { standing } = log.row(id);
    assert.ok(standing.state === 'pending' && standing.dueAt === clock.now() + 60_000);
    assert.equal(delivery.stats().callersWaiting, 0);
  });

  test('a budget that ends between two tries: the caller is told, and forgotten', async () => {
    const routes = [routeSettings('default', { answer: { for: 3_000 } })];
    const { delivery, forwarder, arrive, pass, log } = harness({ routes });
    await delivery.start();
    const { id, caller } = await arrive();
    forwarder.received[0]?.answer(503, ['Retry-After', '2']);
    await pass(2_100);
    assert.equal(delivery.stats().callersWaiting, 0, 'the retry has taken it');
    await pass(2_000);
    forwarder.received[1]?.answer(503, ['Retry-After', '1']);
    await turn();
    assert.equal(caller.told, 'queued');
    assert.equal(delivery.stats().callersWaiting, 0);
    assert.equal(log.row(id).state, 'pending');
  });

  test('a caller that hung up changes nothing: the webhook is delivered all the same', async () => {
    const { delivery, forwarder, log, arrive } = harness();
    await delivery.start();
    const { id, caller } = await arrive({}, fakeCaller({ gone: true }));
    forwarder.received[0]?.answer(200, [], 'nobody hears it');
    await turn();
    assert.equal(log.row(id).state, 'delivered');
    assert.deepEqual([caller.head, caller.calls], [null, 1]);
  });

  test('a caller that hung up between two tries is forgotten at the end of its budget', async () => {
    const { delivery, forwarder, arrive, pass } = harness();
    await delivery.start();
    await arrive({}, fakeCaller({ gone: true }));
    forwarder.received[0]?.answer(503, ['Retry-After', '20']);
    await turn();
    assert.equal(delivery.stats().callersWaiting, 1);
    await pass(20_200, 1_000);
    forwarder.received[1]?.answer(200);
    await turn();
    assert.equal(delivery.stats().callersWaiting, 0);
  });

  test('where nobody waits (mode ack) the webhook is delivered the same way', async () => {
    const { delivery, forwarder, log, arrive } = harness();
    await delivery.start();
    const { id } = await arrive({}, null);
    forwarder.received[0]?.answer(200);
    await turn();
    assert.equal(log.row(id).state, 'delivered');
  });
});

describe('what an attempt leaves in the log', () => {
  test("the record of the try, with the bot's answer", async () => {
    const { delivery, forwarder, log, arrive, clock } = harness();
    await delivery.start();
    const startedAt = clock.now();
    const { id } = await arrive();
    clock.advance(250);
    forwarder.received[0]?.answer(404, ['X', 'y'], 'no such command');
    await turn();
    assert.deepEqual(log.row(id).events, [
      {
        type: 'attempted',
        at: startedAt + 250,
        attempt: {
          number: 1,
          replay: 0,
          startedAt,
          durationMs: 250,
          outcome: {
            kind: 'answered',
            status: 404,
            headers: ['X', 'y'],
            body: Buffer.from('no such command'),
            bodyTruncated: false,
            complete: true,
          },
        },
        then: { state: 'dead', reason: 'refused' },
      },
    ]);
  });

  test('an answer that breaks after its head was relayed: delivered, and not complete', async () => {
    const { delivery, forwarder, log, arrive } = harness();
    await delivery.start();
    const { id, caller } = await arrive();
    forwarder.received[0]?.head(200, ['X', 'y']);
    forwarder.received[0]?.fail('connection-lost');
    await turn();
    assert.equal(caller.told, 'abort');
    assert.equal(log.row(id).state, 'delivered');
    const [event] = log.row(id).events;
    assert.ok(event?.type === 'attempted' && event.attempt.outcome.kind === 'answered');
    assert.deepEqual([event.attempt.outcome.status, event.attempt.outcome.complete], [200, false]);
  });

  test('an error of our own costs the webhook one try: reported, not lost, and no host is blamed', async () => {
    const { delivery, forwarder, log, arrive, pass, seen } = harness();
    await delivery.start();
    const { id, caller } = await arrive();
    forwarder.received[0]?.reject(new Error('a bug'));
    await turn();
    const { events, state } = log.row(id);
    assert.equal(state, 'pending');
    assert.ok(events[0]?.type === 'attempted' && events[0].attempt.outcome.kind === 'failed');
    assert.equal(events[0].attempt.outcome.cause, 'unknown');
    assert.doesNotMatch(events[0].attempt.outcome.detail, /a bug/);
    assert.deepEqual(
      seen.notices.map(({ code }) => code),
      ['attempt-threw'],
    );
    forwarder.rule = (received) => received.answer(200);
    await pass(1_500);
    assert.equal(log.row(id).state, 'delivered');
    assert.equal(caller.head?.status, 200);
  });

  test('a signer that throws is such an error: nothing is sent unsigned', async () => {
    const signer = {
      sign: () => {
        throw new Error('no key');
      },
    };
    const { delivery, forwarder, log, arrive } = harness({ signer });
    await delivery.start();
    const { id } = await arrive();
    await turn();
    assert.equal(forwarder.received.length, 0);
    assert.deepEqual(log.row(id).types, ['attempted']);
    assert.equal(log.row(id).state, 'pending');
  });

  test('an error after the head was relayed breaks the answer off, and is not tried again', async () => {
    const { delivery, forwarder, log, arrive } = harness();
    await delivery.start();
    const { id, caller } = await arrive();
    forwarder.received[0]?.head(200);
    forwarder.received[0]?.reject(new Error('a bug'));
    await turn();
    assert.equal(caller.told, 'abort');
    assert.equal(log.row(id).state, 'delivered');
  });

  test('an error outside the attempt proper, too: the lease runs out, and its turn comes again', async () => {
    const chance = seededRandom(1);
    const broken = { on: true };
    const random = {
      ...chance,
      fraction: () => {
        if (broken.on) throw new Error('a bug');
        return chance.fraction();
      },
    };
    const { delivery, forwarder, log, arrive, pass, seen } = harness({ random });
    await delivery.start();
    const { id } = await arrive();
    forwarder.received[0]?.fail('timeout');
    await turn();
    assert.deepEqual(
      seen.notices.map(({ code }) => code),
      ['queue-threw'],
    );
    assert.deepEqual(log.row(id).types, []);
    assert.equal(delivery.stats().botHosts['main']?.inFlight, 0);
    broken.on = false;
    forwarder.rule = (received) => received.answer(200);
    await pass(61_500, 500);
    assert.equal(log.row(id).state, 'delivered');
  });

  test('a caller that throws harms nobody but itself', async () => {
    const { delivery, forwarder, log, arrive, seen } = harness();
    await delivery.start();
    const caller = fakeCaller();
    caller.relay = () => {
      throw new Error('a bug of the listener');
    };
    const { id } = await arrive({}, caller);
    forwarder.received[0]?.answer(200);
    await turn();
    assert.equal(log.row(id).state, 'delivered');
    assert.deepEqual(
      seen.notices.map(({ code }) => code),
      ['caller-threw'],
    );
  });

  test('what is signed: the public URL, the number of the attempt and of the replay', async () => {
    const { delivery, forwarder, arrive, replay } = harness({ publicUrl: 'https://hooks.example/' });
    await delivery.start();
    forwarder.rule = (received) => received.answer(200);
    const { id } = await arrive();
    await turn();
    await replay(id);
    await turn();
    const url = 'https://hooks.example/v1/bots/7/new-webhook?&command=%2FonWebhook';
    assert.deepEqual(
      forwarder.received.map(({ signed }) => JSON.parse(signed[3] ?? '') as unknown),
      [
        { url, attempt: 1, replay: 0 },
        { url, attempt: 2, replay: 1 },
      ],
    );
  });
});

describe('a webhook that is cancelled', () => {
  test('while its try is under way: the try is written down, and the caller hears of it', async () => {
    const { delivery, forwarder, log, arrive, cancel } = harness();
    await delivery.start();
    const { id, caller } = await arrive();
    await cancel(id);
    forwarder.received[0]?.answer(503);
    await turn();
    assert.equal(caller.told, 'cancelled');
    assert.equal(log.row(id).state, 'cancelled');
    assert.deepEqual(log.row(id).types, ['cancelled', 'attempted']);
    assert.equal(delivery.stats().callersWaiting, 0);
  });

  test('while it waits for a retry: no try follows', async () => {
    const { delivery, forwarder, log, arrive, cancel, pass } = harness();
    await delivery.start();
    const { id, caller } = await arrive();
    forwarder.received[0]?.answer(503);
    await turn();
    await cancel(id);
    await pass(26_000, 1_000);
    assert.equal(forwarder.received.length, 1);
    assert.equal(log.row(id).state, 'cancelled');
    assert.equal(caller.told, 'queued', 'the budget ends all the same');
  });
});
