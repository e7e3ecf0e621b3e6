import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HookwardError } from '../../../src/core/errors.ts';
import type { WebhookRecord } from '../../../src/log/index.ts';
import { manualClock } from '../../support/manualClock.ts';
import { waitFor } from '../../support/waitFor.ts';
import { answerOk, appendedAs, type Harness } from './harness.ts';
import { post } from './heldCaller.ts';
import {
  original,
  delivered,
  dead,
  recordOf,
  knownTo,
  startKnown,
  send,
  assertCopy,
  outcomes,
} from './knownOriginal.ts';
import { request } from './rawClient.ts';

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
