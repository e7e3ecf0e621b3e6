import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { WebhookEvent } from '../../../src/core/state.ts';
import type { WebhookRecord } from '../../../src/log/index.ts';
import { manualClock } from '../../support/manualClock.ts';
import { waitFor } from '../../support/waitFor.ts';
import { answerOk, startIngress } from './harness.ts';
import { post } from './heldCaller.ts';
import {
  original,
  pending,
  delivered,
  dead,
  kept,
  attempted,
  recordOf,
  knownTo,
  dedupe,
  rulesWith,
  startKnown,
  send,
  sendJoining,
  assertCopy,
  outcomes,
} from './knownOriginal.ts';
import { request } from './rawClient.ts';
import { fakeSender, type FakeSender } from './senders.ts';

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
      assert.equal(harness.appended.at(0)?.eventId, 'e1');
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
