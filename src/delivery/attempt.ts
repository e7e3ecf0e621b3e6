import type { AnswerHead, AnswerWriter } from '../core/answer.ts';
import type { AttemptOutcome } from '../core/attempt.ts';
import type { Standing, WebhookEvent } from '../core/state.ts';
import type { AttemptSpan } from '../core/tracing.ts';
import type { CapturedRequest } from '../core/webhook.ts';
import type { BotHostTarget } from '../forward/index.ts';
import type { HostVerdict } from './circuit.ts';
import type { Job } from './job.ts';
import type { RoutePlan } from './plan.ts';
import type { DeliveryDeps } from './ports.ts';
import { judge } from '../core/retry.ts';
import { publicUrlOf } from '../core/publicUrl.ts';
import { traceContextOf, withTraceContext } from '../core/traceContext.ts';

export type AttemptedEvent = Extract<WebhookEvent, { readonly type: 'attempted' }>;

/** Where an attempt goes and by what rules. */
export interface AttemptWay {
  readonly route: RoutePlan;
  readonly target: BotHostTarget;
  readonly publicBase: string | null;
  /** Ends the attempt at shutdown. */
  readonly signal: AbortSignal;
  /** Whether an answer with this status is the host's own failure. */
  readonly isFailure: (status: number) => boolean;
}

export interface Tried {
  readonly event: AttemptedEvent;
  readonly verdict: HostVerdict;
  /** Of the attempt's span; null where nothing is traced. */
  readonly traceId: string | null;
}

export type AttemptParts = Pick<
  DeliveryDeps,
  'forwarder' | 'signer' | 'passedOnHeaders' | 'clock' | 'random' | 'tracer' | 'noticed'
>;

const nothing = new Uint8Array(0);

/**
 * One try at one webhook: first attempts, retries and replays take this same road. The standing is decided at the
 * answer's head, so that a final answer streams to the caller as it comes.
 */
class Attempt {
  readonly #parts: AttemptParts;
  readonly #job: Job;
  readonly #route: RoutePlan;
  #head: AnswerHead | null = null;
  #standing: Standing | null = null;
  #writer: AnswerWriter | null = null;

  constructor(parts: AttemptParts, job: Job, route: RoutePlan) {
    this.#parts = parts;
    this.#job = job;
    this.#route = route;
  }

  async run({ target, publicBase, signal, isFailure }: AttemptWay): Promise<Tried> {
    const { forwarder, signer, passedOnHeaders, clock } = this.#parts;
    const { webhook, progress } = this.#job;
    const startedAt = clock.now();
    const begun = clock.monotonic();
    const number = progress.attempts + 1;
    const span = this.#beginSpan(target, { startedAt, attempt: number });
    let outcome: AttemptOutcome;
    let ours = false;
    try {
      const signed = signer.current.sign({
        webhook,
        url: publicUrlOf(publicBase, webhook.request),
        headers: passedOnHeaders(webhook.request.headers),
        attempt: number,
        replay: progress.replay,
        now: startedAt,
      });
      outcome = await forwarder.send({
        botHost: target,
        request: this.#requestIn(span),
        signed,
        onHead: (head) => this.#onHead(head),
        signal,
      });
    } catch (error) {
      ours = true;
      outcome = this.#failedByUs(error);
    }
    outcome = this.#answeredAtLeast(outcome);
    const then = this.#standing ?? this.#judge(outcome);
    const durationMs = Math.max(0, Math.round(clock.monotonic() - begun));
    const attempt = { number, replay: progress.replay, startedAt, durationMs, outcome };
    span?.end(outcome, startedAt + durationMs);
    return {
      event: { type: 'attempted', at: clock.now(), attempt, then },
      verdict: ours ? 'unknown' : verdictOf(outcome, isFailure),
      traceId: span === null ? null : span.context.traceId,
    };
  }

  /** A first try is a part of its call; a retry or a replay comes from the log, which knows the caller's context only. */
  #beginSpan(
    { name, url }: BotHostTarget,
    at: { readonly startedAt: number; readonly attempt: number },
  ): AttemptSpan | null {
    const { tracer } = this.#parts;
    if (tracer === null) return null;
    const { webhook, progress, trace } = this.#job;
    const { id, route, request } = webhook;
    return tracer.attempting({
      ...at,
      parent: trace ?? traceContextOf(request.headers),
      id,
      route,
      method: request.method,
      botHost: name,
      url,
      replay: progress.replay,
    });
  }

  /** The caller's request as the bot host gets it. In a trace the bot host's parent is the attempt, not the caller. */
  #requestIn(span: AttemptSpan | null): CapturedRequest {
    const { request } = this.#job.webhook;
    const sent = this.#route.pinned?.request(request) ?? request;
    return span === null ? sent : { ...sent, headers: withTraceContext(sent.headers, span.context) };
  }

  #onHead(received: AnswerHead): AnswerWriter | null {
    const head = this.#shown(received);
    const { status, headers } = head;
    const outcome = {
      kind: 'answered',
      status,
      headers,
      body: nothing,
      bodyTruncated: false,
      complete: true,
    };
    this.#head = head;
    this.#standing = this.#judge(outcome as AttemptOutcome);
    if (this.#standing.state === 'pending') return null;
    this.#writer = this.#relay(head);
    return this.#writer;
  }

  /** Hands a final answer to whoever waits for it. */
  #relay(head: AnswerHead): AnswerWriter | null {
    const waiting = this.#job.caller;
    if (waiting === null) return null;
    this.#job.caller = null;
    try {
      return waiting.caller.relay(head);
    } catch (error) {
      this.#parts.noticed({
        code: 'caller-threw',
        text: 'An answer could not be relayed to its caller',
        error,
      });
      return null;
    }
  }

  #judge(outcome: AttemptOutcome): Standing {
    const { progress } = this.#job;
    return judge({
      outcome,
      policy: this.#route.policy,
      tries: progress.tries + 1,
      budgetFrom: progress.budgetFrom,
      now: this.#parts.clock.now(),
      random: this.#parts.random,
    });
  }

  /** An answer as its caller, and whoever reads the log, may see it. */
  #shown<Head extends AnswerHead>(answer: Head): Head {
    const { pinned } = this.#route;
    return pinned === null ? answer : { ...answer, headers: pinned.withhold(answer.headers) };
  }

  /** The bot spoke: whatever broke afterwards (a timeout, a shutdown), its command was reached and may have run. */
  #answeredAtLeast(outcome: AttemptOutcome): AttemptOutcome {
    if (outcome.kind === 'answered') return this.#shown(outcome);
    if (this.#head === null) return outcome;
    const { status, headers } = this.#head;
    return { kind: 'answered', status, headers, body: nothing, bodyTruncated: false, complete: false };
  }

  /** A bug of ours costs the webhook a try, and nothing else. */
  #failedByUs(error: unknown): AttemptOutcome {
    this.#parts.noticed({ code: 'attempt-threw', text: 'An attempt ended in an error of our own', error });
    try {
      this.#writer?.abort();
    } catch {
      // The caller has gone too; the error above is the one to read.
    }
    return { kind: 'failed', cause: 'unknown', detail: 'an error of Hookward itself; see its process log' };
  }
}

function verdictOf(outcome: AttemptOutcome, isFailure: (status: number) => boolean): HostVerdict {
  if (outcome.kind === 'failed') return outcome.cause === 'interrupted' ? 'unknown' : 'failing';
  return isFailure(outcome.status) ? 'failing' : 'alive';
}

/** Makes the one attempt function. It never rejects. */
export function createAttempt(parts: AttemptParts): (job: Job, way: AttemptWay) => Promise<Tried> {
  return (job, way) => new Attempt(parts, job, way.route).run(way);
}
