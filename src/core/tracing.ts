// What Hookward tells of its work to a tracing system. The port; `app/tracing.ts` implements it on OpenTelemetry. Where
// nothing is traced there is no tracer at all.
import type { AttemptOutcome } from './attempt.ts';
import type { WebhookId } from './ids.ts';
import type { TraceContext } from './traceContext.ts';
import type { WebhookMethod } from './webhook.ts';

/** What a span is told when it begins. Times in milliseconds since the epoch. */
interface SpanStart {
  /** Null: a trace of its own begins. */
  readonly parent: TraceContext | null;
  readonly startedAt: number;
  readonly id: WebhookId;
  /** The route's name. */
  readonly route: string;
  readonly method: WebhookMethod;
}

/** A webhook that has come in and is durable. Holds no query and nothing about who called. */
export interface ArrivalSpanStart extends SpanStart {
  readonly scheme: 'http' | 'https';
  /** The path as called, without the query. */
  readonly path: string;
  /** The route's own path, e.g. `/hooks/*`. */
  readonly routePath: string;
  /** The call brought a copy of the webhook, not the webhook. */
  readonly isCopy: boolean;
}

/** A try at a bot host. Holds no target: a route's own one may be secret. */
export interface AttemptSpanStart extends SpanStart {
  readonly botHost: string;
  /** The bot host's address; only its scheme, host and port may be told. */
  readonly url: string;
  /** 1 for the first try, counted on through replays. */
  readonly attempt: number;
  /** 0, or the number of the replay that the try belongs to. */
  readonly replay: number;
}

interface Span<End> {
  /** Its own place in the trace: the parent of what comes of it. */
  readonly context: TraceContext;
  /** Ends it, once. `endedAt`: milliseconds since the epoch. */
  end(how: End, endedAt: number): void;
}

/** Ends with the status that the caller was answered; null: it had gone before that. */
export type ArrivalSpan = Span<number | null>;
export type AttemptSpan = Span<AttemptOutcome>;

/** Begins spans. Cheap; never throws. */
export interface Tracer {
  /** The server's side of one call. */
  arrived(start: ArrivalSpanStart): ArrivalSpan;
  /** The client's side of one attempt. */
  attempting(start: AttemptSpanStart): AttemptSpan;
}
