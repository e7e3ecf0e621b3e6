import type { AccessEntry } from './contract.ts';
import type { AddressRange } from './range.ts';
import type { SteadyTime } from './steadyTime.ts';

/** An entry in memory. */
export interface TimedEntry {
  readonly entry: AccessEntry;
  readonly range: AddressRange;
  /** In steady time; Infinity: until it is lifted. */
  readonly endsAt: number;
}

/**
 * The entry as it runs from `now`. One that was made "later than now" was written before the clock was set back: it then
 * lasts as long as it was meant to from now on, not until a clock of the future says so.
 */
export function timedEntry(params: {
  readonly entry: AccessEntry;
  readonly range: AddressRange;
  readonly steady: SteadyTime;
  readonly now: number;
}): TimedEntry {
  const { entry, range, steady, now } = params;
  if (entry.until === null) return { entry, range, endsAt: Infinity };
  const leftMs = entry.until - Math.max(now, entry.createdAt);
  return { entry, range, endsAt: steady.of(now) + leftMs };
}

/** The entry with its times moved by a step of the clock, so that what is stored and shown ends when the ban does. */
export function movedEntry(timed: TimedEntry, stepMs: number): TimedEntry {
  const { entry } = timed;
  if (entry.until === null) return timed;
  return {
    ...timed,
    entry: { ...entry, createdAt: entry.createdAt + stepMs, until: entry.until + stepMs },
  };
}
