// Copies of a webhook that was taken before: their callers wait for the same outcome, and none misses it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { WebhookId } from '../../../src/core/ids.ts';
import { HookwardError } from '../../../src/core/errors.ts';
import {
  botHostSettings,
  fakeCaller,
  harness,
  retrySettings,
  routeSettings,
  turn,
  type FakeCaller,
  type HarnessOptions,
} from './harness.ts';

const started = async (options: HarnessOptions = {}) => {
  const opened = harness(options);
  await opened.delivery.start();
  return opened;
};

const answerOf = ({ head, body, told }: FakeCaller) => [head?.status, body, told];

describe('callers that join a webhook', () => {
  test('get the answer of the one try, beside the caller whose call it was', async () => {
    const { forwarder, arrive, join, delivery } = await started();
    const { id, caller } = await arrive();
    const joined = [join(id), join(id), join(id)];
    assert.equal(delivery.stats().callersWaiting, 3);
    forwarder.received[0]?.answer(201, ['X-Bot', 'yes'], 'made');
    await turn();
    for (const one of [caller, ...joined.map((joiner) => joiner.caller)]) {
      assert.deepEqual(answerOf(one), [201, 'made', 'end']);
      assert.deepEqual(one.head?.headers, ['X-Bot', 'yes']);
      assert.equal(one.calls, 1);
    }
    assert.equal(forwarder.received.length, 1);
    assert.equal(delivery.stats().callersWaiting, 0);
  });

  test('of other webhooks hear nothing of it', async () => {
    const { forwarder, arrive, join } = await started();
    const one = await arrive();
    const other = await arrive();
    const joined = join(other.id);
    forwarder.received[0]?.answer(200);
    await turn();
    assert.equal(one.caller.told, 'end');
    assert.equal(joined.caller.calls, 0);
  });

  test('wait through retries, as long as one can come inside their own budget', async () => {
    const { forwarder, arrive, join, pass } = await started();
    const { id, caller } = await arrive();
    await pass(10_000, 1_000);
    const later = join(id);
    forwarder.received[0]?.answer(503, ['Retry-After', '20']);
    await turn();
    assert.equal(caller.told, 'queued', 'the first budget ends before the retry');
    assert.equal(later.caller.told, null);
    await pass(20_100);
    forwarder.received[1]?.answer(200, [], 'at last');
    await turn();
    assert.deepEqual(answerOf(later.caller), [200, 'at last', 'end']);
  });

  test('are told at once where no retry can come inside their budget', async () => {
    const { forwarder, arrive, join, delivery } = await started();
    const { id } = await arrive();
    const { caller } = join(id);
    forwarder.received[0]?.answer(503, ['Retry-After', '60']);
    await turn();
    assert.equal(caller.told, 'queued');
    assert.equal(delivery.stats().callersWaiting, 0);
  });

  test('wait behind the order key, and for what a crash left: that goes with the live ones then', async () => {
    const { forwarder, arrive, leave, join, pass, seen } = await started();
    await arrive({ orderKey: 'k' });
    const follower = await arrive({ orderKey: 'k' }, null);
    const behind = join(follower.id);
    forwarder.received[0]?.answer(200);
    await pass(100);
    forwarder.received[1]?.answer(200, [], 'second');
    await turn();
    assert.deepEqual(answerOf(behind.caller), [200, 'second', 'end']);
    const left = join(await leave());
    await pass(1_100);
    forwarder.received[2]?.answer(200, [], 'left');
    await turn();
    assert.deepEqual(answerOf(left.caller), [200, 'left', 'end']);
    assert.deepEqual(
      seen.attempts.map(({ lane }) => lane),
      ['live', 'live', 'live'],
    );
  });

  test('wait for the new try of a webhook that was dead and is sent again', async () => {
    const { forwarder, arrive, join, replay } = await started();
    const { id } = await arrive();
    forwarder.received[0]?.answer(404);
    await turn();
    const { caller } = join(id);
    await replay(id);
    await turn();
    assert.equal(caller.calls, 0);
    forwarder.received[1]?.answer(200, [], 'this time');
    await turn();
    assert.deepEqual(answerOf(caller), [200, 'this time', 'end']);
  });

  test('that leave are forgotten, and may leave as often as they like', async () => {
    const { forwarder, arrive, join, delivery } = await started();
    const { id } = await arrive();
    const gone = join(id);
    const stays = join(id);
    gone.leave();
    gone.leave();
    assert.equal(delivery.stats().callersWaiting, 1);
    forwarder.received[0]?.answer(200);
    await turn();
    stays.leave();
    assert.deepEqual([gone.caller.calls, stays.caller.calls], [0, 1]);
    const again = join(id);
    stays.leave();
    gone.leave();
    assert.equal(delivery.stats().callersWaiting, 1, 'the leave of another changes nothing');
    again.leave();
    assert.equal(delivery.stats().callersWaiting, 0);
  });

  test('may leave while they are told', async () => {
    const { forwarder, arrive, join, delivery } = await started();
    const { id } = await arrive();
    const leaves: (() => void)[] = [];
    const callers = [1, 2, 3].map(() => {
      const caller = fakeCaller();
      const relay = caller.relay.bind(caller);
      caller.relay = (head) => {
        for (const leave of leaves) leave();
        return relay(head);
      };
      leaves.push(join(id, caller).leave);
      return caller;
    });
    forwarder.received[0]?.answer(200);
    await turn();
    assert.deepEqual(
      callers.map(({ calls }) => calls),
      [1, 0, 0],
    );
    assert.equal(delivery.stats().callersWaiting, 0);
  });

  test('are forgotten at the end of their budget, whatever became of the webhook', async () => {
    const { arrive, join, pass, delivery } = await started();
    const { id } = await arrive();
    const { caller } = join(id);
    await pass(24_000, 1_000);
    assert.equal(caller.told, null);
    await pass(2_000, 1_000);
    assert.equal(caller.told, 'queued');
    assert.equal(delivery.stats().callersWaiting, 0);
  });

  test('of a route that the configuration has not are told within a second', async () => {
    const { delivery, arrive, pass } = await started();
    const { id } = await arrive();
    const caller = fakeCaller();
    delivery.join(id, 'unknown', caller);
    await pass(1_000);
    assert.equal(caller.told, 'queued');
  });

  test('that throw harm nobody, and the outcome is written once', async () => {
    const { forwarder, arrive, join, log, seen, delivery } = await started();
    const { id } = await arrive();
    const bad = fakeCaller();
    bad.relay = () => {
      throw new Error('a bug of the listener');
    };
    join(id, bad);
    const good = join(id);
    forwarder.received[0]?.answer(200);
    await turn();
    assert.equal(good.caller.told, 'end');
    assert.deepEqual(
      seen.notices.map(({ code }) => code),
      ['caller-threw'],
    );
    assert.deepEqual([log.settles.length, log.row(id).state], [1, 'delivered']);
    assert.equal(delivery.stats().callersWaiting, 0);
  });
});

describe('what callers that joined are told', () => {
  const outcomes = async (
    make: (opened: Awaited<ReturnType<typeof started>>, id: WebhookId) => Promise<void>,
    options?: HarnessOptions,
  ) => {
    const opened = await started(options);
    const { id, caller } = await opened.arrive();
    const joined = opened.join(id);
    await make(opened, id);
    return { first: caller, joined: joined.caller, state: opened.log.row(id).state };
  };

  test('a refusal of the bot is relayed to them too', async () => {
    const { first, joined, state } = await outcomes(async ({ forwarder }) => {
      forwarder.received[0]?.answer(404, ['X', 'y'], 'no such command');
      await turn();
    });
    assert.equal(state, 'dead');
    assert.deepEqual(answerOf(joined), [404, 'no such command', 'end']);
    assert.deepEqual(answerOf(first), answerOf(joined));
  });

  const twoTries = {
    routes: [routeSettings('default', { retry: retrySettings({ attempts: 2, firstDelay: 10 }) })],
  };

  test('the last 503, where the tries are used up', async () => {
    const { joined } = await outcomes(async ({ forwarder, pass }) => {
      forwarder.rule = (received) => received.answer(503, [], 'the second');
      forwarder.received[0]?.answer(503, [], 'the first');
      await pass(100);
    }, twoTries);
    assert.deepEqual(answerOf(joined), [503, 'the second', 'end']);
  });

  test('`dead`, where the tries are used up and the last had no answer', async () => {
    const { joined, state } = await outcomes(async ({ forwarder, pass }) => {
      forwarder.rule = (received) => received.fail('connection-refused');
      forwarder.received[0]?.answer(503);
      await pass(100);
    }, twoTries);
    assert.equal(state, 'dead');
    assert.deepEqual([joined.told, joined.calls], ['dead', 1]);
  });

  test('`dead`, where it was too old when its turn came', async () => {
    const { leave, join, pass, clock, delivery } = harness();
    const id = await leave();
    clock.advance(86_400_001);
    await delivery.start();
    const { caller } = join(id);
    await pass(100);
    assert.equal(caller.told, 'dead');
  });

  test('`delivered`, where the answer is not kept whole; of a refusal that is not, `dead`', async () => {
    for (const [status, told] of [
      [200, 'delivered'],
      [404, 'dead'],
    ] as const) {
      const { joined } = await outcomes(async ({ forwarder }) => {
        forwarder.received[0]?.head(status);
        forwarder.received[0]?.fail('connection-lost');
        await turn();
      });
      assert.deepEqual([joined.told, joined.calls], [told, 1]);
    }
  });

  test('`cancelled`, where a person called it off during the try', async () => {
    const { joined, state } = await outcomes(async ({ forwarder, cancel }, id) => {
      await cancel(id);
      forwarder.received[0]?.answer(200);
      await turn();
    });
    assert.equal(state, 'cancelled');
    assert.deepEqual([joined.told, joined.calls], ['cancelled', 1]);
  });

  test('nothing until their budget ends, where another node has taken it over', async () => {
    const { arrive, join, forwarder, clock, log, pass, delivery } = await started({
      routes: [routeSettings('default', { answer: { for: 90_000 } })],
    });
    const { id, caller: first } = await arrive();
    await pass(59_000, 1_000);
    const { caller } = join(id);
    clock.advance(1_000);
    const lane = 'live';
    const given = await log.claim({ route: 'default', lane, limit: 1, leaseMs: 600_000, now: clock.now() });
    assert.equal(given.claimed[0]?.webhook.id, id, 'the lease here has run out');
    forwarder.received[0]?.answer(503);
    await turn();
    assert.deepEqual(log.row(id).types, []);
    assert.deepEqual([first.calls, caller.calls], [0, 0]);
    await pass(31_000, 1_000);
    assert.deepEqual([first.told, caller.told], ['queued', null]);
    await pass(59_000, 1_000);
    assert.equal(caller.told, 'queued');
    assert.equal(delivery.stats().callersWaiting, 0);
  });

  test('`queued`, where it is put off', async () => {
    const { arrive, join, webhook, log, delivery, clock, seen } = await started({
      botHosts: { main: botHostSettings({ concurrency: 1, waitingMax: 0 }) },
    });
    await arrive();
    const second = webhook();
    const waits = { orderWaitMaxMs: 0, dedupeWindowMs: 0 };
    const [appended] = await log.append({ webhooks: [second], leaseMs: 60_000, ...waits, now: clock.now() });
    const { caller } = join(second.id);
    delivery.live(second, appended?.lease ?? null, null, null);
    await turn();
    assert.deepEqual(seen.deferrals, ['lane-full']);
    assert.equal(caller.told, 'queued');
  });

  test('`queued`, where the outcome cannot be written', async () => {
    const { joined, state } = await outcomes(async ({ forwarder, log }) => {
      log.failing.settle = new HookwardError('log-closed', { message: 'closed' });
      forwarder.received[0]?.answer(200);
      await turn();
    });
    assert.equal(state, 'pending');
    assert.equal(joined.told, 'queued');
  });
});

describe('callers that join while the circuit opens', () => {
  const fragile = {
    botHosts: {
      main: botHostSettings({ circuit: { failures: 2, statuses: [502], openFor: 60_000, openMax: 60_000 } }),
    },
  };

  test('are told at once, but for those whose try is still under way', async () => {
    const { arrive, join, forwarder, seen } = await started(fragile);
    const retried = await arrive();
    forwarder.received[0]?.answer(503, ['Retry-After', '10']);
    await turn();
    const waiting = join(retried.id);
    const running = await arrive();
    const stays = join(running.id);
    const failing = [await arrive(), await arrive()];
    const joined = failing.map(({ id }) => join(id));
    forwarder.received[2]?.fail('connection-refused');
    forwarder.received[3]?.fail('connection-refused');
    await turn();
    assert.deepEqual(seen.circuit.at(-1), 'main open');
    assert.equal(waiting.caller.told, 'queued');
    assert.equal(joined[1]?.caller.told, 'queued');
    assert.equal(stays.caller.told, null);
    forwarder.received[1]?.answer(200);
    await turn();
    assert.equal(stays.caller.told, 'end');
  });

  test('and later ones are told within a second, when they have read the log', async () => {
    const { arrive, join, forwarder, pass, delivery } = await started(fragile);
    const { id } = await arrive();
    await arrive();
    forwarder.received[0]?.fail('connection-refused');
    forwarder.received[1]?.fail('connection-refused');
    await turn();
    const { caller } = join(id);
    await turn();
    assert.equal(caller.told, null, 'the log may know an outcome that is the better answer');
    await pass(1_000);
    assert.equal(caller.told, 'queued');
    assert.equal(delivery.stats().callersWaiting, 0);
  });
});

describe('callers that join while it stops', () => {
  test('those of tries under way get their outcome, others are told at once', async () => {
    const { arrive, join, forwarder, delivery } = await started({
      botHosts: { main: botHostSettings({ concurrency: 2 }) },
    });
    const retried = await arrive();
    forwarder.received[0]?.answer(503, ['Retry-After', '10']);
    await turn();
    const back = join(retried.id);
    const running = [await arrive(), await arrive()];
    const joined = running.map(({ id }) => join(id));
    const waiting = join((await arrive()).id);
    const stopped = delivery.stop(10_000);
    const late = join(running[0]?.id as WebhookId);
    assert.deepEqual([back.caller.told, late.caller.told], ['queued', 'queued']);
    late.leave();
    forwarder.received[1]?.answer(200, [], 'just in time');
    forwarder.received[2]?.answer(503);
    await stopped;
    assert.deepEqual(
      joined.map(({ caller }) => caller.told),
      ['end', 'queued'],
    );
    assert.equal(waiting.caller.told, 'queued');
    assert.equal(delivery.stats().callersWaiting, 0);
  });

  test('before it has started they are told at once, too', () => {
    const { delivery, webhook } = harness();
    const caller = fakeCaller();
    delivery.join(webhook().id, 'default', caller)();
    assert.deepEqual([caller.told, caller.calls], ['queued', 1]);
  });

  test('none is left where the log takes no outcome until the deadline', async () => {
    const { arrive, join, forwarder, delivery, log, pass } = await started();
    const { id } = await arrive();
    const { caller } = join(id);
    log.failing.settle = new HookwardError('log-failing', { message: 'disk' });
    forwarder.received[0]?.answer(200);
    const stopped = delivery.stop(3_000);
    await pass(3_000, 500);
    await stopped;
    assert.equal(caller.told, 'queued');
    assert.equal(delivery.stats().callersWaiting, 0);
  });
});
