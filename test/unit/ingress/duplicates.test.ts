import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { Answered } from '../../../src/core/attempt.ts';
import { HookwardError } from '../../../src/core/errors.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { Standing, WebhookEvent } from '../../../src/core/state.ts';
import type { WebhookRecord } from '../../../src/log/index.ts';
import { manualClock } from '../../support/manualClock.ts';
import { waitFor } from '../../support/waitFor.ts';
import { answerOk, appendedAs, route, settings, startIngress, type Harness, type Parts } from './harness.ts';
import { post } from './heldCaller.ts';
import { request, type RawAnswer } from './rawClient.ts';
import { fakeSender, type FakeSender } from './senders.ts';

const original = '01980000-0000-7000-8000-00000000000a' as WebhookId;

const pending: Standing = { state: 'pending', dueAt: 0, lane: 'live' };
const delivered: Standing = { state: 'delivered' };
const dead: Standing = { state: 'dead', reason: 'exhausted' };

const kept: Answered = {
  kind: 'answered',
  status: 201,
  headers: ['X-Bot', '1', 'Content-Length', '4'],
  body: Buffer.from('kept'),
  bodyTruncated: false,
  complete: true,
};

const attempted = (then: Standing, outcome: Answered = kept): WebhookEvent => {
  const attempt = { number: 1, replay: 0, startedAt: 0, durationMs: 1, outcome };
  return { type: 'attempted', at: 0, attempt, then };
};

/** What is known of the original; `events` end in `standing`. */
function recordOf(
  standing: Standing,
  events: readonly WebhookEvent[] = [attempted(standing)],
): WebhookRecord {
  const request = { method: 'POST', target: '/hook', headers: [], body: Buffer.alloc(0) } as const;
  return {
    webhook: {
      id: original,
      route: 'hook',
      receivedAt: 0,
      request: { ...request, ip: '192.0.2.1', scheme: 'http' },
      ...{ bot: null, user: null, orderKey: null, sender: null, dedupeKey: 'plain:["1"]' },
    },
    events,
    duplicates: [],
    standing,
    progress: { attempts: 1, tries: 1, replay: 0, budgetFrom: 0 },
    inFlight: false,
  };
}

/** A log that knows every event, as a copy of `original`; each look at that gives the next of `records`. */
function knownTo(records: readonly (WebhookRecord | null | Error)[]) {
  let looks = 0;
  return {
    append: (params: Parameters<typeof appendedAs>[0]) =>
      Promise.resolve(appendedAs(params, { duplicateOf: original, id: original })),
    get({ id }: { readonly id: WebhookId }) {
      assert.equal(id, original);
      const record = records[Math.min(looks, records.length - 1)];
      looks += 1;
      return record instanceof Error ? Promise.reject(record) : Promise.resolve(record ?? null);
    },
  };
}

const dedupe = { key: ['json:/id'], windowMs: 3_600_000, whenDelivered: 'answer' } as const;

type RouteChanges = Parameters<typeof route>[0];

const rulesWith = (changes: RouteChanges = {}) => settings({ routes: [route({ dedupe, ...changes })] });

/** A listener whose log has `records` of the original; `asked` lists what was sent again. */
async function startKnown(
  t: TestContext,
  records: readonly (WebhookRecord | null | Error)[],
  { changes = {}, ...parts }: Parts & { changes?: RouteChanges } = {},
) {
  const asked: WebhookId[] = [];
  const harness = await startIngress(t, {
    log: knownTo(records),
    settings: rulesWith(changes),
    sendAgain: (id) => {
      asked.push(id);
      return Promise.resolve(true);
    },
    ...parts,
  });
  return Object.assign(harness, { asked });
}

async function send(harness: Harness, bytes = post): Promise<RawAnswer> {
  return (await harness.open()).write(bytes).answer();
}

/** Sends a copy, and waits until it has been joined and judged. */
async function sendJoining(harness: Harness) {
  const client = (await harness.open()).write(post);
  await waitFor('the copy to be judged', () => harness.duplicates.length === 1);
  return { client, joined: harness.joined[0]! };
}

function assertCopy(answer: RawAnswer): void {
  assert.deepEqual(answer.all('hookward-id'), [original]);
  assert.deepEqual(answer.all('hookward-duplicate-of'), [original]);
}

const outcomes = (harness: Harness) => harness.duplicates.map(({ outcome }) => outcome);

describe('what the log is given to know copies by', () => {
  const body = '{"id":"e1"}';
  const cases: readonly [what: string, sender: FakeSender | null, key: string][] = [
    ['of a route without a sender', null, 'plain:["e1"]'],
    ['that are verified', {}, 'verified:["e1"]'],
    ['that are wrong', { verify: () => 'signature-wrong', mode: 'report' }, 'unverified:["e1"]'],
    ['that cannot be checked', { isChecked: false, mode: 'report' }, 'unverified:["e1"]'],
  ];
  for (const [what, sender, key] of cases) {
    test(`the key of calls ${what}, and the window`, async (t) => {
      const rules = rulesWith({ sender: sender === null ? null : fakeSender(sender) });
      const harness = await startIngress(t, { settings: rules });
      await send(harness, request('POST /hook', body));
      assert.equal(harness.appended[0]?.dedupeKey, key);
      assert.equal(harness.appends[0]?.dedupeWindowMs, 3_600_000);
    });
  }

  test('no key where the event names none, or the route looks for none', async (t) => {
    const nameless = await startIngress(t, { settings: rulesWith() });
    await send(nameless, request('POST /hook', '{"id":null}'));
    assert.equal(nameless.appended[0]?.dedupeKey, null);
    const plain = await startIngress(t);
    await send(plain, request('POST /hook', body));
    assert.equal(plain.appended[0]?.dedupeKey, null);
    assert.equal(plain.appends[0]?.dedupeWindowMs, 0);
  });

  test('order and copies are read from one body', async (t) => {
    const harness = await startIngress(t, {
      settings: rulesWith({ order: { by: 'json:/user', waitMax: 1 } }),
    });
    await send(harness, request('POST /hook', '{"id":7,"user":8}'));
    assert.equal(harness.appended[0]?.orderKey, '8');
    assert.equal(harness.appended[0].dedupeKey, 'plain:["7"]');
  });
});

describe('a copy of a pending webhook', () => {
  test('waits for the same outcome, and is not delivered by itself', async (t) => {
    const harness = await startKnown(t, [recordOf(pending, [])]);
    const { client, joined } = await sendJoining(harness);
    assert.deepEqual([joined.id, joined.route, joined.hasLeft], [original, 'hook', false]);
    assert.equal(harness.ingress.readings().callersWaiting, 1);
    answerOk(joined.caller, 'the outcome');
    const answer = await client.answer();
    assert.equal(answer.body.toString(), 'the outcome');
    assertCopy(answer);
    assert.deepEqual(outcomes(harness), ['joined']);
    assert.deepEqual([harness.delivered, harness.received, harness.asked], [[], [], []]);
    await waitFor('the copy to leave', () => joined.hasLeft);
    assert.equal(harness.answered[0]?.kind, 'bot');
  });

  test('is told that it is queued when its own budget ends, and leaves', async (t) => {
    const clock = manualClock();
    const harness = await startKnown(t, [recordOf(pending, [])], { clock });
    const { client, joined } = await sendJoining(harness);
    clock.advance(25_000);
    const answer = await client.answer();
    assert.equal(answer.status, 202);
    assert.deepEqual(JSON.parse(answer.body.toString()), { id: original, state: 'pending' });
    assertCopy(answer);
    await waitFor('the copy to leave', () => joined.hasLeft);
  });

  test('is told at the end of a stop that it is queued', async (t) => {
    const harness = await startKnown(t, [recordOf(pending, [])]);
    const { client } = await sendJoining(harness);
    const stopped = harness.ingress.stop(50);
    assert.equal((await client.answer()).status, 202);
    await stopped;
  });

  test('whose caller hangs up leaves', async (t) => {
    const harness = await startKnown(t, [recordOf(pending, [])]);
    const { client, joined } = await sendJoining(harness);
    client.destroy();
    await waitFor('the copy to leave', () => joined.hasLeft);
    assert.equal(joined.caller.relay({ status: 200, headers: [] }), null);
    assert.equal(harness.answered[0]?.kind, 'none');
  });

  test('is refused with the ids of the first where the first was given up', async (t) => {
    const harness = await startKnown(t, [recordOf(pending, [])]);
    const { client, joined } = await sendJoining(harness);
    joined.caller.giveUp('dead');
    const answer = await client.answer();
    assert.equal(answer.code, 'bot-host-unreachable');
    assertCopy(answer);
  });
});

describe('a copy of a delivered webhook', () => {
  test('gets the kept answer, marked as a copy', async (t) => {
    const harness = await startKnown(t, [recordOf(delivered)]);
    const answer = await send(harness);
    assert.equal(answer.status, 201);
    assert.equal(answer.header('x-bot'), '1');
    assert.equal(answer.body.toString(), 'kept');
    assertCopy(answer);
    assert.deepEqual(outcomes(harness), ['answered']);
    assert.deepEqual([harness.delivered, harness.asked], [[], []]);
    assert.equal(harness.answered[0]?.kind, 'bot');
    await waitFor('the copy to leave', () => harness.joined[0]?.hasLeft);
  });

  test('gets the answer of the last delivery, not that of a failure before or a replay under way', async (t) => {
    const { body, ...rest } = kept;
    const late = { ...rest, body: Buffer.from('late') };
    const replayed: WebhookEvent = {
      type: 'replayed',
      at: 0,
      replay: 1,
      by: 'p',
      reason: 'r',
      then: pending,
    };
    const events = [
      attempted(pending, { ...kept, status: 503 }),
      attempted(delivered),
      replayed,
      attempted(pending, { ...kept, status: 502 }),
      attempted(delivered, late),
    ];
    const harness = await startKnown(t, [recordOf(delivered, events)]);
    assert.equal((await send(harness)).body.toString(), 'late');
    assert.equal(body.toString(), 'kept');
  });

  const truncated = recordOf(delivered, [attempted(delivered, { ...kept, bodyTruncated: true })]);

  test('is told so where the answer was too long to be kept', async (t) => {
    const harness = await startKnown(t, [truncated]);
    const answer = await send(harness);
    assert.equal(answer.status, 200);
    assert.equal(answer.header('content-type'), 'application/json');
    assert.deepEqual(JSON.parse(answer.body.toString()), { id: original, state: 'delivered' });
    assertCopy(answer);
    assert.equal(harness.answered[0]?.kind, 'acknowledged');
  });

  test('is told so where no answer is kept at all', async (t) => {
    const harness = await startKnown(t, [recordOf(delivered, [])]);
    assert.equal((await send(harness)).status, 200);
  });

  const ack = { status: 200, contentType: 'text/plain', body: 'YES' };

  test('is told so in the word of the sender, where that has one', async (t) => {
    const harness = await startKnown(t, [truncated], { changes: { sender: fakeSender(), answer: { ack } } });
    const answer = await send(harness);
    assert.equal(answer.body.toString(), 'YES');
    assertCopy(answer);
  });

  test('is told so in JSON, where the sender has no word', async (t) => {
    const sender = fakeSender({ acknowledgement: null });
    const harness = await startKnown(t, [truncated], { changes: { sender, answer: { ack } } });
    assert.equal((await send(harness)).header('content-type'), 'application/json');
  });

  test('gets the word of the sender in the place of an answer that would not do', async (t) => {
    const changes = { answer: { ack, acknowledges: () => true } };
    const harness = await startKnown(t, [recordOf(delivered)], { changes });
    const answer = await send(harness);
    assert.equal(answer.body.toString(), 'YES');
    assert.equal(answer.header('x-bot'), null);
    assertCopy(answer);
  });

  test('is delivered once more where the route says so, and waits for that', async (t) => {
    const changes = { dedupe: { ...dedupe, whenDelivered: 'deliver' } } as const;
    const harness = await startKnown(t, [recordOf(delivered)], { changes });
    const { client, joined } = await sendJoining(harness);
    assert.deepEqual(harness.asked, [original]);
    assert.deepEqual(outcomes(harness), ['restarted']);
    answerOk(joined.caller, 'once more');
    assert.equal((await client.answer()).body.toString(), 'once more');
  });
});

describe('a copy of a dead webhook', () => {
  test('starts it again, and waits for the outcome', async (t) => {
    const harness = await startKnown(t, [recordOf(dead)]);
    const { client, joined } = await sendJoining(harness);
    assert.deepEqual(harness.asked, [original]);
    assert.deepEqual(outcomes(harness), ['restarted']);
    answerOk(joined.caller, 'at last');
    const answer = await client.answer();
    assert.equal(answer.body.toString(), 'at last');
    assertCopy(answer);
  });

  test('that another copy starts at the same time joins that', async (t) => {
    const harness = await startKnown(t, [recordOf(dead), recordOf(pending)], {
      sendAgain: () => Promise.resolve(false),
    });
    const { client, joined } = await sendJoining(harness);
    assert.deepEqual(outcomes(harness), ['joined']);
    answerOk(joined.caller);
    assert.equal((await client.answer()).status, 200);
  });

  test('that is never found in a state that can be dealt with comes again', async (t) => {
    let tries = 0;
    const harness = await startKnown(t, [recordOf(dead)], {
      sendAgain: () => {
        tries += 1;
        return Promise.resolve(false);
      },
    });
    const answer = await send(harness);
    assert.equal(answer.code, 'log-busy');
    assert.match(answer.header('retry-after') ?? '', /^[1-9]/);
    assertCopy(answer);
    assert.equal(tries, 3);
    assert.deepEqual(harness.refused, ['log-busy']);
    assert.deepEqual(outcomes(harness), []);
    assert.equal(harness.answered.length, 0);
  });

  test('is started again though its caller has gone', async (t) => {
    let tell: (record: WebhookRecord) => void = () => undefined;
    let looks = 0;
    const get = () => {
      looks += 1;
      return new Promise<WebhookRecord>((resolve) => (tell = resolve));
    };
    const harness = await startKnown(t, [], { log: { ...knownTo([]), get } });
    const client = (await harness.open()).write(post);
    await waitFor('the look', () => looks === 1);
    client.destroy();
    await waitFor('the copy to leave', () => harness.joined[0]?.hasLeft);
    tell(recordOf(dead));
    await waitFor('the restart', () => harness.asked.length === 1);
    assert.deepEqual(
      harness.answered.map(({ kind }) => kind),
      ['none'],
    );
  });
});

describe('a copy of a webhook that was called off', () => {
  test('is not delivered, and its caller is told that no answer will come', async (t) => {
    const harness = await startKnown(t, [recordOf({ state: 'cancelled' })]);
    const answer = await send(harness);
    assert.equal(answer.code, 'bot-host-unreachable');
    assertCopy(answer);
    assert.deepEqual(outcomes(harness), ['cancelled']);
    assert.deepEqual(harness.asked, []);
  });
});

describe('between the join and the look', () => {
  /** A log that lets something happen while it is asked for the original. */
  const lookingOnce = (records: readonly WebhookRecord[], meanwhile: () => void) => {
    const log = knownTo(records);
    let isFirst = true;
    const get: typeof log.get = (params) => {
      if (isFirst) meanwhile();
      isFirst = false;
      return log.get(params);
    };
    return { ...log, get };
  };

  test('an outcome that comes is heard, and what is kept of it is not given twice', async (t) => {
    const harness: Harness = await startKnown(t, [], {
      log: lookingOnce([recordOf(delivered)], () => answerOk(harness.joined[0]!.caller, 'heard')),
    });
    assert.equal((await send(harness)).body.toString(), 'heard');
    await waitFor('the copy to be judged', () => harness.duplicates.length === 1);
    assert.deepEqual(outcomes(harness), ['joined']);
    assert.equal(harness.answered.length, 1);
  });

  test('a death that comes is heard: the caller comes again, and starts it then', async (t) => {
    const harness = await startKnown(t, [], {
      log: lookingOnce([recordOf(dead)], () => harness.joined[0]!.caller.giveUp('dead')),
    });
    assert.equal((await send(harness)).code, 'bot-host-unreachable');
    await waitFor('the copy to be judged', () => harness.duplicates.length === 1);
    assert.deepEqual(harness.asked, []);
  });

  test('nobody is told that a dead webhook is queued before it is started again', async (t) => {
    const harness = await startKnown(t, [], {
      log: lookingOnce([recordOf(dead)], () => harness.joined[0]!.caller.giveUp('queued')),
    });
    const answer = await send(harness);
    assert.deepEqual(harness.asked, [original]);
    assert.equal(answer.status, 202);
    assert.deepEqual(outcomes(harness), ['restarted']);
  });

  test('nor when its budget ends, or the service stops', async (t) => {
    const clock = manualClock();
    let restart: (isDone: boolean) => void = () => undefined;
    let isAsked = false;
    const harness = await startKnown(t, [recordOf(dead)], {
      clock,
      sendAgain: () => {
        isAsked = true;
        return new Promise((resolve) => (restart = resolve));
      },
    });
    const client = (await harness.open()).write(post);
    await waitFor('the restart to begin', () => isAsked);
    clock.advance(60_000);
    assert.deepEqual([harness.answered, harness.ingress.readings().callersWaiting], [[], 0]);
    restart(true);
    await waitFor('the copy to be judged', () => harness.duplicates.length === 1);
    clock.advance(0);
    assert.equal((await client.answer()).status, 202);
  });
});

describe('a copy whose original cannot be looked at', () => {
  const failures: readonly [what: string, error: Error, code: string, isObserved: boolean][] = [
    ['the log fails', new Error('EIO: /secret'), 'log-failing', true],
    ['the log is closed', new HookwardError('log-closed', { message: 'closed' }), 'log-failing', true],
    ['the log is busy', new HookwardError('log-busy', { message: 'busy' }), 'log-busy', false],
  ];
  for (const [what, error, code, isObserved] of failures) {
    test(`comes again: ${what}`, async (t) => {
      const harness = await startKnown(t, [error]);
      const client = await harness.open();
      const answer = await client.write(post).answer();
      assert.equal(answer.code, code);
      assert.match(answer.header('retry-after') ?? '', /^[1-9]/);
      assertCopy(answer);
      assert.deepEqual(harness.failures, isObserved ? [error] : []);
      assert.deepEqual(harness.refused, [code]);
      await waitFor('the copy to leave', () => harness.joined[0]?.hasLeft);
      assert.deepEqual([harness.answered, harness.ingress.readings().callersWaiting], [[], 0]);
      assert.equal(harness.joined[0]?.caller.relay({ status: 200, headers: [] }), null);
    });
  }

  test('comes again: it could not be started', async (t) => {
    const error = new Error('EIO');
    const harness = await startKnown(t, [recordOf(dead)], { sendAgain: () => Promise.reject(error) });
    assert.equal((await send(harness)).code, 'log-failing');
    assert.deepEqual(harness.failures, [error]);
  });

  test('is a webhook of its own where retention has taken the original', async (t) => {
    const keys: (string | null)[] = [];
    const harness = await startKnown(t, [], {
      log: {
        ...knownTo([null]),
        append(params) {
          const [webhook] = params.webhooks;
          keys.push(webhook!.dedupeKey);
          const isCopy = webhook!.dedupeKey !== null;
          return Promise.resolve(appendedAs(params, isCopy ? { duplicateOf: original } : {}));
        },
      },
    });
    const answer = await send(harness, request('POST /hook', '{"id":1}'));
    assert.deepEqual(keys, ['plain:["1"]', null]);
    assert.equal(answer.body.toString(), 'hello');
    assert.equal(answer.header('hookward-id'), harness.delivered[0]?.webhook.id);
    assert.equal(answer.header('hookward-duplicate-of'), null);
    assert.deepEqual(outcomes(harness), []);
    assert.equal(harness.received.length, 1);
  });
});

describe('a copy whose caller does not wait for the bot', () => {
  const ack = { status: 200, contentType: 'text/plain', body: 'YES' };
  const acknowledging: RouteChanges = { answer: { mode: 'ack', ack } };

  const cases: readonly [standing: Standing, outcome: string, restarts: number][] = [
    [pending, 'joined', 0],
    [delivered, 'answered', 0],
    [dead, 'restarted', 1],
    [{ state: 'cancelled' }, 'cancelled', 0],
  ];
  for (const [standing, outcome, restarts] of cases) {
    test(`of a ${standing.state} webhook is acknowledged at once`, async (t) => {
      const harness = await startKnown(t, [recordOf(standing)], { changes: acknowledging });
      const answer = await send(harness);
      assert.equal(answer.body.toString(), 'YES');
      assertCopy(answer);
      assert.deepEqual(outcomes(harness), [outcome]);
      assert.equal(harness.asked.length, restarts);
      assert.deepEqual([harness.joined, harness.delivered], [[], []]);
      assert.equal(harness.answered[0]?.kind, 'acknowledged');
    });
  }

  test('of a dead webhook is not acknowledged before the restart is durable', async (t) => {
    let restart: (isDone: boolean) => void = () => undefined;
    let isAsked = false;
    const harness = await startKnown(t, [recordOf(dead)], {
      changes: acknowledging,
      sendAgain: () => {
        isAsked = true;
        return new Promise((resolve) => (restart = resolve));
      },
    });
    const client = (await harness.open()).write(post);
    await waitFor('the restart to begin', () => isAsked);
    assert.equal((await send(harness, request('GET /nowhere'))).status, 404);
    assert.equal(client.received.length, 0);
    restart(true);
    assert.equal((await client.answer()).body.toString(), 'YES');
  });

  test('is refused where the log fails, and not acknowledged', async (t) => {
    const harness = await startKnown(t, [new Error('EIO')], { changes: acknowledging });
    const answer = await send(harness);
    assert.equal(answer.code, 'log-failing');
    assertCopy(answer);
  });

  test('is a webhook of its own where retention has taken the original', async (t) => {
    const harness = await startKnown(t, [], {
      changes: acknowledging,
      log: {
        ...knownTo([null]),
        append: (params) =>
          Promise.resolve(
            appendedAs(params, params.webhooks[0]?.dedupeKey === null ? {} : { duplicateOf: original }),
          ),
      },
    });
    const answer = await send(harness, request('POST /hook', '{"id":1}'));
    assert.equal(answer.body.toString(), 'YES');
    assert.equal(answer.header('hookward-duplicate-of'), null);
    await waitFor('delivery', () => harness.delivered.length === 1);
  });

  test('is sent where its link redirects', async (t) => {
    const harness = await startKnown(t, [recordOf(delivered)], {
      changes: { link: 'hookward' },
      links: {
        verify: () => ({
          valid: true,
          scheme: 'hookward',
          bot: '7',
          user: '1',
          redirectTo: 'https://cataas.com/cat',
          linkId: 'l',
        }),
      },
    });
    const answer = await send(harness);
    assert.equal(answer.status, 303);
    assertCopy(answer);
  });
});

describe("a bot's own word about copies", () => {
  test('is not relayed: only Hookward says whose copy an answer is for', async (t) => {
    const harness = await startIngress(t, {
      deliver: (_webhook, _lease, caller) =>
        caller
          ?.relay({ status: 200, headers: ['Hookward-Duplicate-Of', 'forged', 'Content-Length', '0'] })
          ?.end(),
    });
    assert.equal((await send(harness)).header('hookward-duplicate-of'), null);
  });
});
