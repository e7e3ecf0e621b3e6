import type { BurstyRateLimiter } from 'rate-limiter-flexible';
import { RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock } from '../core/clock.ts';
import { HookwardError } from '../core/errors.ts';
import type { RateLimit } from './contract.ts';
import { WindowLimiter } from './windowLimiter.ts';
import type { WindowTable } from './windowTable.ts';

/** A call beyond the limit: milliseconds until one may be let through again. */
export interface Excess {
  readonly msBeforeNext: number;
}

/** Keeps one limit. Null: the call is within it. */
export interface LimitGuard {
  take(key: string, now: number): Excess | null | Promise<Excess | null>;
}

/** The burst's window is this many times as long as `per`. */
export const burstWindows = 10;

/** Lanes of the tables that guards count in. */
export const limitLanes = { rate: 0, burst: 1, refusals: 2 } as const;

/**
 * Keeps a limit in memory, by the rule of rate-limiter-flexible's BurstyRateLimiter and without its promises: at most
 * `requests` in each fixed window of `per`, and what is beyond goes against `burst` in each window of ten `per`. A
 * guard of a changed limit on the same table goes on with the windows that have begun.
 */
export class WindowGuard implements LimitGuard {
  /** The two limiters, as the package takes them: `new BurstyRateLimiter(guard.rate, guard.burst)` decides the same. */
  readonly rate: WindowLimiter;
  readonly burst: WindowLimiter;
  readonly #table: WindowTable;

  constructor(params: { readonly table: WindowTable; readonly limit: RateLimit; readonly clock: Clock }) {
    const { table, limit, clock } = params;
    const windowMs = Math.max(1, limit.per);
    this.#table = table;
    this.rate = new WindowLimiter({
      table,
      lane: { lane: limitLanes.rate, windowMs },
      points: limit.requests,
      clock,
    });
    this.burst = new WindowLimiter({
      table,
      lane: { lane: limitLanes.burst, windowMs: windowMs * burstWindows },
      points: limit.burst,
      clock,
    });
  }

  take(key: string, now: number): Excess | null {
    const slot = this.#table.slotOf(key);
    if (this.rate.spend(slot, now)) return null;
    if (this.burst.points > 0 && this.burst.spend(slot, now)) return null;
    const rateMs = this.rate.msLeft(slot, now);
    return { msBeforeNext: this.burst.points > 0 ? Math.min(rateMs, this.burst.msLeft(slot, now)) : rateMs };
  }
}

/**
 * Keeps a limit with any limiter of rate-limiter-flexible, e.g. one that several nodes share. A limiter that fails is
 * not taken for 'within the limit': give it an `insuranceLimiter` (a `WindowLimiter`) to go on without its database.
 *
 * @throws HookwardError `log-failing` (by rejection): the limiter's store failed.
 */
export function guardWith(limiter: Pick<BurstyRateLimiter, 'consume'>): LimitGuard {
  return {
    async take(key) {
      try {
        await limiter.consume(key);
        return null;
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return { msBeforeNext: Math.max(0, refusal.msBeforeNext) };
        throw new HookwardError('log-failing', { message: 'The shared rate limits failed', cause: refusal });
      }
    },
  };
}
