import type { Clock } from '../core/clock.ts';
import type { NoAnswer } from '../core/answer.ts';
import type { WebhookId } from '../core/ids.ts';
import type { WaitingCaller } from './job.ts';

/**
 * The callers whose webhooks are back in the log (a retry is due, or an earlier one of the same key goes first). Those of
 * webhooks in memory stand in their jobs. Bounded by ingress, which lets only so many calls in, and by each caller's
 * budget: the sweep forgets whoever waits no longer.
 */
export class Callers {
  readonly #clock: Clock;
  readonly #waiting = new Map<WebhookId, WaitingCaller>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.size;
  }

  hold(id: WebhookId, waiting: WaitingCaller): void {
    this.#waiting.set(id, waiting);
  }

  /** Gives the caller of `id` out, and forgets it. */
  take(id: WebhookId): WaitingCaller | null {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return null;
    this.#waiting.delete(id);
    return waiting;
  }

  giveUp(id: WebhookId, why: NoAnswer): void {
    this.take(id)?.caller.giveUp(why);
  }

  /** Tells the callers of these routes that nothing will come soon. */
  giveUpRoutes(routes: readonly string[]): void {
    if (this.#waiting.size === 0) return;
    for (const [id, waiting] of this.#waiting) if (routes.includes(waiting.route)) this.giveUp(id, 'queued');
  }

  giveUpAll(): void {
    for (const id of this.#waiting.keys()) this.giveUp(id, 'queued');
  }

  /** Forgets callers whose budget is over. Ingress has answered them by then; telling them again changes nothing. */
  sweep(): void {
    const now = this.#clock.monotonic();
    for (const [id, waiting] of this.#waiting) if (waiting.until <= now) this.giveUp(id, 'queued');
  }
}
