/** The bot host gave a status line: the command was reached, whatever it thought of it. */
export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  /** Names and values by turns, as received. */
  readonly headers: readonly string[];
  /** The answer's first bytes, kept for support; see `answerKeptBytesMax`. */
  readonly body: Uint8Array;
  /** The answer was longer than what is kept. */
  readonly bodyTruncated: boolean;
  /** False where the connection broke before the answer's end. */
  readonly complete: boolean;
}

/** Every cause for which no answer came. `interrupted`: our own process ended the attempt (shutdown). */
export const failureCauses = [
  'connection-refused',
  'name-not-found',
  'connect-timeout',
  'timeout',
  'connection-lost',
  'tls',
  'malformed-answer',
  'interrupted',
  'unknown',
] as const;

/** Why no answer came. */
export type FailureCause = (typeof failureCauses)[number];

/** No answer came. */
export interface Failed {
  readonly kind: 'failed';
  readonly cause: FailureCause;
  /** The system's own words, for support; never shown to the caller. */
  readonly detail: string;
}

/** How one try ended. A bot host's 500 is a value, not an exception. */
export type AttemptOutcome = Answered | Failed;

/** One try to deliver a webhook. */
export interface Attempt {
  /** 1 for the first try of this webhook ever, counted on through replays. */
  readonly number: number;
  /** 0, or the number of the replay that this try belongs to. */
  readonly replay: number;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: AttemptOutcome;
}

/** How many bytes of a bot's answer are kept with the attempt: enough to read an error page, small beside the log. */
export const answerKeptBytesMax = 64 * 1024;
