import type { ClientAddress } from './contract.ts';
import type { AddressRange } from './range.ts';
import { RangeMap } from './rangeMap.ts';
import type { SteadyTime } from './steadyTime.ts';
import type { TimedEntry } from './timedEntry.ts';

/**
 * Bans in memory. Automatic ones are kept by the address that clients count by, the longest unseen first, and stay for a
 * quiet time after their end, so that their strikes are remembered; those by hand are kept by range and never give way.
 */
export class BanTable {
  readonly #steady: SteadyTime;
  readonly #automatic = new Map<string, TimedEntry>();
  readonly #byHand: RangeMap<TimedEntry>;
  #inForce = 0;

  constructor(steady: SteadyTime) {
    this.#steady = steady;
    this.#byHand = new RangeMap((timed, now) => this.#isLive(timed, now));
  }

  /** Bans in force, as of the last sweep or change. */
  get inForce(): number {
    return this.#inForce;
  }

  get byHand(): number {
    return this.#byHand.size;
  }

  /** The ban in force on `address`. An automatic one becomes the last seen. */
  find(address: ClientAddress, now: number): TimedEntry | undefined {
    if (this.#automatic.size > 0) {
      const automatic = this.#automatic.get(address.countedAs);
      if (automatic !== undefined && this.#isLive(automatic, now)) {
        this.#automatic.delete(address.countedAs);
        this.#automatic.set(address.countedAs, automatic);
        return automatic;
      }
    }
    return this.#byHand.find(address, now);
  }

  /** The ban in force by hand whose range holds all of `range`. */
  covering(range: AddressRange, now: number): TimedEntry | undefined {
    const found = this.#byHand.find({ text: range.network }, now);
    return found !== undefined && found.range.prefix <= range.prefix ? found : undefined;
  }

  /** The entry of exactly this range, in force or remembered. */
  get(range: AddressRange): TimedEntry | undefined {
    return this.#automatic.get(range.text) ?? this.#byHand.get(range);
  }

  /** Strikes of an address whose last ban ended less than `quietMs` ago. */
  strikesOf(countedAs: string, quietMs: number, now: number): number {
    const timed = this.#automatic.get(countedAs);
    return timed !== undefined && this.#steady.of(now) < timed.endsAt + quietMs ? timed.entry.strikes : 0;
  }

  /** Puts a ban in place of whatever stands for its range. */
  put(timed: TimedEntry, now: number): void {
    this.remove(timed.range, now);
    if (timed.entry.strikes > 0) this.#automatic.set(timed.range.text, timed);
    else this.#byHand.set(timed.range, timed);
    if (this.#isLive(timed, now)) this.#inForce += 1;
  }

  /** Removes the ban of exactly this range and gives it. */
  remove(range: AddressRange, now: number): TimedEntry | undefined {
    const timed = this.get(range);
    if (timed === undefined) return undefined;
    this.#automatic.delete(range.text);
    this.#byHand.delete(range);
    if (this.#isLive(timed, now)) this.#inForce -= 1;
    return timed;
  }

  /** Gives up the automatic bans that are beyond `automaticMax`, the longest unseen first. */
  shrink(automaticMax: number, now: number): TimedEntry[] {
    const given: TimedEntry[] = [];
    for (const timed of this.#automatic.values()) {
      if (this.#automatic.size <= automaticMax) break;
      this.remove(timed.range, now);
      given.push(timed);
    }
    return given;
  }

  /** Forgets bans that have ended - automatic ones `quietMs` after it - and counts those in force. */
  sweep(quietMs: number, now: number): TimedEntry[] {
    const over: TimedEntry[] = [];
    const steadyNow = this.#steady.of(now);
    let inForce = 0;
    for (const timed of this.values()) {
      if (steadyNow < timed.endsAt) inForce += 1;
      else if (timed.entry.strikes === 0 || steadyNow >= timed.endsAt + quietMs) over.push(timed);
    }
    for (const timed of over) this.remove(timed.range, now);
    this.#inForce = inForce;
    return over;
  }

  /** Every ban, in force or remembered. */
  *values(): Generator<TimedEntry> {
    yield* this.#automatic.values();
    yield* this.#byHand.values();
  }

  /** Puts `timed` in the place of the entry with the same range, without a change of order. */
  replace(timed: TimedEntry): void {
    if (timed.entry.strikes > 0) this.#automatic.set(timed.range.text, timed);
    else this.#byHand.set(timed.range, timed);
  }

  #isLive(timed: TimedEntry, now: number): boolean {
    return timed.endsAt === Infinity || this.#steady.of(now) < timed.endsAt;
  }
}
