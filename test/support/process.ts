// Runs the built server as the real process that operators run. Knows the command line and the one line that says where
// the server listens; knows nothing of what the server does with a webhook.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { ConfigInput } from '../../src/config/index.ts';
import { waitFor } from './waitFor.ts';

/** How a process ended: by an exit code or by a signal. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process whose output is kept. */
export interface RunningProcess {
  readonly pid: number;
  /** Resolves when the process has ended and its output is whole. */
  readonly ended: Promise<Ended>;
  /** Everything printed so far, standard output and standard error together. */
  output(): string;
  stdout(): string;
  stderr(): string;
  /** The JSON objects on standard output so far, one a line; other lines are left out. */
  logLines(): readonly Readonly<Record<string, unknown>>[];
  signal(name: NodeJS.Signals): void;
  /** SIGKILL, as a power cut or the kernel's out-of-memory killer would; resolves when the process is gone. */
  kill(): Promise<Ended>;
  /** SIGTERM, as systemd would; killed, and an error thrown, when it has not ended after `deadlineMs` (30 s). */
  stop(deadlineMs?: number): Promise<Ended>;
}

/** How a program is started. */
export interface ProcessParams {
  /** A compiled script of this build, relative to its root, e.g. `src/cli/main.js`. */
  readonly script: string;
  readonly args?: readonly string[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Node's own options, e.g. `--max-old-space-size=64`. */
  readonly nodeArgs?: readonly string[];
  /** A program that becomes Node, with its arguments, e.g. `strace -D ...`: signals must reach Node itself. */
  readonly under?: readonly string[];
  /** What stands on standard input, which is then ended; nothing where it is not given. */
  readonly input?: string;
}

/** The root of the build that this file was compiled into: `dist`, or any other output folder. */
export const buildRoot = join(import.meta.dirname, '..', '..');

/** Starts a script of this build with this Node. It ends with the test process at the latest. */
export function startProcess(params: ProcessParams): RunningProcess {
  const { under = [], nodeArgs = [], script, args = [] } = params;
  const [program = process.execPath, ...all] = [
    ...under,
    process.execPath,
    ...nodeArgs,
    join(buildRoot, script),
    ...args,
  ];
  const child = spawn(program, all, {
    env: { ...process.env, ...params.env },
    cwd: params.cwd,
    stdio: 'pipe',
  });
  // A program that ends without reading its input is no fault of the test.
  child.stdin.on('error', () => undefined);
  child.stdin.end(params.input ?? '');
  return watch(child);
}

function watch(child: ChildProcessWithoutNullStreams): RunningProcess {
  const pieces: { readonly from: 'stdout' | 'stderr'; readonly bytes: Buffer }[] = [];
  child.stdout.on('data', (bytes: Buffer) => pieces.push({ from: 'stdout', bytes }));
  child.stderr.on('data', (bytes: Buffer) => pieces.push({ from: 'stderr', bytes }));
  const killAtExit = () => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      process.removeListener('exit', killAtExit);
      resolve({ code, signal });
    });
  });
  const printed = (only: 'stdout' | 'stderr' | null) =>
    Buffer.concat(
      pieces.filter(({ from }) => only === null || from === only).map(({ bytes }) => bytes),
    ).toString();

  return {
    pid: child.pid ?? -1,
    ended,
    output: () => printed(null),
    stdout: () => printed('stdout'),
    stderr: () => printed('stderr'),
    logLines: () => printed('stdout').split('\n').flatMap(jsonObject),
    signal: (name) => void child.kill(name),
    kill() {
      child.kill('SIGKILL');
      return ended;
    },
    async stop(deadlineMs = 30_000) {
      child.kill('SIGTERM');
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<null>((resolve) => {
        timer = setTimeout(resolve, deadlineMs, null);
      });
      const end = await Promise.race([ended, late]);
      clearTimeout(timer);
      if (end !== null) return end;
      child.kill('SIGKILL');
      await ended;
      throw new Error(`still running ${deadlineMs} ms after SIGTERM; it printed:\n${printed(null)}`);
    },
  };
}

function jsonObject(line: string): Readonly<Record<string, unknown>>[] {
  if (!line.startsWith('{') || !line.endsWith('}')) return [];
  try {
    return [JSON.parse(line) as Readonly<Record<string, unknown>>];
  } catch {
    return [];
  }
}

/** A directory of its own for one test, gone when `remove` is called. */
export interface ScratchDir {
  readonly path: string;
  remove(): void;
}

/** Makes an empty directory under the system's temporary directory. */
export function scratchDir(name = 'hookward-test-'): ScratchDir {
  const path = mkdtempSync(join(tmpdir(), name));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A server that listens and takes webhooks. */
export interface RunningServer extends RunningProcess {
  /** e.g. `http://127.0.0.1:40123` */
  readonly publicUrl: string;
  readonly adminUrl: string;
  /** Where its configuration and its log are: give it to the next `startServer` to start on the same log. */
  readonly dir: string;
}

/** How a server is started. */
export interface ServerParams {
  /**
   * An object, or the text of a YAML file as it is. An object gets free ports (both listeners) and `log.dir` inside
   * `dir`, unless it names its own.
   */
  readonly config: ConfigInput | string;
  /** Where the configuration file is written and the log lives; the caller removes it (`scratchDir`). */
  readonly dir: string;
  /** Further arguments behind `serve -c FILE`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** For the addresses to be printed and `/readyz` to answer 200; 20 s where it is not given. */
  readonly readyDeadlineMs?: number;
}

/** Starts `hookward serve` and waits for nothing: for tests of the start itself. */
export function spawnServer(params: Omit<ServerParams, 'readyDeadlineMs'>): RunningProcess {
  const file = join(params.dir, 'webhooks.config.yaml');
  writeFileSync(file, configText(params.config, params.dir));
  return startProcess({
    script: 'src/cli/main.js',
    args: ['serve', '-c', file, ...(params.args ?? [])],
    cwd: params.dir,
    ...(params.env === undefined ? {} : { env: params.env }),
  });
}

/**
 * Starts `hookward serve` and resolves when `/readyz` answers 200.
 *
 * @throws Error with all that the process printed, when it ends or is not ready in time; it is killed then.
 */
export async function startServer(params: ServerParams): Promise<RunningServer> {
  const server = spawnServer(params);
  let end: Ended | null = null;
  void server.ended.then((how) => {
    end = how;
  });
  try {
    const at = await waitFor(
      'the server to be ready',
      async () => {
        if (end !== null) throw new Error(`ended with ${JSON.stringify(end)}`);
        const addresses = listeningLine(server);
        return addresses !== null && (await isReady(addresses.adminUrl)) ? addresses : null;
      },
      params.readyDeadlineMs ?? 20_000,
    );
    return { ...server, ...at, dir: params.dir };
  } catch (cause) {
    await server.kill();
    throw new Error(`the server did not start; it printed:\n${server.output()}`, { cause });
  }
}

function configText(config: ConfigInput | string, dir: string): string {
  if (typeof config === 'string') return config;
  const whole: ConfigInput = {
    ...config,
    listen: { port: 0, ...config.listen },
    admin: { port: 0, ...config.admin },
    log: { dir: join(dir, 'log'), ...config.log },
  };
  // JSON is YAML: every YAML 1.2 parser reads it as it stands.
  return JSON.stringify(whole, null, 2);
}

function listeningLine(server: RunningProcess): { publicUrl: string; adminUrl: string } | null {
  const line = server.logLines().find((object) => object['msg'] === 'listening');
  const publicUrl = line?.['public'];
  const adminUrl = line?.['admin'];
  return typeof publicUrl === 'string' && typeof adminUrl === 'string' ? { publicUrl, adminUrl } : null;
}

/** Whether the server behind `adminUrl` takes webhooks now. */
export async function isReady(adminUrl: string): Promise<boolean> {
  try {
    const answer = await fetch(new URL('/readyz', adminUrl));
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false;
  }
}

/** Runs a command of the CLI to its end. */
export async function runCli(
  args: readonly string[],
  options: Omit<ProcessParams, 'script' | 'args'> = {},
): Promise<Ended & { readonly stdout: string; readonly stderr: string }> {
  const run = startProcess({ ...options, script: 'src/cli/main.js', args });
  return { ...(await run.ended), stdout: run.stdout(), stderr: run.stderr() };
}
