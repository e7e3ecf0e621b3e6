// `npm run drill [NAMES] [--seed N] [--rounds N] [--list]`: runs the drills whose names hold one of NAMES (all without
// any), one after another, prints one table, and writes it to RESULTS.md where all were run.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../../support/repository.ts';
import { undoAll } from './cleanup.ts';
import { missing } from './machine.ts';
import { drills } from './registry.ts';
import { remarks, resultsPage, resultsTable } from './results.ts';
import { runDrill, type DrillResult, type RunParams } from './runner.ts';

const print = (text: string) => void process.stdout.write(`${text}\n`);

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new Error(`--${name} must be a whole number, e.g. --${name} 7; it is ${text}`);
  return Number(text);
}

function list(): void {
  for (const { name, needs, isSmall } of drills) {
    const lacking = missing(needs);
    const asks = needs.length === 0 ? 'needs nothing' : `needs ${needs.join(', ')}`;
    print(
      `${name}: ${asks}${lacking.length > 0 ? `; MISSING ${lacking.join(', ')}` : ''}${isSmall ? '; small' : ''}`,
    );
  }
}

async function runAll(names: readonly string[], params: RunParams): Promise<boolean> {
  const chosen = drills.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)));
  if (chosen.length === 0) throw new Error(`no drill is called ${names.join(' or ')}; --list names them all`);
  const results: DrillResult[] = [];
  for (const drill of chosen) {
    print(`${drill.name} (seed ${params.seed}) ...`);
    const result = await runDrill(drill, params);
    results.push(result);
    print(`${remarks(result)}\n  ${result.verdict}`);
  }
  print(`\n${resultsTable(results)}`);
  if (chosen.length === drills.length) {
    writeFileSync(join(repositoryRoot, 'test/crash/RESULTS.md'), resultsPage(results, params));
  }
  return results.every(({ verdict }) => verdict === 'held');
}

async function interrupted(): Promise<void> {
  print('interrupted: clearing up');
  for (const failure of await undoAll()) print(failure);
  process.exit(130);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void interrupted());

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string' }, rounds: { type: 'string' }, list: { type: 'boolean' } },
  });
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : wholeNumber('seed', values.seed);
  const rounds = values.rounds === undefined ? {} : { rounds: wholeNumber('rounds', values.rounds) };
  if (values.list === true) list();
  else if (!(await runAll(positionals, { seed, ...rounds }))) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
// What a drill that was given up still holds must not keep the process.
process.exit();
