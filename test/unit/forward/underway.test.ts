import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { underwayOf } from '../../../src/forward/underway.ts';
import { manualClock } from '../../support/manualClock.ts';

describe('things under way', () => {
  it('are those added and not yet deleted, as a Set would have them', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(7), { maxLength: 60 }), (turns) => {
        const things = Array.from({ length: 8 }, (_, name) => ({ name, place: -1 }));
        const underway = underwayOf<(typeof things)[number]>(manualClock());
        const model = new Set<number>();
        for (const name of turns) {
          const thing = things[name] as (typeof things)[number];
          if (model.delete(name)) underway.delete(thing);
          else {
            underway.add(thing);
            model.add(name);
          }
        }
        const found: number[] = [];
        underway.endAll((thing) => {
          found.push(thing.name);
          underway.delete(thing);
          underway.delete(thing);
        });
        assert.deepEqual(found.sort(), [...model].sort());
        underway.endAll(() => assert.fail('nothing is left'));
      }),
      { seed: 3 },
    );
  });

  it('are waited for until the last has ended, or the deadline', async () => {
    const clock = manualClock();
    const underway = underwayOf<{ place: number }>(clock);
    await underway.idleWithin(1_000);
    const thing = { place: -1 };
    underway.add(thing);
    let idle = 0;
    const ended = underway.idleWithin(1_000).then(() => (idle += 1));
    const late = underway.idleWithin(500).then(() => (idle += 1));
    clock.advance(500);
    await late;
    assert.equal(idle, 1);
    underway.delete(thing);
    await ended;
    assert.equal(idle, 2);
  });
});
