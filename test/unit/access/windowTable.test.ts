import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { WindowTable } from '../../../src/access/windowTable.ts';

const lane = { lane: 0, windowMs: 1000 };
const start = 1_750_000_000_000;

// Memory is only comparable when what is no longer used is gone.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function add(table: WindowTable, key: string, now: number, at = lane): number {
  return table.add(table.slotOf(key), at, 1, now);
}

describe('WindowTable', () => {
  it('counts in a window and begins a new one when it has ended', () => {
    const table = new WindowTable({ lanes: 1, keysMax: 10 });
    assert.equal(add(table, 'a', start), 1);
    assert.equal(add(table, 'a', start + 999), 2);
    assert.equal(table.msLeft(table.slotOf('a'), lane, start + 999), 1);
    assert.equal(table.msLeft(table.slotOf('a'), lane, start + 1000), 0);
    assert.equal(table.pointsAt(table.slotOf('a'), lane, start + 1000), 0);
    assert.equal(add(table, 'a', start + 1000), 1);
  });

  it('keeps lanes apart, and forgets a key in all of them', () => {
    const table = new WindowTable({ lanes: 2, keysMax: 10 });
    const other = { lane: 1, windowMs: 5000 };
    add(table, 'a', start);
    assert.equal(add(table, 'a', start, other), 1);
    assert.equal(add(table, 'a', start + 2000), 1);
    assert.equal(add(table, 'a', start + 2000, other), 2);
    assert.equal(table.delete('a'), true);
    assert.equal(table.delete('a'), false);
    assert.equal(table.find('a'), null);
    assert.equal(add(table, 'a', start + 2000, other), 1);
  });

  it('applies another window length to a window that has begun', () => {
    const table = new WindowTable({ lanes: 1, keysMax: 10 });
    add(table, 'a', start);
    assert.equal(add(table, 'a', start + 5000, { lane: 0, windowMs: 60_000 }), 2);
    assert.equal(add(table, 'a', start + 5000, { lane: 0, windowMs: 1000 }), 1);
  });

  it('lets a window neither live for ever nor begin anew at every call when the clock steps back', () => {
    const table = new WindowTable({ lanes: 1, keysMax: 10 });
    add(table, 'a', start);
    assert.equal(add(table, 'a', start - 500), 2, 'a small step: the window goes on');
    assert.equal(add(table, 'a', start - 7_200_000), 1, 'two hours: a new one');
    assert.equal(add(table, 'a', start - 7_200_000 + 500), 2);
    assert.equal(add(table, 'a', start + 3_600_000), 1);
  });

  it('forgets the longest unseen key when it is full', () => {
    const table = new WindowTable({ lanes: 1, keysMax: 3 });
    for (const key of ['a', 'b', 'c', 'a', 'd']) add(table, key, start);
    assert.equal(table.size, 3);
    assert.equal(table.forgotten, 1);
    assert.equal(table.find('b'), null);
    assert.equal(add(table, 'a', start), 3);
    assert.equal(add(table, 'b', start), 1, 'it begins anew, in the slot of the next longest unseen');
    assert.equal(table.find('c'), null);
  });

  it('shrinks and grows again on a reload without losing who was seen last', () => {
    const table = new WindowTable({ lanes: 1, keysMax: 5000 });
    for (let at = 0; at < 5000; at += 1) add(table, `k${at}`, start);
    table.resize(10);
    assert.equal(table.size, 10);
    assert.equal(add(table, 'k4999', start), 2);
    assert.equal(table.find('k4989'), null);
    table.resize(5000);
    for (let at = 0; at < 4990; at += 1) add(table, `n${at}`, start);
    assert.equal(table.size, 5000);
    assert.equal(add(table, 'k4990', start), 2);
  });

  it('does not overflow', () => {
    const table = new WindowTable({ lanes: 1, keysMax: 3 });
    const slot = table.slotOf('a');
    table.add(slot, lane, 2 ** 31 - 2, start);
    assert.equal(table.add(slot, lane, 5, start), 2 ** 31 - 1);
  });

  it('does what a simple model does', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const step = fc.record({ key, afterMs: fc.integer({ min: 0, max: 700 }), del: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 5 }), (steps, keysMax) => {
        const table = new WindowTable({ lanes: 1, keysMax });
        // A Map remembers the order in which keys were put: the first is the longest unseen.
        const model = new Map<string, { begun: number; points: number }>();
        let now = start;
        for (const { key: name, afterMs, del } of steps) {
          now += afterMs;
          if (del && afterMs % 5 === 0) {
            assert.equal(table.delete(name), model.delete(name));
            continue;
          }
          const known = model.get(name);
          const next =
            known !== undefined && now - known.begun < lane.windowMs
              ? { begun: known.begun, points: known.points + 1 }
              : { begun: now, points: 1 };
          model.delete(name);
          if (model.size === keysMax) model.delete([...model.keys()][0] ?? '');
          model.set(name, next);
          assert.equal(add(table, name, now), next.points);
          assert.equal(table.size, model.size);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps its memory bounded over a million distinct addresses', () => {
    const keysMax = 50_000;
    const table = new WindowTable({ lanes: 3, keysMax });
    const fill = (from: number, to: number) => {
      for (let at = from; at < to; at += 1)
        add(table, `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`, start);
    };
    const used = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    };
    fill(0, 300_000);
    const before = used();
    fill(300_000, 1_000_000);
    assert.equal(table.size, keysMax);
    assert.equal(table.forgotten, 1_000_000 - keysMax);
    const grownBytes = used() - before;
    assert.ok(grownBytes < 8_000_000, `${grownBytes} bytes more after 700,000 more addresses`);
  });
});
