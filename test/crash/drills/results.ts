import { tmpdir } from 'node:os';
import { machine } from './machine.ts';
import type { DrillResult, RunParams } from './runner.ts';

/** A control's loss; where nothing was lost, the first fault that was found. */
function lossOf({ lost, promised, faults }: DrillResult['control']): string {
  if (lost > 0) return `${lost} of ${promised}`;
  const [fault] = faults;
  return fault === undefined ? 'nothing' : `0 of ${promised}, but: ${fault}`;
}

/** Errors name files of the machine's temporary directory: where it lies is nobody's business. */
const withoutPaths = (text: string) => text.replaceAll(`${tmpdir()}/`, '');

const cell = (text: string) => withoutPaths(text).replaceAll('|', '\\|').replaceAll('\n', ' ');

const row = (cells: readonly (string | number)[]) =>
  `| ${cells.map((text) => cell(String(text))).join(' | ')} |`;

/** One table of all results: drill, promised, lost, repeats, what the control lost, verdict. */
export function resultsTable(results: readonly DrillResult[]): string {
  return [
    row(['Drill', 'Promised', 'Lost', 'Repeats', "Control's loss", 'Verdict']),
    row(['---', '--:', '--:', '--:', '---', '---']),
    ...results.map(({ name, outcome, control, controlOf, verdict }) =>
      row([
        name,
        outcome.promised,
        outcome.lost,
        outcome.repeats,
        `${controlOf}: ${lossOf(control)}`,
        verdict,
      ]),
    ),
  ].join('\n');
}

/** The faults and notes of a drill, a line each. */
export function remarks({ name, outcome, tookMs }: DrillResult): string {
  const told = [...outcome.faults.map((fault) => `fault: ${fault}`), ...outcome.notes];
  return withoutPaths(
    `- ${name} (${Math.round(tookMs / 1000)} s)${told.length > 0 ? `: ${told.join('; ')}` : ''}`,
  );
}

/** The results as a page, with the day and the machine they were had on. */
export function resultsPage(results: readonly DrillResult[], { seed, rounds }: RunParams): string {
  const settings = rounds === undefined ? `seed ${seed}` : `seed ${seed}, ${rounds} rounds each`;
  return `# Drills

Written by \`npm run drill\`. Each drill does a fault to a real server or log under load. *Promised* is what was answered
with success, *lost* what of it never arrived, *repeats* what arrived more than once under the same id. The control is the
same with the cure taken away: it must lose something or be found at fault, or the drill would prove nothing.

${new Date().toISOString().slice(0, 10)}, ${settings}. ${machine().join('. ')}.

${resultsTable(results)}

How long each took, its control included, and what else was seen:

${results.map(remarks).join('\n')}
`;
}
