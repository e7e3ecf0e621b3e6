import type { Clock, Timer } from '../../src/core/clock.ts';

/** A clock that stands still until a test moves it; timers fire in order while it is moved. */
export interface ManualClock extends Clock {
  /** Moves both times ahead and fires what comes due. */
  advance(ms: number): void;
  /** Sets the wall clock alone, as an operator or NTP would: timers do not notice. */
  step(ms: number): void;
}

/** Makes a manual clock that begins at `start` (milliseconds since the epoch). */
export function manualClock(start = 1_750_000_000_000): ManualClock {
  let wall = start;
  let monotonic = 0;
  const timers = new Set<{ at: number; run: () => void }>();

  const earliest = (until: number) =>
    [...timers].filter((timer) => timer.at <= until).sort((one, other) => one.at - other.at)[0];

  return {
    now: () => wall,
    monotonic: () => monotonic,
    after(delayMs, run): Timer {
      const timer = { at: monotonic + Math.max(0, delayMs), run };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    advance(ms) {
      const end = monotonic + ms;
      for (let timer = earliest(end); timer !== undefined; timer = earliest(end)) {
        timers.delete(timer);
        wall += timer.at - monotonic;
        monotonic = timer.at;
        timer.run();
      }
      wall += end - monotonic;
      monotonic = end;
    },
    step(ms) {
      wall += ms;
    },
  };
}
