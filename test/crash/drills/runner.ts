// Runs a drill and its control, and says what to make of the two.
import { undoAll, within } from './cleanup.ts';
import type { Drill, DrillOutcome, RunDrill } from './drill.ts';
import { missing } from './machine.ts';

/** A drill and its control, run. */
export interface DrillResult {
  readonly name: string;
  readonly controlOf: string;
  readonly outcome: DrillOutcome;
  readonly control: DrillOutcome;
  readonly tookMs: number;
  /** `held`, or why not, in a few words. */
  readonly verdict: string;
}

/** How drills are run. */
export interface RunParams {
  readonly seed: number;
  readonly rounds?: number;
}

const deadlineDefaultMs = 300_000;

/** Runs a drill, then its control; a part that throws or is late has a fault, and leaves nothing behind. */
export async function runDrill(drill: Drill, params: RunParams): Promise<DrillResult> {
  const startedAt = performance.now();
  const deadlineMs = drill.deadlineMs ?? deadlineDefaultMs;
  const lacking = missing(drill.needs);
  const one = (what: string, run: RunDrill) =>
    lacking.length > 0
      ? broken(`missing: ${lacking.join(', ')}`)
      : outcomeOf(() => within(deadlineMs, what, run(params.seed, params.rounds)));
  const outcome = await one('the drill', drill.run);
  const control = await one('the control', drill.control.run);
  return {
    name: drill.name,
    controlOf: drill.control.what,
    outcome,
    control,
    tookMs: performance.now() - startedAt,
    verdict: lacking.length > 0 ? `not run, missing: ${lacking.join(', ')}` : verdictOf(outcome, control),
  };
}

const broken = (fault: string): DrillOutcome => ({
  promised: 0,
  lost: 0,
  repeats: 0,
  faults: [fault],
  notes: [],
});

async function outcomeOf(run: () => Promise<DrillOutcome>): Promise<DrillOutcome> {
  let outcome: DrillOutcome;
  try {
    outcome = await run();
  } catch (error) {
    outcome = broken(error instanceof Error ? error.message : String(error));
  }
  const leftBehind = await undoAll();
  return { ...outcome, faults: [...outcome.faults, ...leftBehind] };
}

/** Whether a drill held, and could have been seen to fail. */
export function verdictOf(outcome: DrillOutcome, control: DrillOutcome): string {
  if (outcome.lost > 0) return `LOST ${outcome.lost}`;
  if (outcome.faults.length > 0) return `${outcome.faults.length} faults`;
  if (outcome.promised === 0) return 'nothing was promised';
  if (control.lost === 0 && control.faults.length === 0) return 'proves nothing: the control held';
  return 'held';
}
