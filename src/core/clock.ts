/** A timer that has been set and can still be called off. */
export interface Timer {
  /** Calls the timer off; harmless when it has already fired. */
  cancel(): void;
}

/** Where time comes from. The one real implementation is in `app/system.ts`; tests drive their own. */
export interface Clock {
  /** Wall-clock milliseconds since the Unix epoch. May step when the machine's clock is set. */
  now(): number;
  /** Milliseconds from an arbitrary start that never step: for durations only. */
  monotonic(): number;
  /** Calls `run` once, `delayMs` milliseconds from now. Does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer;
}
