import type { Clock } from '../core/clock.ts';

/** The things that are under way, and a way to wait until none is. */
export interface Underway<T> extends Iterable<T> {
  add(thing: T): void;
  delete(thing: T): void;
  /** Resolves when nothing is under way any more, after `deadlineMs` at the latest. */
  idleWithin(deadlineMs: number): Promise<void>;
}

/** Makes an empty set of things under way. */
export function underwayOf<T>(clock: Clock): Underway<T> {
  const things = new Set<T>();
  const waiting = new Set<() => void>();
  return {
    [Symbol.iterator]: () => things.values(),
    add: (thing) => void things.add(thing),
    delete(thing) {
      things.delete(thing);
      if (things.size === 0) for (const wake of waiting) wake();
    },
    idleWithin(deadlineMs) {
      if (things.size === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = (): void => {
          timer.cancel();
          waiting.delete(wake);
          resolve();
        };
        const timer = clock.after(deadlineMs, wake);
        waiting.add(wake);
      });
    },
  };
}
