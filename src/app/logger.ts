import { pino, type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';

/** Where log lines go: standard output in the CLI, an array in tests. */
export interface LogSink {
  write(line: string): void;
}

export interface LoggerOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  /** Lines for people instead of JSON. */
  readonly pretty: boolean;
  readonly sink: LogSink;
  /** Values that must never be written, wherever they turn up. */
  readonly secrets: readonly string[];
}

/** Shorter ones would blank out ordinary words; the configuration asks for longer secrets anyway. */
const secretLengthMin = 8;

/** Secrets of reloads add up; beyond these many the oldest are let go. */
const spellingsMax = 10_000;

/** Every way in which a secret may be written in a line. */
function spellingsOf(secrets: readonly string[]): readonly string[] {
  return secrets
    .filter((secret) => secret.length >= secretLengthMin)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
}

/** Each once, and a secret that holds another before that one, so that it is struck out whole. */
function longestFirst(spellings: readonly string[]): readonly string[] {
  return [...new Set(spellings)].sort((one, other) => other.length - one.length);
}

/** Blanks secrets out of whole lines: the last net under fields that nobody thought of. */
class SecretFilter implements LogSink {
  readonly #sink: LogSink;
  #spellings: readonly string[];

  constructor(sink: LogSink, secrets: readonly string[]) {
    this.#sink = sink;
    this.#spellings = longestFirst(spellingsOf(secrets));
  }

  /** Those known before stay hidden: lines about the old configuration may still come. */
  hide(secrets: readonly string[]): void {
    const spellings = [...new Set([...spellingsOf(secrets), ...this.#spellings])].slice(0, spellingsMax);
    this.#spellings = longestFirst(spellings);
  }

  write(line: string): void {
    let clean = line;
    for (const secret of this.#spellings) {
      if (clean.includes(secret)) clean = clean.replaceAll(secret, '***');
    }
    this.#sink.write(clean);
  }
}

/** The process log. */
export interface ProcessLog {
  readonly logger: Logger;
  /** Further values that must never be written: those of a reloaded configuration. */
  readonly hide: (secrets: readonly string[]) => void;
}

/** The process log: one JSON object a line, ISO time, no process id and host name that container logs add anyway. */
export function createLogger({ level, pretty: forPeople, sink, secrets }: LoggerOptions): ProcessLog {
  const clean = new SecretFilter(sink, secrets);
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: describeError },
  };
  const hide = (more: readonly string[]) => clean.hide(more);
  if (!forPeople) return { logger: pino(options, clean), hide };
  const asText = prettyFactory({ colorize: false, ignore: 'pid,hostname' });
  const stream: LogSink = { write: (line) => clean.write(asText(line)) };
  return { logger: pino(options, stream), hide };
}

/** An error and its causes, codes kept, as one value. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return {
    ...(typeof code === 'string' && { code }),
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}
