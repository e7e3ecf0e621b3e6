#!/usr/bin/env node
// The process: the one place that reads argv, signals and the environment, and that sets the exit code.
import { readFileSync } from 'node:fs';
import { operatorErrors } from '../core/errors.ts';
import { run } from './program.ts';
import { processTerminal } from './terminal/process.ts';

const manifest = new URL('../../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };

/** The first and the second of SIGINT and SIGTERM: the first asks for an orderly end, the second for any. */
function stopSignals(): { first: Promise<string>; second: Promise<string> } {
  const arrivals: ((signal: string) => void)[] = [];
  const first = new Promise<string>((resolve) => arrivals.push(resolve));
  const second = new Promise<string>((resolve) => arrivals.push(resolve));
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => arrivals.shift()?.(name));
  return { first, second };
}

const stop = stopSignals();
// Whoever asks twice waits for nobody: attempts, callers and timers that are still open would hold the process. The log is
// made to be killed.
void stop.second.then(() => process.exit(operatorErrors.interrupted.exitCode));

process.exitCode = await run(
  process.argv.slice(2),
  {
    terminal: processTerminal(),
    env: process.env,
    cwd: process.cwd(),
    now: Date.now,
    stopSignal: stop.first,
    onReloadSignal: (reload) => void process.on('SIGHUP', reload),
  },
  version,
);
