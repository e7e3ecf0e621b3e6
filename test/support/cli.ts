import { run } from '../../src/cli/program.ts';
import { operatorErrors, type OperatorErrorCode } from '../../src/core/errors.ts';

/** What a command line did, run inside this process. */
export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, with a terminal at which `answers` are typed. */
export async function runInProcess(
  argv: readonly string[],
  place: {
    readonly cwd: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly answers?: readonly string[];
    /** Standard output is a screen. */
    readonly isScreen?: boolean;
    /** Resolves when Ctrl-C is pressed. */
    readonly interrupted?: Promise<string>;
  },
): Promise<CliRun> {
  const printed: string[] = [];
  const noted: string[] = [];
  const answers = [...(place.answers ?? [])];
  const never = new Promise<string>(() => undefined);
  const code = await run(
    argv,
    {
      terminal: {
        print: (line) => void printed.push(line),
        note: (line) => void noted.push(line),
        interactive: false,
        isScreen: place.isScreen ?? false,
        ask(question) {
          noted.push(question);
          return Promise.resolve(answers.shift() ?? null);
        },
      },
      env: place.env ?? {},
      cwd: place.cwd,
      now: Date.now,
      stopSignal: place.interrupted ?? never,
      onReloadSignal: () => undefined,
    },
    '0.0.0-test',
  );
  return { code, stdout: printed.join('\n'), stderr: noted.join('\n') };
}

/** The exit code that an error of the catalogue ends a command with. */
export const exitCodeOf = (code: OperatorErrorCode): number => operatorErrors[code].exitCode;
