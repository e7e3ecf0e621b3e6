import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Lane } from '../../../src/core/state.ts';
import { LaneQueue, backlogShare, laneOptions } from '../../../src/delivery/laneQueue.ts';

/** A lane queue whose runs have names. */
function named() {
  const queue = new LaneQueue();
  const names = new Map<() => Promise<unknown>, string>();
  return {
    queue,
    add: (lane: Lane, name: string) => {
      const run = () => Promise.resolve(name);
      names.set(run, name);
      queue.enqueue(run, laneOptions[lane]);
    },
    take: () => names.get(queue.dequeue() ?? (() => Promise.resolve())) ?? null,
  };
}

describe('lanes', () => {
  test('live goes first, then retries, then replays; first in, first out within each', () => {
    const { add, take } = named();
    for (const name of ['p1', 'p2']) add('replay', name);
    for (const name of ['r1', 'r2']) add('retry', name);
    for (const name of ['l1', 'l2']) add('live', name);
    assert.deepEqual(Array.from({ length: 7 }, take), ['l1', 'l2', 'r1', 'r2', 'p1', 'p2', null]);
  });

  test('under live load that never ends, one place in eight goes to the backlog', () => {
    const { add, take } = named();
    for (let count = 0; count < 100; count += 1) add('retry', 'retry');
    const taken = Array.from({ length: 80 }, () => {
      add('live', 'live');
      return take();
    });
    assert.equal(taken.filter((name) => name === 'retry').length, 80 / backlogShare);
  });

  test('retries that never end leave replays the same share', () => {
    const { add, take } = named();
    for (let count = 0; count < 20; count += 1) add('replay', 'replay');
    const taken = Array.from({ length: 80 }, () => {
      add('retry', 'retry');
      return take();
    });
    assert.equal(taken.filter((name) => name === 'replay').length, 80 / backlogShare);
  });

  test('nothing is lost, doubled, or taken out of its turn within a lane, in any mix', () => {
    const step = fc.constantFrom<Lane | 'take'>('live', 'retry', 'replay', 'take');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const { queue, add, take } = named();
        const waiting: Record<Lane, string[]> = { live: [], retry: [], replay: [] };
        const expectNext = () => {
          const next = take();
          const lane = (['live', 'retry', 'replay'] as const).find((one) => waiting[one][0] === next);
          if (next === null) assert.equal(Object.values(waiting).flat().length, 0);
          else assert.equal(waiting[lane!].shift(), next);
        };
        steps.forEach((what, at) => {
          if (what === 'take') {
            expectNext();
            return;
          }
          const name = `${what} ${String(at)}`;
          waiting[what].push(name);
          add(what, name);
        });
        assert.equal(queue.size, Object.values(waiting).flat().length);
        assert.equal(queue.filter(laneOptions.retry).length, waiting.retry.length);
        while (queue.size > 0) expectNext();
      }),
    );
  });
});
