// Programs of the machine that drills call: mkfs, mount, prlimit ... and strace, which stays until it is told to go.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { toUndo } from './cleanup.ts';

const run = promisify(execFile);

/** Runs a program to its end and gives what it printed. @throws Error that holds what it printed on standard error. */
export async function command(
  program: string,
  args: readonly string[],
  deadlineMs = 30_000,
): Promise<string> {
  const { stdout } = await run(program, [...args], { timeout: deadlineMs, killSignal: 'SIGKILL' });
  return stdout;
}

/** Starts a program that runs until what comes back is called, which waits for its end. */
export async function startCommand(program: string, args: readonly string[]): Promise<() => Promise<void>> {
  const child = spawn(program, args, { stdio: 'ignore' });
  await once(child, 'spawn');
  const ended = once(child, 'exit');
  // SIGINT: strace lets its tracees go on, where SIGKILL could leave one stopped.
  return toUndo(`the process of ${program}`, async () => {
    child.kill('SIGINT');
    await ended;
  });
}
