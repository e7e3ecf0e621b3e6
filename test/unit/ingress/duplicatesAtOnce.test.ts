import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Standing } from '../../../src/core/state.ts';
import { waitFor } from '../../support/waitFor.ts';
import { appendedAs } from './harness.ts';
import { post } from './heldCaller.ts';
import {
  original,
  pending,
  delivered,
  dead,
  recordOf,
  knownTo,
  startKnown,
  send,
  assertCopy,
  outcomes,
  type RouteChanges,
} from './knownOriginal.ts';
import { request } from './rawClient.ts';

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
