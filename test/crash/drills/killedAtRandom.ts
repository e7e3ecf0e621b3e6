import { verdictLine } from '../judge.ts';
import { killUnderLoad } from '../serverKills.ts';
import type { Drill, RunDrill } from './drill.ts';
import { environmentOf, type Weakness } from './stand.ts';

function killed(kills: number, weakness?: Weakness): RunDrill {
  return async (seed, rounds = kills) => {
    const { verdict, unsettled } = await killUnderLoad({ kills: rounds, seed, env: environmentOf(weakness) });
    const { promised, missing, repeats, faults } = verdict;
    const ofLog = unsettled instanceof Error ? [unsettled.message] : [];
    const notes = [`${rounds} kills: ${verdictLine(verdict, seed)}`];
    return { promised, lost: missing.length, repeats, faults: [...faults, ...ofLog], notes };
  };
}

/** The server killed at random moments, at starts too, before a flaky bot host. */
export const killedAtRandom: Drill = {
  name: 'SIGKILL at random, bot host flaky',
  needs: [],
  isSmall: true,
  deadlineMs: 1_200_000,
  run: killed(200),
  control: { what: 'a log that acknowledges before it writes', run: killed(12, 'acknowledgedEarly') },
};
