import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A server under measurement, or the bot host. */
export interface Side {
  readonly name: string;
  readonly url: string;
  /** CPU time used so far by all its threads, in microseconds. */
  cpuMicros(): number;
  /** Resident memory, in bytes. */
  residentBytes(): number;
  stop(): Promise<void>;
}

const ticksPerSecond = 100;

function readStat(pid: number): string[] {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  // The command's name may hold spaces; fields are counted behind its closing parenthesis.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** User and system time over all threads, in ticks of 10 ms: exact enough over seconds of load. */
function cpuMicrosOf(pid: number): number {
  const fields = readStat(pid);
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
}

/** Whether processes can be pinned to a core here. */
export const canPin = spawnSync('taskset', ['-c', '0', 'true']).status === 0;

/** Starts `node ARGS`, pinned to a core where that can be done; `addressIn` finds the address in its output. */
export async function startSide(
  name: string,
  args: readonly string[],
  options: { readonly core: number; readonly addressIn: (line: string) => string | null },
): Promise<Side> {
  const command = canPin ? ['taskset', '-c', String(options.core), process.execPath] : [process.execPath];
  const child: ChildProcess = spawn(command[0] as string, [...command.slice(1), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      for (const line of text.split('\n')) {
        const address = options.addressIn(line);
        if (address !== null) resolve(address);
      }
    });
    void exited.then(() => reject(new Error(`${name} ended before it listened:\n${text}`)));
  });
  const pid = child.pid as number;
  return {
    name,
    url,
    cpuMicros: () => cpuMicrosOf(pid),
    residentBytes: () => Number(readStat(pid)[21]) * 4096,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** A file of this benchmark as it was compiled. */
export const benchFile = (name: string) => join(import.meta.dirname, name);
