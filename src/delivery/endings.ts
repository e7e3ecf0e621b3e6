import type { NoAnswer } from '../core/answer.ts';
import type { Attempt } from '../core/attempt.ts';
import type { DeferReason, Lane } from '../core/state.ts';
import type { AttemptedEvent } from './attempt.ts';
import type { Callers } from './callers.ts';
import type { Job } from './job.ts';
import type { Joiners } from './joiners.ts';
import type { DeliveryDeps, TurnOutcome } from './ports.ts';
import type { Settler } from './settler.ts';
import { traceIdOf } from '../core/traceContext.ts';

export interface EndingParts extends Pick<DeliveryDeps, 'clock' | 'metrics' | 'onOutcome'> {
  readonly callers: Callers;
  readonly joiners: Pick<Joiners, 'giveUp'>;
  readonly settler: Pick<Settler, 'add'>;
}

/** What the bot host knows of a turn beside its event. */
export interface TriedWay {
  readonly botHost: string;
  /** From taking over to the start of the attempt, milliseconds. */
  readonly waitedMs: number;
  /** Callers may wait for a retry: the circuit lets webhooks pass, and nothing is shutting down. */
  readonly callersStay: boolean;
  /** Of the attempt's span; null where nothing is traced. */
  readonly traceId: string | null;
}

type TurnFacts = Pick<TurnOutcome, 'state' | 'turn' | 'reason'> &
  Partial<Pick<TurnOutcome, 'attempt' | 'waitedMs' | 'durationMs' | 'status' | 'traceId'>>;

/** A status class, or why there was no answer: the label under which an attempt is counted. */
export function outcomeLabel(outcome: Attempt['outcome']): string {
  return outcome.kind === 'answered' ? `${Math.floor(outcome.status / 100)}xx` : outcome.cause;
}

/** A deferred webhook has lost its first turn: it stands in line with the retries, a replay with the replays. */
function laneAfterDeferral(lane: Lane): Lane {
  return lane === 'replay' ? 'replay' : 'retry';
}

/**
 * How one turn of a job ends: the event for the log, the word to the caller, the numbers, the line of the log. The event
 * comes first, so that nothing that goes wrong in the others can lose it.
 */
export class Endings {
  readonly #parts: EndingParts;

  constructor(parts: EndingParts) {
    this.#parts = parts;
  }

  /** Puts a job off without a try. Its caller is told at once: a deferred webhook comes back when it comes. */
  deferred(job: Job, why: DeferReason, dueAt: number): void {
    const { clock, metrics, settler } = this.#parts;
    const then = { state: 'pending', dueAt, lane: laneAfterDeferral(job.lane) } as const;
    settler.add(job, { type: 'deferred', at: clock.now(), why, then });
    this.#giveUp(job, 'queued');
    metrics.deferred({ route: job.webhook.route, why });
    this.#tell(job, null, { state: 'pending', turn: 'deferred', reason: why });
  }

  /** Gives a job up that was too old when its turn came. */
  expired(job: Job, botHost: string): void {
    const { clock, metrics, settler } = this.#parts;
    settler.add(job, { type: 'expired', at: clock.now(), then: { state: 'dead', reason: 'expired' } });
    this.#giveUp(job, 'dead');
    metrics.died({ route: job.webhook.route, reason: 'expired' });
    this.#tell(job, botHost, { state: 'dead', turn: 'expired', reason: 'expired' });
  }

  /** Ends a job that was tried. */
  attempted(job: Job, event: AttemptedEvent, way: TriedWay): void {
    const { attempt, then } = event;
    this.#parts.settler.add(job, event);
    if (then.state === 'pending') this.#callerOfRetry(job, then.dueAt - event.at, way.callersStay);
    else this.#giveUp(job, then.state === 'dead' ? 'dead' : 'queued');
    this.#count(job, event, way);
    const { outcome } = attempt;
    this.#tell(job, way.botHost, {
      state: then.state,
      turn: 'attempted',
      attempt: attempt.number,
      waitedMs: Math.round(way.waitedMs),
      durationMs: attempt.durationMs,
      status: outcome.kind === 'answered' ? outcome.status : null,
      reason: outcome.kind === 'failed' ? outcome.cause : then.state === 'dead' ? then.reason : null,
      traceId: way.traceId,
    });
  }

  /** The log did not take the event, since a person had cancelled the webhook. */
  cancelled(job: Job): void {
    this.#giveUp(job, 'cancelled');
    this.#parts.callers.giveUp(job.webhook.id, 'cancelled');
    this.#parts.joiners.giveUp(job.webhook.id, 'cancelled');
  }

  /** Keeps the caller for the retry, where that can come before its budget ends; else tells it now. */
  #callerOfRetry(job: Job, delayMs: number, callersStay: boolean): void {
    const waiting = job.caller;
    if (waiting === null) return;
    if (callersStay && this.#parts.clock.monotonic() + delayMs < waiting.until) {
      job.caller = null;
      this.#parts.callers.hold(job.webhook.id, waiting);
    } else {
      this.#giveUp(job, 'queued');
    }
  }

  #giveUp(job: Job, why: NoAnswer): void {
    const waiting = job.caller;
    job.caller = null;
    waiting?.caller.giveUp(why);
  }

  #count(job: Job, { attempt, then }: AttemptedEvent, { botHost, waitedMs }: TriedWay): void {
    const { metrics } = this.#parts;
    const { route } = job.webhook;
    metrics.attempted({
      botHost,
      route,
      lane: job.lane,
      outcome: outcomeLabel(attempt.outcome),
      state: then.state,
      retry: job.progress.tries > 0,
      replay: job.progress.tries === 0 && job.progress.replay > 0,
      durationMs: attempt.durationMs,
      waitedMs,
    });
    if (then.state === 'dead') metrics.died({ route, reason: then.reason });
  }

  #tell(job: Job, botHost: string | null, facts: TurnFacts): void {
    const { webhook, progress, lane, trace } = job;
    const { id, route, receivedAt, request, sender } = webhook;
    this.#parts.onOutcome({
      id,
      route,
      botHost,
      lane,
      replay: progress.replay,
      attempt: null,
      waitedMs: null,
      durationMs: null,
      status: null,
      ageMs: Math.max(0, this.#parts.clock.now() - receivedAt),
      bytes: request.body.byteLength,
      sender,
      ...facts,
      traceId: facts.traceId ?? trace?.traceId ?? traceIdOf(request.headers),
    });
  }
}
