import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.ts';
import type { Drill, RunDrill } from './drill.ts';
import { onStand, type Stand, type Weakness } from './stand.ts';

type Limit = 'fsize' | 'nofile';

/** Sets the soft limit of a server that runs; the hard one stays, so that anyone may lift it again. */
function limit(stand: Stand, which: Limit, value: number | 'unlimited'): Promise<string> {
  return command('prlimit', ['--pid', String(stand.server.pid), `--${which}=${value}:`]);
}

interface Case {
  readonly which: Limit;
  /** What the limit is set to. */
  readonly met: (stand: Stand) => number;
  readonly lifted: number | 'unlimited';
}

/** Meets a limit under load, shows it, and goes on by itself once it is lifted; killed soon after. */
function meeting({ which, met, lifted }: Case, weakness?: Weakness): RunDrill {
  return (seed, rounds = weakness === undefined ? 3 : 1) =>
    onStand(
      { seed, bodyBytesMax: 60_000, ...(weakness === undefined ? {} : { weakness }) },
      async (stand) => {
        for (let round = 0; round < rounds; round += 1) {
          await stand.start();
          // Enough that the log's files are beyond the limit of their size by now.
          await stand.promisedMore(300);
          // The connection to the admin listener must be open: there may be no descriptor left for another one.
          await stand.admin.connect();
          await limit(stand, which, met(stand));
          try {
            await stand.admin.showsFailing('HookwardLogFailing');
          } finally {
            await limit(stand, which, lifted);
          }
          await stand.recovers();
          await stand.promisedMore(100);
          await stand.kill();
        }
      },
    );
}

/** Of 300 webhooks the log's file is three times as long: opening it again cannot write the table either. */
const fileSize: Case = { which: 'fsize', met: () => 256 * 1024, lifted: 'unlimited' };

/** Only the numbers below the log's own: once it has closed its files it cannot open any of them again. */
const descriptors: Case = { which: 'nofile', met: lowestOfLog, lifted: 4096 };

function lowestOfLog(stand: Stand): number {
  const files = `/proc/${stand.server.pid}/fd`;
  const numbers = readdirSync(files).filter((number) =>
    readlinkSync(join(files, number)).startsWith(stand.logDir),
  );
  return Math.min(...numbers.map(Number));
}

export const fileSizeLimit: Drill = {
  name: 'file-size limit met and lifted',
  needs: ['prlimit'],
  isSmall: true,
  run: meeting(fileSize),
  control: { what: 'no reopening after a failed write', run: meeting(fileSize, 'neverReopened') },
};

export const descriptorLimit: Drill = {
  name: 'descriptor limit met and lifted',
  needs: ['prlimit'],
  isSmall: true,
  run: meeting(descriptors),
  control: { what: 'a log that is opened once and never again', run: meeting(descriptors, 'openedOnce') },
};
