import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';

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

/** Blanks every secret out of whole lines: the last net under fields that nobody thought of. */
function withoutSecrets(sink: LogSink, secrets: readonly string[]): LogSink {
  const spellings = secrets
    .filter((secret) => secret.length >= secretLengthMin)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  const unique = [...new Set(spellings)];
  if (unique.length === 0) return sink;
  return {
    write(line) {
      let clean = line;
      for (const secret of unique) if (clean.includes(secret)) clean = clean.replaceAll(secret, '***');
      sink.write(clean);
    },
  };
}

/** The process log: one JSON object a line, ISO time, no process id and host name that container logs add anyway. */
export function createLogger({ level, pretty: forPeople, sink, secrets }: LoggerOptions): Logger {
  const clean = withoutSecrets(sink, secrets);
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: describeError },
  };
  if (!forPeople) return pino(options, clean);
  const stream = pretty({ colorize: false, ignore: 'pid,hostname', destination: clean as never, sync: true });
  return pino(options, stream);
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
