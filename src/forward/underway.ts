import type { Clock } from '../core/clock.ts';

/** Something that can be under way; it keeps its own place in the list. */
export interface Placed {
  place: number;
}

/** The things that are under way, and a way to wait until none is. */
export interface Underway<T extends Placed> {
  add(thing: T): void;
  /** Harmless where it is not under way. */
  delete(thing: T): void;
  /** Resolves when nothing is under way any more, after `deadlineMs` at the latest. */
  idleWithin(deadlineMs: number): Promise<void>;
  /** Calls `end` for each; each may be deleted while it is called. */
  endAll(end: (thing: T) => void): void;
}

/**
 * Makes an empty list of things under way. It is an array whose gaps are filled from its end, not a Set: a Set makes a
 * new table every few entries, and the garbage collector then carries along what the old tables name. For each webhook
 * that cost 8 us of the collector's time, against less than 2 so.
 */
export function underwayOf<T extends Placed>(clock: Clock): Underway<T> {
  const things: T[] = [];
  const waiting = new Set<() => void>();
  return {
    add(thing) {
      thing.place = things.length;
      things.push(thing);
    },
    delete(thing) {
      if (things[thing.place] !== thing) return;
      const last = things.pop();
      if (last !== undefined && last !== thing) {
        last.place = thing.place;
        things[thing.place] = last;
      }
      if (things.length === 0) for (const wake of waiting) wake();
    },
    idleWithin(deadlineMs) {
      if (things.length === 0) return Promise.resolve();
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
    endAll(end) {
      for (const thing of [...things]) end(thing);
    },
  };
}
