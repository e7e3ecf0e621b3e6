import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { WebhookEvent } from '../../../src/core/state.ts';
import type { Job } from '../../../src/delivery/job.ts';
import { HookwardError } from '../../../src/core/errors.ts';
import { freshProgress } from '../../../src/core/progress.ts';
import { Settler, type SettlerParts } from '../../../src/delivery/settler.ts';
import { manualClock } from '../../support/manualClock.ts';
import { webhookMaker } from '../../support/logFixtures.ts';
import { turn } from './harness.ts';

type Settle = SettlerParts['log']['settle'];

const failing = new HookwardError('log-failing', { message: 'the disk is full' });
const event: WebhookEvent = { type: 'expired', at: 0, then: { state: 'dead', reason: 'expired' } };

function open(settle: Settle) {
  const clock = manualClock();
  const hooks = webhookMaker();
  const calls: string[][] = [];
  const results: string[] = [];
  const notices: string[] = [];
  const behaviour = { settle };
  const settler = new Settler({
    clock,
    log: {
      settle(params) {
        calls.push(params.settlements.map(({ lease }) => lease.token));
        return behaviour.settle(params);
      },
    },
    noticed: ({ code }) => void notices.push(code),
    onSettled: (job, _event, result) => void results.push(`${job.lease.token} ${result}`),
  });
  const add = (token: string) => {
    const webhook = hooks.make();
    const job: Job = {
      webhook,
      progress: freshProgress(0),
      lane: 'live',
      claimed: false,
      takenAt: 0,
      trace: null,
      lease: { id: webhook.id, token },
      leaseUntil: 0,
      givenAnew: null,
      caller: null,
    };
    settler.add(job, event);
  };
  return { clock, settler, calls, results, notices, behaviour, add };
}

const ok: Settle = ({ settlements }) => Promise.resolve(settlements.map(() => 'settled' as const));

describe('settler', () => {
  test('one call in flight while the next gathers', async () => {
    const gates: (() => void)[] = [];
    const { add, calls, results, settler } = open(async (params) => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return ok(params);
    });
    for (const token of ['a', 'b', 'c']) add(token);
    await turn();
    assert.deepEqual(calls, [['a']]);
    assert.equal(settler.backlog, 3);
    gates[0]?.();
    await turn();
    assert.deepEqual(calls, [['a'], ['b', 'c']]);
    gates[1]?.();
    await turn();
    assert.deepEqual(results, ['a settled', 'b settled', 'c settled']);
    assert.equal(settler.backlog, 0);
  });

  test('a log that fails is tried again, ever slower, until it takes everything, in order', async () => {
    const { add, calls, results, notices, clock, behaviour } = open(() => Promise.reject(failing));
    for (const token of ['a', 'b', 'c']) add(token);
    await turn();
    for (const delay of [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]) {
      const before = calls.length;
      clock.advance(delay - 1);
      await turn();
      assert.equal(calls.length, before);
      clock.advance(1);
      await turn();
      assert.equal(calls.length, before + 1);
    }
    assert.deepEqual(notices, ['settle-failed'], 'said once');
    behaviour.settle = ok;
    clock.advance(5_000);
    await turn();
    assert.deepEqual(results, ['a settled', 'b settled', 'c settled']);
  });

  test('an outcome that cannot be written by a bug is dropped after some tries, the others go on', async () => {
    const { add, results, notices, clock } = open((params) =>
      params.settlements.some(({ lease }) => lease.token === 'bad')
        ? Promise.reject(new TypeError('a bug'))
        : ok(params),
    );
    for (const token of ['a', 'bad', 'c']) add(token);
    for (let time = 0; time < 20; time += 1) {
      clock.advance(5_000);
      await turn();
    }
    assert.deepEqual(results, ['a settled', 'bad dropped', 'c settled']);
    assert.deepEqual(notices, ['settle-failed', 'settlement-dropped']);
  });

  test('a closed log is not tried again', async () => {
    const closed = new HookwardError('log-closed', { message: 'closed' });
    const { add, results, settler } = open(() => Promise.reject(closed));
    add('a');
    await turn();
    assert.deepEqual(results, ['a dropped']);
    assert.equal(settler.backlog, 0);
  });

  test('those who wait for room are woken when there is some, or when hope is given up', async () => {
    const { add, clock, settler, behaviour } = open(() => Promise.reject(failing));
    for (const token of ['a', 'b', 'c']) add(token);
    const woken: number[] = [];
    void settler.whenBelow(3).then(() => woken.push(3));
    void settler.whenBelow(1).then(() => woken.push(1));
    await turn();
    assert.deepEqual(woken, []);
    behaviour.settle = (params) =>
      params.settlements[0]?.lease.token === 'b' ? Promise.reject(failing) : ok(params);
    clock.advance(100);
    await turn();
    assert.deepEqual(woken, [3]);
    settler.abandon();
    await turn();
    assert.deepEqual(woken, [3, 1]);
  });
});
