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

/**
 * The first SIGINT or SIGTERM asks for an orderly end. Whoever asks again waits for nobody: attempts, callers and timers
 * that are still open would hold the process, and the log is made to be killed.
 */
function stopSignal(): Promise<string> {
  return new Promise((ask) => {
    let askedAt: number | null = null;
    const onSignal = (signal: string) => {
      askedAt ??= performance.now();
      ask(signal);
      if (performance.now() - askedAt > oneWishMs) process.exit(operatorErrors.interrupted.exitCode);
    };
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
  });
}

let stop: Promise<string> | null = null;

process.exitCode = await run(
  process.argv.slice(2),
  {
    terminal: processTerminal(),
    env: process.env,
    cwd: process.cwd(),
    now: Date.now,
    // Only commands that ask for it end in order; a signal ends all others at once, as people expect.
    get stopSignal() {
      return (stop ??= stopSignal());
    },
    onReloadSignal: (reload) => void process.on('SIGHUP', reload),
  },
  version,
);
