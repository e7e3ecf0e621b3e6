import type { Terminal } from './terminal/terminal.ts';

/** What every command gets of its surroundings; tests give their own. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The directory in which relative paths begin. */
  readonly cwd: string;
  readonly now: () => number;
  /**
   * Resolves at the first SIGINT or SIGTERM, which asks for an orderly end. Until a command reads it, signals end the
   * process at once.
   */
  readonly stopSignal: Promise<string>;
  /** Calls back at each SIGHUP. */
  readonly onReloadSignal: (run: () => void) => void;
}

/** Options that every command takes. */
export interface CommonArguments {
  readonly config?: string | undefined;
  readonly json: boolean;
  readonly admin?: string | undefined;
}
