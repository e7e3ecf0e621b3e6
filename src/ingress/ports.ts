// What ingress asks of the rest. Each interface is the smallest one that the road needs; the folders that implement them
// fit by structure, and `app` wires them together.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ClientAddresses, Gate } from '../access/index.ts';
import type { Caller } from '../core/answer.ts';
import type { Clock } from '../core/clock.ts';
import type { RefusalCode } from '../core/errors.ts';
import type { IdSource, WebhookId } from '../core/ids.ts';
import type { SenderProblem } from '../core/senders.ts';
import type { Current } from '../core/settings.ts';
import type { TraceContext } from '../core/traceContext.ts';
import type { Tracer } from '../core/tracing.ts';
import type { Webhook } from '../core/webhook.ts';
import type { LinkVerifier } from '../links/index.ts';
import type { Lease, WebhookAppender, WebhookReader } from '../log/index.ts';
import type { IngressSettings, ListenerSettings } from './settings.ts';

/**
 * Called once for each webhook, after it is durable. `lease`: the right to its first try, or null where it waits behind
 * an earlier one of its order key. `caller`: who waits for the answer, or null where nobody does (mode `ack`, a redirect).
 * `trace`: the span of its arrival, or null where nothing is traced.
 */
export type Deliver = (
  webhook: Webhook,
  lease: Lease | null,
  caller: Caller | null,
  trace: TraceContext | null,
) => void;

/**
 * Makes a dead or delivered webhook pending again, with a fresh retry budget, because its sender has sent it again.
 * Durable when it resolves; false where the webhook's state did not allow it (any more).
 */
export type SendAgain = (id: WebhookId) => Promise<boolean>;

/**
 * Lets `caller` hear the outcome of a webhook that another call has brought; the returned function lets it leave. Neither
 * throws.
 */
export type Join = (id: WebhookId, route: string, caller: Caller) => () => void;

/** Takes requests of no route to the host behind. Whoever is asked answers: ingress does not touch the request again. */
export interface PassThrough {
  web(request: IncomingMessage, response: ServerResponse, client: PassedClient): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, client: PassedClient): void;
}

/** What ingress found out about the caller of a request that is passed through. */
export interface PassedClient {
  /** Canonical text of the client's address. */
  readonly ip: string;
  readonly scheme: 'http' | 'https';
}

/**
 * What the caller of an accepted webhook got in the end. `bot`: the bot's answer, or the sender's word for success in its
 * place. `queued`: what `whenQueued` says. `acknowledged`: told without the bot that the webhook is kept, or has been
 * delivered before. `none`: it hung up, or broke off, before any answer.
 */
export type AnswerKind = 'bot' | 'queued' | 'acknowledged' | 'unreachable' | 'none';

/**
 * What became of a copy. `joined`: it waits for the outcome of the first. `answered`: the first was delivered, its answer
 * is given once more. `restarted`: the first is delivered anew. `cancelled`: a person has called the first off.
 */
export type DuplicateOutcome = 'joined' | 'answered' | 'restarted' | 'cancelled';

/** Counts what happens here. Cheap; never throws. */
export interface IngressMetrics {
  /** A webhook is durable. */
  received(route: string, bodyBytes: number): void;
  refused(code: RefusalCode): void;
  /** A whitelist of mode `report` would have refused the call; `route` is null where no route was reached. */
  whitelistReported(route: string | null): void;
  passedThrough(): void;
  /** A question of a sender's was answered at once: it was no webhook. */
  handshake(route: string): void;
  /** A call failed its sender's check, whether it was refused or only reported. */
  unverified(route: string, problem: SenderProblem): void;
  /** A call was a copy of an earlier webhook; it is not among the received ones. */
  duplicate(route: string, outcome: DuplicateOutcome): void;
  /** How an accepted webhook's caller, or that of a copy, was answered, and how long after the end of its request. */
  answered(route: string, kind: AnswerKind, waitSeconds: number): void;
}

/** Told of what an operator should read. Cheap; never throws. */
export interface IngressObserver {
  /** Something failed that is not the caller's doing; the caller got 500 or 503. */
  failed(error: unknown): void;
  /** The certificate's files had changed and the new ones are served (`error` null), or could not be used. */
  certificateReloaded(error: unknown): void;
}

/** Everything that the public listener is made of. */
export interface IngressDeps {
  /** Fixed for the life of the listener. */
  readonly listener: ListenerSettings;
  /** Replaced as a whole by a reload; each webhook reads it once. */
  readonly settings: Current<IngressSettings>;
  readonly addresses: ClientAddresses;
  readonly gate: Gate;
  readonly links: LinkVerifier;
  readonly log: WebhookAppender & Pick<WebhookReader, 'get'>;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly deliver: Deliver;
  readonly sendAgain: SendAgain;
  readonly join: Join;
  readonly passThrough: PassThrough | null;
  /** Null: nothing is traced. */
  readonly tracer: Tracer | null;
  readonly metrics: IngressMetrics;
  readonly observer: IngressObserver;
}
