#!/usr/bin/env node
// The process: the one place that reads argv, signals and the environment, and that sets the exit code.
import { readFileSync } from 'node:fs';
import { operatorErrors } from '../core/errors.ts';
import { run } from './program.ts';
import { processTerminal } from './terminal/process.ts';

const manifest = new URL('../../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };

/**
 * Signals within this time are one wish: npm, `timeout` and others pass on what the terminal has sent to the whole group,
 * so that one Ctrl-C arrives twice within milliseconds. No person presses it again so soon.
 */
const oneWishMs = 500;

/** The first SIGINT or SIGTERM asks for an orderly end, a later one for any. */
function stopSignals(): { first: Promise<string>; second: Promise<void> } {
  let ask: (signal: string) => void = () => undefined;
  let insist: () => void = () => undefined;
  const first = new Promise<string>((resolve) => (ask = resolve));
  const second = new Promise<void>((resolve) => (insist = resolve));
  let askedAt: number | null = null;
  const onSignal = (signal: string) => {
    askedAt ??= performance.now();
    ask(signal);
    if (performance.now() - askedAt > oneWishMs) insist();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
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
