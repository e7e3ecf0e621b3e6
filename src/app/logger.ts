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

/** What could steer a terminal: an error may quote what somebody sent. Line breaks and tabs are the layout's own. */
const steering = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Lines for people, made of those for machines. */
function asText(sink: LogSink): LogSink {
  const layOut = prettyFactory({ colorize: false, ignore: 'pid,hostname' });
  return { write: (line) => sink.write(layOut(line).replace(steering, '\ufffd')) };
}

/** The process log: one JSON object a line, ISO time, no process id and host name that container logs add anyway. */
export function createLogger({ level, pretty: forPeople, sink, secrets }: LoggerOptions): ProcessLog {
  // Struck out before the lines are laid out: a secret that is broken over lines would pass.
  const clean = new SecretFilter(forPeople ? asText(sink) : sink, secrets);
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: describeError },
  };
  return { logger: pino(options, clean), hide: (more) => clean.hide(more) };
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
