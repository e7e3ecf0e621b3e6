// What delivery asks of the rest. Small on purpose: app fits the real log, forwarder, signer and metrics to it.
import type { Clock } from '../core/clock.ts';
import type { RawHeaders } from '../core/headers.ts';
import type { WebhookId } from '../core/ids.ts';
import type { Random } from '../core/random.ts';
import type { Current } from '../core/settings.ts';
import type { SenderFinding } from '../core/senders.ts';
import type { DeadReason, DeferReason, Lane, WebhookState } from '../core/state.ts';
import type { Tracer } from '../core/tracing.ts';
import type { Forwarder } from '../forward/index.ts';
import type { DeliveryLog } from '../log/index.ts';
import type { Signer } from '../signing/index.ts';

/** When a bot host's circuit opens and how it is probed. Times in milliseconds. */
export interface CircuitSettings {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** Answers that count as failures, beside no answer at all. */
  readonly statuses: readonly number[];
  /** Before the first probe; doubles while probes fail. */
  readonly openFor: number;
  readonly openMax: number;
}

/** At most `requests` attempts begin in any `per` milliseconds. */
export interface RateSettings {
  readonly requests: number;
  readonly per: number;
}

/** One bot host, as the configuration has it. Times in milliseconds. */
export interface BotHostSettings {
  readonly url: string;
  readonly hostHeader: 'bot-host' | 'keep';
  readonly concurrency: number;
  readonly rate: RateSettings | null;
  readonly waitingMax: number;
  /** And bytes of their bodies. */
  readonly waitingBytesMax: number;
  readonly connectTimeout: number;
  readonly attemptTimeout: number;
  readonly circuit: CircuitSettings;
}

/** A route's retry rule, as the configuration has it. Times in milliseconds. */
export interface RetrySettings {
  readonly attempts: number;
  readonly firstDelay: number;
  readonly maxDelay: number;
  readonly maxAge: number;
  readonly retryAfterMax: number;
  readonly statuses: readonly number[];
}

export interface RouteSettings {
  readonly name: string;
  readonly botHost: string;
  readonly retry: RetrySettings;
  /**
   * Path and query that the bot host is called with instead of the caller's, whose query is put behind it; null: the
   * caller's own. Secret. Every attempt takes the one in force: a bot's new token counts for retries and replays too.
   */
  readonly forwardTo: string | null;
  /** `for`: how long a caller is held, in milliseconds. */
  readonly answer: { readonly for: number };
}

/** The part of the configuration that delivery lives by; the parsed configuration fits it. */
export interface DeliverySettings {
  /** What senders call, without a path of ours; null: made of the request's scheme and Host. */
  readonly publicUrl: string | null;
  readonly botHosts: Readonly<Record<string, BotHostSettings>>;
  readonly routes: readonly RouteSettings[];
}

/** `half-open`: one probe is under way. `ramping`: it went well, and the host gets more step by step. */
export type CircuitState = 'closed' | 'open' | 'half-open' | 'ramping';

/** What is counted of one attempt. */
export interface AttemptFacts {
  readonly botHost: string;
  readonly route: string;
  readonly lane: Lane;
  /** A status class (`2xx`) or the cause of the failure: few values, fit for a label. */
  readonly outcome: string;
  /** Where the webhook stands now. */
  readonly state: WebhookState;
  /** Not the first try of its budget. */
  readonly retry: boolean;
  /** The first try of a replay. */
  readonly replay: boolean;
  readonly durationMs: number;
  /** From the moment that delivery took the webhook over to the start of the attempt. */
  readonly waitedMs: number;
}

/** Counts. Every call is cheap and never throws. */
export interface DeliveryMetrics {
  attempted(facts: AttemptFacts): void;
  died(facts: { readonly route: string; readonly reason: DeadReason }): void;
  deferred(facts: { readonly route: string; readonly why: DeferReason }): void;
  circuitChanged(facts: { readonly botHost: string; readonly state: CircuitState }): void;
  /** How many routes have pending webhooks but no place in the configuration. */
  unknownRoutes(count: number): void;
}

/**
 * How one turn of a webhook ended: one line of the process log. Holds nothing that a caller or a bot sent, but for the id
 * of the caller's trace.
 */
export interface TurnOutcome {
  readonly id: WebhookId;
  readonly route: string;
  readonly botHost: string | null;
  readonly state: WebhookState;
  readonly turn: 'attempted' | 'deferred' | 'expired';
  /** What kind of turn it was; a first one of a webhook whose caller has been there is `live`. */
  readonly lane: Lane;
  /** 0, or the number of the replay that the turn belongs to. */
  readonly replay: number;
  /** The attempt's number; null where none was made. */
  readonly attempt: number | null;
  /** From taking over to the start of the attempt; null where none was made. */
  readonly waitedMs: number | null;
  readonly durationMs: number | null;
  readonly status: number | null;
  /** Why no answer came, why it was put off, or why it is dead; null on success. */
  readonly reason: string | null;
  /** Since its arrival. */
  readonly ageMs: number;
  /** Of the request's body. */
  readonly bytes: number;
  /** What was found out about who sent it; null where its route names no sender. */
  readonly sender: SenderFinding | null;
  /** The trace that its caller named, or, where tracing is on and the caller named none, the one that was begun. */
  readonly traceId: string | null;
}

/** Things an operator should read. `text` is free of secrets; `error` goes to the process log alone. */
export interface DeliveryNotice {
  readonly code:
    | 'attempt-threw'
    | 'caller-threw'
    | 'queue-threw'
    | 'claim-failed'
    | 'settle-failed'
    | 'settlement-dropped'
    | 'route-unknown';
  readonly text: string;
  readonly error?: unknown;
}

export interface DeliveryDeps {
  readonly log: DeliveryLog;
  readonly forwarder: Pick<Forwarder, 'send'>;
  readonly signer: Current<Signer>;
  /** The request's headers without hop-by-hop ones and forged copies of ours: what the signer may list. */
  readonly passedOnHeaders: (headers: RawHeaders) => RawHeaders;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Current<DeliverySettings>;
  /** Null: nothing is traced. */
  readonly tracer: Tracer | null;
  readonly metrics: DeliveryMetrics;
  /** Called once for each turn of a webhook, when its event is handed to the log. */
  readonly onOutcome: (outcome: TurnOutcome) => void;
  readonly noticed: (notice: DeliveryNotice) => void;
}
