import type { Clock } from '../core/clock.ts';

/**
 * The caller's wall-clock time with the steps taken out, so that what is to last ten minutes lasts ten minutes when the
 * clock is set by hours meanwhile. It runs with the wall clock as that stood at the start, and is told from it by the
 * monotonic clock. Time in which the machine slept counts as a step.
 */
export class SteadyTime {
  readonly #clock: Clock;
  readonly #offsetAtStart: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetAtStart = clock.now() - clock.monotonic();
  }

  /** By how many milliseconds the wall clock has been stepped forward since the start. */
  stepMs(): number {
    return this.#clock.now() - this.#clock.monotonic() - this.#offsetAtStart;
  }

  /** The steady time of the caller's `now`. */
  of(now: number): number {
    return now - this.stepMs();
  }
}
