import { RateLimiterCompatibleAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock } from '../core/clock.ts';
import type { WindowLane, WindowTable } from './windowTable.ts';

/**
 * A limiter of rate-limiter-flexible on a `WindowTable`. The package's own RateLimiterMemory sets a timer for each key
 * and has no bound (11.4.0), and BurstyRateLimiter on it costs 4 us a call in promises; this one is bounded, has no
 * timer, and `spend` gives the same count without a promise. It extends the class that the package exports for
 * limiters of others, so that it goes wherever one is taken: into BurstyRateLimiter, RateLimiterUnion, or as the
 * `insuranceLimiter` of one that lives in a database.
 */
export class WindowLimiter extends RateLimiterCompatibleAbstract {
  override readonly keyPrefix = '';
  /** Not heeded: bans are the gate's. The package sets it on an `insuranceLimiter`. */
  override blockDuration = 0;
  /** Not heeded: a delay takes a timer for each call. The package sets it on an `insuranceLimiter`. */
  override execEvenly = false;
  readonly points: number;
  readonly lane: WindowLane;
  readonly #table: WindowTable;
  readonly #clock: Clock;

  /** Lets `points` through in each window of `lane`. `clock` is asked only by calls that bring no `now`. */
  constructor(params: {
    readonly table: WindowTable;
    readonly lane: WindowLane;
    readonly points: number;
    readonly clock: Clock;
  }) {
    super();
    this.#table = params.table;
    this.lane = params.lane;
    this.points = params.points;
    this.#clock = params.clock;
  }

  /** Counts one call of the key in `slot`; whether it is within the limit. */
  spend(slot: number, now: number): boolean {
    return this.#table.add(slot, this.lane, 1, now) <= this.points;
  }

  /** Milliseconds until the window of the key in `slot` ends. */
  msLeft(slot: number, now: number): number {
    return this.#table.msLeft(slot, this.lane, now);
  }

  /** Resolves within the limit, and rejects with a RateLimiterRes beyond it. `options.now`: the caller's time. */
  override consume(
    key: string | number,
    pointsToConsume = 1,
    options?: Readonly<Record<string, unknown>>,
  ): Promise<RateLimiterRes> {
    const result = this.#add(key, pointsToConsume, options);
    // The package's contract: beyond the limit is a rejection with the result itself, not with an Error.
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    return result.consumedPoints > this.points ? Promise.reject(result) : Promise.resolve(result);
  }

  override penalty(
    key: string | number,
    points = 1,
    options?: Readonly<Record<string, unknown>>,
  ): Promise<RateLimiterRes> {
    return Promise.resolve(this.#add(key, points, options));
  }

  override reward(
    key: string | number,
    points = 1,
    options?: Readonly<Record<string, unknown>>,
  ): Promise<RateLimiterRes> {
    return Promise.resolve(this.#add(key, -points, options));
  }

  override get(
    key: string | number,
    options?: Readonly<Record<string, unknown>>,
  ): Promise<RateLimiterRes | null> {
    const now = this.#now(options);
    const slot = this.#table.find(String(key));
    if (slot === null || this.msLeft(slot, now) === 0) return Promise.resolve(null);
    const points = this.#table.pointsAt(slot, this.lane, now);
    return Promise.resolve(this.#result(points, this.msLeft(slot, now), false));
  }

  /** Sets the points of the window; it lasts `secDuration`, at most a window's length. */
  override set(
    key: string | number,
    points: number,
    secDuration: number,
    options?: Readonly<Record<string, unknown>>,
  ): Promise<RateLimiterRes> {
    const slot = this.#table.slotOf(String(key));
    const now = this.#now(options);
    this.#table.set(slot, this.lane, { points, msLeft: secDuration * 1000 }, now);
    return Promise.resolve(this.#result(points, this.msLeft(slot, now), false));
  }

  /** Uses the window up for `secDuration`, at most a window's length. */
  override block(
    key: string | number,
    secDuration: number,
    options?: Readonly<Record<string, unknown>>,
  ): Promise<RateLimiterRes> {
    return this.set(key, this.points + 1, secDuration, options);
  }

  /** Forgets the key, in every lane of its table. */
  override delete(key: string | number): Promise<boolean> {
    return Promise.resolve(this.#table.delete(String(key)));
  }

  #now(options: Readonly<Record<string, unknown>> | undefined): number {
    const now = options?.['now'];
    return typeof now === 'number' ? now : this.#clock.now();
  }

  #add(
    key: string | number,
    points: number,
    options: Readonly<Record<string, unknown>> | undefined,
  ): RateLimiterRes {
    const now = this.#now(options);
    const slot = this.#table.slotOf(String(key));
    const consumed = this.#table.add(slot, this.lane, points, now);
    return this.#result(consumed, this.msLeft(slot, now), consumed === points);
  }

  #result(consumed: number, msLeft: number, isFirst: boolean): RateLimiterRes {
    return new RateLimiterRes(Math.max(0, this.points - consumed), msLeft, consumed, isFirst);
  }
}
