// The level engine on a scratch directory. A crash is a copy of the directory taken while the log is open: just what a
// killed process leaves behind.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/app/system.ts';
import { createLevelLog } from '../../src/log/index.ts';
import type { Log, LogObserver } from '../../src/log/index.ts';
import { copyAsKilled } from '../support/crashCopy.ts';
import { scratchDir } from '../support/process.ts';
import type { Engine } from './engine.ts';

const silent: LogObserver = {
  committed: () => undefined,
  modeChanged: () => undefined,
  noticed: () => undefined,
};

/** A level log in `dir`, not yet started. */
export function levelLog(dir: string, observer: LogObserver = silent): Log {
  return createLevelLog({
    dir,
    freeBytesMin: 0,
    ballastBytes: 0,
    clock: systemClock,
    observer,
    create: true,
  });
}

/** Opens the level engine on fresh storage. */
export async function openLevel(): Promise<Engine> {
  const scratch = scratchDir('hookward-log-');
  let generation = 0;
  const dir = () => join(scratch.path, String(generation));
  let log = levelLog(dir());
  await log.start();
  const start = async () => {
    log = levelLog(dir());
    await log.start();
  };

  return {
    log: () => log,
    async reopen() {
      await log.stop(10_000);
      await start();
    },
    async crash() {
      const left = dir();
      generation += 1;
      copyAsKilled(left, dir());
      await log.stop(10_000);
      rmSync(left, { recursive: true, force: true });
      await start();
    },
    async dispose() {
      await log.stop(10_000);
      scratch.remove();
    },
  };
}
