// The drills that need neither root nor a Debian package, in few rounds; `npm run drill` runs all of them in full.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { missing } from './drills/machine.ts';
import { drills } from './drills/registry.ts';
import { remarks, resultsTable } from './drills/results.ts';
import { runDrill, verdictOf } from './drills/runner.ts';
import type { Drill, DrillOutcome } from './drills/drill.ts';

const seed = Number(process.env['HOOKWARD_TEST_SEED'] ?? 1);
const rounds = 2;

describe('small drills', () => {
  for (const drill of drills.filter(({ isSmall }) => isSmall)) {
    test(`${drill.name}: nothing is lost, and the control is found out`, async (t) => {
      const result = await runDrill(drill, { seed, rounds });
      t.diagnostic(remarks(result));
      assert.equal(result.verdict, 'held', remarks(result));
    });
  }
});

const well: DrillOutcome = { promised: 10, lost: 0, repeats: 1, faults: [], notes: [] };
const losing: DrillOutcome = { ...well, lost: 3 };

/** A drill that comes out so, and its control. */
function drillOf(run: () => Promise<DrillOutcome>, control = losing, needs: readonly string[] = []): Drill {
  return {
    name: 'made | up',
    needs,
    isSmall: true,
    deadlineMs: 50,
    run,
    control: { what: 'no cure', run: () => Promise.resolve(control) },
  };
}

describe('what is made of a drill', () => {
  test('it holds only where nothing is lost, nothing is wrong, and the control fails', () => {
    assert.equal(verdictOf(well, losing), 'held');
    assert.equal(verdictOf(well, { ...well, faults: ['it hung'] }), 'held');
    assert.equal(verdictOf(losing, losing), 'LOST 3');
    assert.equal(verdictOf({ ...well, faults: ['a', 'b'] }, losing), '2 faults');
    assert.equal(verdictOf({ ...well, promised: 0 }, losing), 'nothing was promised');
    assert.equal(verdictOf(well, well), 'proves nothing: the control held');
  });

  test('what is missing on the machine is said by name and the drill is not run', async () => {
    assert.deepEqual(missing(['no-such-program']), ['no-such-program']);
    assert.deepEqual(missing(['sh']), []);
    const drill = drillOf(() => Promise.reject(new Error('it was run')), losing, ['no-such-program']);
    const { verdict } = await runDrill(drill, { seed });
    assert.equal(verdict, 'not run, missing: no-such-program');
  });

  test('one that throws, or is late, has a fault', async () => {
    const throwing = await runDrill(
      drillOf(() => Promise.reject(new Error('no disk'))),
      { seed },
    );
    assert.deepEqual(throwing.outcome.faults, ['no disk']);
    const late = await runDrill(
      drillOf(() => new Promise(() => undefined)),
      { seed },
    );
    assert.deepEqual(late.outcome.faults, ['the drill: not done within 50 ms']);
  });

  test('stands in one row of the table', async () => {
    const result = await runDrill(
      drillOf(() => Promise.resolve(well)),
      { seed },
    );
    const [, , line] = resultsTable([result]).split('\n');
    assert.equal(line, '| made \\| up | 10 | 0 | 1 | no cure: 3 of 10 | held |');
  });
});
