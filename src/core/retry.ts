import type { AttemptOutcome } from './attempt.ts';
import type { Random } from './random.ts';
import type { Standing } from './state.ts';
import { headerValue } from './headers.ts';

/** When and how often a failed delivery is tried again. */
export interface RetryPolicy {
  /** Tries in all, the first included. */
  readonly attemptsMax: number;
  /** The first delay's upper bound; doubled with each try. */
  readonly firstDelayMs: number;
  readonly delayMaxMs: number;
  /** Counted from arrival or from the last replay. */
  readonly ageMaxMs: number;
  /** A Retry-After beyond this is cut to it. */
  readonly retryAfterMaxMs: number;
  /** Statuses that are tried again; every other non-success is `refused`. */
  readonly statuses: readonly number[];
}

/** What the rule looks at. Times in milliseconds since the epoch. */
export interface Judged {
  readonly outcome: AttemptOutcome;
  readonly policy: RetryPolicy;
  /** Tries made in this budget, this one included. */
  readonly tries: number;
  readonly budgetFrom: number;
  readonly now: number;
  readonly random: Random;
}

/**
 * Full jitter: uniform in [0, min(max, first * 2^(tries-1))]. It spreads a crowd that failed together better than
 * equal steps do (Marc Brooker, "Exponential Backoff and Jitter", AWS, 2015).
 */
export function backoffMs(policy: RetryPolicy, tries: number, random: Random): number {
  // 2^30 first delays are beyond any delayMaxMs; the cap keeps the power finite.
  const bound = Math.min(policy.delayMaxMs, policy.firstDelayMs * 2 ** Math.min(tries - 1, 30));
  return Math.round(random.fraction() * bound);
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3) as milliseconds from `now`; null where it is neither. */
export function retryAfterMs(value: string | null, now: number): number | null {
  if (value === null) return null;
  const text = value.trim();
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  const date = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** Whether the bot asks for no more tries (`webhook-delivery: abort-message`, Standard Webhooks). */
function asksToStop(outcome: AttemptOutcome): boolean {
  return (
    outcome.kind === 'answered' &&
    headerValue(outcome.headers, 'webhook-delivery')?.trim().toLowerCase() === 'abort-message'
  );
}

/** Whether the outcome is one that a later try may better. */
export function isRetryable(outcome: AttemptOutcome, policy: RetryPolicy): boolean {
  return outcome.kind === 'failed' || (policy.statuses.includes(outcome.status) && !asksToStop(outcome));
}

/** The one rule that says what a try's outcome means for its webhook. */
export function judge({ outcome, policy, tries, budgetFrom, now, random }: Judged): Standing {
  if (!isRetryable(outcome, policy)) {
    // 3xx is an answer for the browser that called, never followed here: the command has run.
    const delivered = outcome.kind === 'answered' && outcome.status < 400;
    return delivered ? { state: 'delivered' } : { state: 'dead', reason: 'refused' };
  }
  if (outcome.kind === 'failed' && outcome.cause === 'interrupted') {
    return { state: 'pending', dueAt: now, lane: 'retry' };
  }
  if (tries >= policy.attemptsMax) return { state: 'dead', reason: 'exhausted' };
  const asked =
    outcome.kind === 'answered' ? retryAfterMs(headerValue(outcome.headers, 'retry-after'), now) : null;
  const delay = Math.max(backoffMs(policy, tries, random), Math.min(asked ?? 0, policy.retryAfterMaxMs));
  if (now + delay - budgetFrom > policy.ageMaxMs) return { state: 'dead', reason: 'expired' };
  return { state: 'pending', dueAt: now + delay, lane: 'retry' };
}
