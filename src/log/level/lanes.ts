import type { Lane } from '../../core/state.ts';
import { laneCodes } from '../codec/event.ts';
import { dueRange, parseDueKey } from './keys.ts';
import type { KeyRange } from './keys.ts';
import type { DuePlace } from './subject.ts';

/**
 * What memory keeps of one lane of the due index: from which key on to read (all before it are gone, and reading over
 * deleted keys is slow: 52 ms for 300 000 of them), and when its first entry is due.
 */
export class DueLane {
  readonly #range: KeyRange;
  /** The index holds nothing of this lane below it. */
  #from: Buffer;
  /** Entries on their way to the disk: a read may miss them. */
  readonly #unwritten = new Set<Buffer>();
  /** The least of the entries that a read under way may have missed. */
  #lowest: Buffer | null = null;
  /** When the earliest entry that is not given out is due, or earlier; null: there is none. */
  nextDueAt: number | null = null;
  /** Claims of one lane go one after another. */
  turn: Promise<unknown> = Promise.resolve();

  constructor(routeNo: number, lane: Lane) {
    this.#range = dueRange(routeNo, lane);
    this.#from = this.#range.gte;
  }

  /** Where the index is to be read. */
  get range(): KeyRange {
    return { gte: this.#from, lt: this.#range.lt };
  }

  /** An entry will be written. */
  willPut({ key, dueAt }: DuePlace): void {
    this.#unwritten.add(key);
    this.#lower(key);
    if (Buffer.compare(key, this.#from) < 0) this.#from = key;
    this.noteDue(Math.ceil(dueAt));
  }

  /** Something is due then. */
  noteDue(dueAt: number): void {
    if (this.nextDueAt === null || dueAt < this.nextDueAt) this.nextDueAt = dueAt;
  }

  /** It has been written, or never will be. */
  didPut({ key }: DuePlace): void {
    this.#unwritten.delete(key);
  }

  #lower(key: Buffer): void {
    if (this.#lowest === null || Buffer.compare(key, this.#lowest) < 0) this.#lowest = key;
  }

  /** A read begins: from now on entries that it may miss are watched. */
  beginRead(): void {
    this.#lowest = null;
    for (const key of this.#unwritten) this.#lower(key);
  }

  /**
   * A read that began at the lane's start has ended.
   *
   * @param first the first key that it saw; null: it saw none.
   * @param nextDueAt when the first entry that it saw and did not give out is due.
   * @returns when the earliest of all that are not given out is due.
   */
  endRead(first: Buffer | null, nextDueAt: number | null): number | null {
    const lowest = this.#lowest;
    let from = first;
    if (lowest !== null && (from === null || Buffer.compare(lowest, from) < 0)) from = lowest;
    // Nothing there and nothing on its way: whatever comes next lowers this mark again.
    this.#from = from ?? this.#range.lt;
    const missed = lowest === null ? null : parseDueKey(lowest).dueAt;
    this.nextDueAt = nextDueAt === null ? missed : Math.min(nextDueAt, missed ?? Infinity);
    return this.nextDueAt;
  }

  /** Forgets where to begin: the log has been reopened. */
  reset(): void {
    this.#from = this.#range.gte;
    this.nextDueAt = null;
    for (const key of this.#unwritten) {
      this.noteDue(parseDueKey(key).dueAt);
    }
  }
}

/** The lanes of all routes that have or had due webhooks. */
export class DueLanes {
  readonly #lanes = new Map<number, DueLane>();

  lane(routeNo: number, lane: Lane): DueLane {
    const number = routeNo * laneCodes.length + laneCodes.indexOf(lane);
    let found = this.#lanes.get(number);
    if (found === undefined) {
      found = new DueLane(routeNo, lane);
      this.#lanes.set(number, found);
    }
    return found;
  }

  willPut(place: DuePlace): void {
    this.lane(place.routeNo, place.lane).willPut(place);
  }

  didPut(place: DuePlace): void {
    this.lane(place.routeNo, place.lane).didPut(place);
  }

  /** The earliest due time over all lanes. */
  earliestDueAt(): number | null {
    let earliest: number | null = null;
    for (const { nextDueAt } of this.#lanes.values()) {
      if (nextDueAt !== null && (earliest === null || nextDueAt < earliest)) earliest = nextDueAt;
    }
    return earliest;
  }

  reset(): void {
    for (const lane of this.#lanes.values()) lane.reset();
  }
}
