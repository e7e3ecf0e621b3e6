import type { Clock } from '../core/clock.ts';
import { HookwardError } from '../core/errors.ts';
import { BanTable } from './banTable.ts';
import type {
  AccessEntry,
  AccessEntryStore,
  AccessLists,
  AccessObserver,
  BanSettings,
  ClientAddress,
  Lifted,
  NewEntry,
} from './contract.ts';
import { EntryWriter } from './entryWriter.ts';
import type { AddressRange } from './range.ts';
import { countedRange, parseRange, rangesOverlap } from './range.ts';
import { RangeMap } from './rangeMap.ts';
import { SteadyTime } from './steadyTime.ts';
import type { TimedEntry } from './timedEntry.ts';
import { movedEntry, timedEntry } from './timedEntry.ts';

/** What the book must know of the configuration in force. */
export interface BookRules {
  /** Trusted proxies and loopback: bans must not cover them. */
  readonly shielded: readonly AddressRange[];
  readonly bans: BanSettings;
  /** Bound of automatic bans, of bans by hand, and of the added whitelist. */
  readonly entriesMax: number;
}

/** A step of the clock below this is not worth writing every entry anew. */
const stepNoticedMs = 10_000;

const wrong = (message: string): HookwardError => new HookwardError('usage-wrong', { message });

/** The log's whitelist and bans: in memory for the gate, in the store for the next start, changed by people and by excess. */
export class AccessBook implements AccessLists {
  readonly #rules: () => BookRules;
  readonly #observer: Partial<AccessObserver>;
  readonly #steady: SteadyTime;
  readonly #bans: BanTable;
  readonly #allowed: RangeMap<TimedEntry>;
  readonly #store: AccessEntryStore;
  readonly #writer: EntryWriter;
  /** The step of the clock that the entries' own times already bear. */
  #followedStepMs = 0;

  constructor(params: {
    readonly rules: () => BookRules;
    readonly store: AccessEntryStore;
    readonly clock: Clock;
    readonly observer: Partial<AccessObserver>;
  }) {
    const { store, clock, observer } = params;
    const steady = new SteadyTime(clock);
    this.#rules = params.rules;
    this.#store = store;
    this.#observer = observer;
    this.#steady = steady;
    this.#bans = new BanTable(steady);
    this.#allowed = new RangeMap((timed, now) => timed.endsAt === Infinity || steady.of(now) < timed.endsAt);
    this.#writer = new EntryWriter({
      store,
      clock,
      failed: (error, unsaved) => observer.saveFailed?.({ error, unsaved }),
    });
  }

  get sizes(): { readonly bans: number; readonly whitelistEntries: number; readonly unsaved: number } {
    return {
      bans: this.#bans.inForce,
      whitelistEntries: this.#allowed.size,
      unsaved: this.#writer.unsaved,
    };
  }

  /** Takes over what the store holds. */
  async load(now: number): Promise<void> {
    for (const entry of await this.#store.listAccess()) {
      const parsed = parseRange(entry.address);
      if (!parsed.ok) {
        this.#observer.entryUnreadable?.(entry);
        continue;
      }
      const timed = timedEntry({ entry, range: parsed.range, steady: this.#steady, now });
      if (entry.kind === 'ban') this.#bans.put(timed, now);
      else this.#allowed.set(parsed.range, timed);
    }
    this.sweep(now);
  }

  /** Writes what is unsaved; resolves by `deadlineMs` at the latest. */
  close(deadlineMs: number): Promise<void> {
    return this.#writer.drain(deadlineMs);
  }

  isBanned(address: ClientAddress, now: number): boolean {
    return this.#bans.find(address, now) !== undefined;
  }

  /** Whether an added entry of the whitelist covers `address`. */
  isAllowed(address: ClientAddress, now: number): boolean {
    return this.#allowed.find(address, now) !== undefined;
  }

  /**
   * Bans an address for excess, at once in memory and soon in the store. Each ban within `max` after the end of the one
   * before lasts `growth` times longer; that is also the time over which an address must keep quiet to start afresh,
   * since a shorter memory than the longest ban would forgive those who only waited theirs out.
   */
  banForExcess(address: ClientAddress, now: number): AccessEntry | null {
    const parsed = parseRange(address.countedAs);
    if (!parsed.ok) return null;
    const { bans, entriesMax } = this.#rules();
    const strikes = this.#bans.strikesOf(address.countedAs, bans.max, now) + 1;
    // growth^strikes may be Infinity; the cap takes it.
    const lastsMs = Math.min(bans.max, bans.for * bans.growth ** (strikes - 1));
    const entry: AccessEntry = {
      kind: 'ban',
      address: parsed.range.text,
      reason: `over the rate limit ${String(bans.after)} times within ${bans.within / 1000} s`,
      by: 'hookward',
      createdAt: now,
      until: Math.round(now + lastsMs),
      strikes,
    };
    this.#bans.put(timedEntry({ entry, range: parsed.range, steady: this.#steady, now }), now);
    this.#writer.later({ type: 'put', entry });
    for (const given of this.#bans.shrink(entriesMax, now)) {
      this.#writer.later({ type: 'delete', entry: given.entry });
      this.#observer.banForgotten?.(given.entry);
    }
    this.#observer.banned?.(entry);
    return entry;
  }

  async ban(asked: NewEntry): Promise<AccessEntry> {
    const range = countedRange(rangeOf(asked));
    const { shielded, entriesMax } = this.#rules();
    const shield = shielded.find((one) => rangesOverlap(one, range));
    if (shield !== undefined) {
      throw wrong(
        `a ban of ${range.text} would cover ${shield.text}, a trusted proxy or loopback: all who come through it would be shut out`,
      );
    }
    const before = this.#bans.get(range);
    if (before === undefined && this.#bans.byHand >= entriesMax) throw wrong('the table of bans is full');
    const timed = this.#newEntry('ban', range, asked);
    this.#bans.put(timed, asked.now);
    try {
      await this.#writer.now({ type: 'put', entry: timed.entry });
    } catch (error) {
      if (this.#bans.get(range) === timed) {
        this.#bans.remove(range, asked.now);
        if (before !== undefined) this.#bans.put(before, asked.now);
      }
      throw error;
    }
    this.#observer.banned?.(timed.entry);
    return timed.entry;
  }

  async unban(params: { readonly address: string; readonly now: number }): Promise<Lifted> {
    const { now } = params;
    const range = countedRange(rangeOf(params));
    const removed = this.#bans.remove(range, now);
    if (removed !== undefined) {
      try {
        await this.#writer.now({ type: 'delete', entry: removed.entry });
      } catch (error) {
        if (this.#bans.get(range) === undefined) this.#bans.put(removed, now);
        throw error;
      }
    }
    return {
      removed: removed !== undefined,
      stillCoveredBy: this.#bans.covering(range, now)?.entry ?? null,
    };
  }

  async allow(asked: NewEntry): Promise<AccessEntry> {
    const range = rangeOf(asked);
    const before = this.#allowed.get(range);
    if (before === undefined && this.#allowed.size >= this.#rules().entriesMax) {
      throw wrong('the whitelist is full');
    }
    const timed = this.#newEntry('whitelist', range, asked);
    this.#allowed.set(range, timed);
    try {
      await this.#writer.now({ type: 'put', entry: timed.entry });
    } catch (error) {
      if (this.#allowed.get(range) === timed) {
        if (before === undefined) this.#allowed.delete(range);
        else this.#allowed.set(range, before);
      }
      throw error;
    }
    return timed.entry;
  }

  async disallow(params: { readonly address: string; readonly now: number }): Promise<Lifted> {
    const range = rangeOf(params);
    const removed = this.#allowed.get(range);
    if (removed !== undefined) {
      this.#allowed.delete(range);
      try {
        await this.#writer.now({ type: 'delete', entry: removed.entry });
      } catch (error) {
        if (this.#allowed.get(range) === undefined) this.#allowed.set(range, removed);
        throw error;
      }
    }
    const cover = this.#allowed.find({ text: range.network }, params.now);
    return {
      removed: removed !== undefined,
      stillCoveredBy: cover !== undefined && cover.range.prefix <= range.prefix ? cover.entry : null,
    };
  }

  list({ kind, now }: { readonly kind: AccessEntry['kind']; readonly now: number }): readonly AccessEntry[] {
    this.#followClock();
    const steadyNow = this.#steady.of(now);
    const entries: AccessEntry[] = [];
    for (const timed of kind === 'ban' ? this.#bans.values() : this.#allowed.values()) {
      if (steadyNow < timed.endsAt) entries.push(timed.entry);
    }
    return entries.sort((one, other) => other.createdAt - one.createdAt);
  }

  /** Forgets what is over, in memory and soon in the store. */
  sweep(now: number): void {
    this.#followClock();
    const { bans, entriesMax } = this.#rules();
    const over = this.#bans.sweep(bans.max, now).concat(this.#bans.shrink(entriesMax, now));
    const steadyNow = this.#steady.of(now);
    for (const timed of this.#allowed.values()) if (steadyNow >= timed.endsAt) over.push(timed);
    for (const timed of over) {
      if (timed.entry.kind === 'whitelist') this.#allowed.delete(timed.range);
      this.#writer.later({ type: 'delete', entry: timed.entry });
    }
  }

  #newEntry(kind: AccessEntry['kind'], range: AddressRange, asked: NewEntry): TimedEntry {
    const { reason, by, until, now } = asked;
    if (until !== null && until <= now) throw wrong('the end of the entry has already passed');
    const entry: AccessEntry = {
      kind,
      address: range.text,
      reason,
      by,
      createdAt: now,
      until,
      strikes: 0,
    };
    return timedEntry({ entry, range, steady: this.#steady, now });
  }

  /** After a step of the clock, moves the times of all entries along and has them stored so, for the next start. */
  #followClock(): void {
    const stepMs = Math.round(this.#steady.stepMs());
    const unfollowedMs = stepMs - this.#followedStepMs;
    if (Math.abs(unfollowedMs) < stepNoticedMs) return;
    this.#followedStepMs = stepMs;
    for (const timed of [...this.#bans.values(), ...this.#allowed.values()]) {
      if (timed.entry.until === null) continue;
      const moved = movedEntry(timed, unfollowedMs);
      if (timed.entry.kind === 'ban') this.#bans.replace(moved);
      else this.#allowed.set(timed.range, moved);
      this.#writer.later({ type: 'put', entry: moved.entry });
    }
  }
}

function rangeOf({ address }: { readonly address: string }): AddressRange {
  const parsed = parseRange(address);
  if (!parsed.ok) throw wrong(parsed.problem);
  return parsed.range;
}
