import type { Caller, NoAnswer } from '../core/answer.ts';
import type { Clock } from '../core/clock.ts';
import type { WebhookId } from '../core/ids.ts';
import type { WebhookEvent } from '../core/state.ts';
import type { WaitingCaller } from './job.ts';
import type { DeliveryNotice } from './ports.ts';
import { relayKept } from '../core/answer.ts';

export interface JoinersParts {
  readonly clock: Clock;
  readonly noticed: (notice: DeliveryNotice) => void;
}

/** Tells how a webhook ended: by the answer that its last try got, or that it is dead without one to relay. */
function tellEnd(caller: Caller, event: WebhookEvent): void {
  const outcome = event.type === 'attempted' ? event.attempt.outcome : null;
  const isDelivered = event.then.state === 'delivered';
  // A refusal that is not kept whole must not pass for a delivery.
  const isWhole = outcome?.kind === 'answered' && outcome.complete && !outcome.bodyTruncated;
  if (outcome?.kind === 'answered' && (isWhole || isDelivered)) relayKept(caller, outcome);
  else caller.giveUp('dead');
}

/**
 * The callers that sent a copy of a webhook and wait for its outcome, beside the one whose call it was. They are told what
 * the log has written, not what is seen at the answer's head: who joins first and reads the log then finds the outcome
 * there or is told. Nothing is kept of those who were told, who left, or whose budget is over; ingress bounds the rest.
 */
export class Joiners {
  readonly #parts: JoinersParts;
  readonly #joined = new Map<WebhookId, Set<WaitingCaller>>();
  #size = 0;

  constructor(parts: JoinersParts) {
    this.#parts = parts;
  }

  /** How many callers wait. */
  get size(): number {
    return this.#size;
  }

  has(id: WebhookId): boolean {
    return this.#joined.has(id);
  }

  /** Keeps a caller until it is told; what it returns forgets it, and is harmless at any time. */
  join(id: WebhookId, waiting: WaitingCaller): () => void {
    const joined = this.#joined.get(id) ?? new Set();
    joined.add(waiting);
    this.#joined.set(id, joined);
    this.#size += 1;
    return () => this.#forget(id, waiting);
  }

  /**
   * Takes an event of `id` that the log has written. An ending is told to all. While the webhook is pending those stay
   * whose budget lasts until its retry, unless there will be none soon (`retries` false).
   */
  written(id: WebhookId, event: WebhookEvent, retries: boolean): void {
    const { clock } = this.#parts;
    const { then } = event;
    for (const waiting of this.#joined.get(id) ?? []) {
      if (then.state !== 'pending') this.#tell(id, waiting, (caller) => tellEnd(caller, event));
      else if (!retries || then.dueAt - clock.now() >= waiting.until - clock.monotonic())
        this.#tell(id, waiting, (caller) => caller.giveUp('queued'));
    }
  }

  giveUp(id: WebhookId, why: NoAnswer): void {
    for (const waiting of this.#joined.get(id) ?? []) this.#tell(id, waiting, (caller) => caller.giveUp(why));
  }

  /** Tells those who wait in vain that nothing will come soon. */
  giveUpWhere(isInVain: (id: WebhookId, waiting: WaitingCaller) => boolean): void {
    for (const [id, joined] of this.#joined) {
      for (const waiting of joined)
        if (isInVain(id, waiting)) this.#tell(id, waiting, (caller) => caller.giveUp('queued'));
    }
  }

  #tell(id: WebhookId, waiting: WaitingCaller, word: (caller: Caller) => void): void {
    this.#forget(id, waiting);
    try {
      word(waiting.caller);
    } catch (error) {
      const text = 'An outcome could not be told to a caller that joined its webhook';
      this.#parts.noticed({ code: 'caller-threw', text, error });
    }
  }

  #forget(id: WebhookId, waiting: WaitingCaller): void {
    const joined = this.#joined.get(id);
    if (joined?.delete(waiting) !== true) return;
    this.#size -= 1;
    if (joined.size === 0) this.#joined.delete(id);
  }
}
