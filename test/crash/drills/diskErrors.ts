import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startCommand } from './command.ts';
import type { Drill, RunDrill } from './drill.ts';
import { onStand, type Stand } from './stand.ts';

/** What strace does to the calls of a running server. */
type Injection = (stand: Stand) => readonly string[];

const everyFsync: Injection = () => ['-e', 'trace=fdatasync,fsync', '-e', 'inject=fdatasync,fsync:error=EIO'];

/** Every write to the database's own logs, those that it will open meanwhile included. */
const everyWrite: Injection = ({ logDir }) => [...logFiles(logDir), ...writesFailing('')];

/** Some of them: others succeed in between, which is what makes LevelDB acknowledge what it cannot read again. */
const someWrites: Injection = ({ logDir }) => [...logFiles(logDir), ...writesFailing(':when=3+7')];

const writesFailing = (when: string) => ['-e', 'trace=write', '-e', `inject=write:error=EIO${when}`];

/** Names of logs to come: each opening anew takes two or three numbers. */
const numbersAhead = 400;

function logFiles(logDir: string): string[] {
  const database = join(logDir, 'db');
  const newest = Math.max(...readdirSync(database).map((name) => Number.parseInt(name, 10) || 0));
  return Array.from({ length: numbersAhead }, (_, ahead) => {
    const number = String(newest + ahead).padStart(6, '0');
    return ['-P', join(database, `${number}.log`)];
  }).flat();
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** So long a fault holds beyond the moment at which it shows. */
const holdMs = 2_000;

/** The disk fails on the running process, for seconds each time, and is well again; killed soon after. */
function failing(injections: readonly Injection[], weakness?: 'neverReopened'): RunDrill {
  return (seed) =>
    onStand({ seed, ...(weakness === undefined ? {} : { weakness }) }, async (stand) => {
      for (const injection of injections) {
        await stand.start();
        await stand.promisedMore(300);
        const args = ['-f', '-qq', '-o', '/dev/null', '-p', String(stand.server.pid)];
        const end = await startCommand('strace', [...args, ...injection(stand)]);
        try {
          if (injection !== someWrites) await stand.admin.showsFailing('HookwardLogFailing');
          // Not a wait for a condition: so long the fault lasts.
          await pause(holdMs);
        } finally {
          await end();
        }
        await stand.recovers();
        await stand.promisedMore(200);
        await stand.kill();
      }
    });
}

export const fsyncFails: Drill = {
  name: 'fsync fails with EIO for seconds',
  needs: ['strace', 'root'],
  isSmall: false,
  run: failing([everyFsync, everyFsync]),
  control: { what: 'no reopening after a failed write', run: failing([everyFsync], 'neverReopened') },
};

export const writeFails: Drill = {
  name: 'write fails with EIO for seconds',
  needs: ['strace', 'root'],
  isSmall: false,
  run: failing([everyWrite, someWrites]),
  control: { what: 'no reopening after a failed write', run: failing([someWrites], 'neverReopened') },
};
