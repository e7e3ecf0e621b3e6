import type { Level } from 'level';
import { openRecord, RecordUnreadable } from '../codec/record.ts';
import { isDamage } from './errors.ts';
import type { Damage } from './damage.ts';
import type { KeyRange } from './keys.ts';

/** The database under the log: bytes for keys and for values. */
export type Database = Level<Buffer, Buffer>;

/** A record that has been read: its payload, or why there is none. */
export type Reading = Buffer | 'missing' | 'unreadable';

export interface Entry {
  readonly key: Buffer;
  /** Empty where only keys were asked for. */
  readonly value: Buffer;
}

export interface PageOptions {
  readonly limit: number;
  readonly reverse?: boolean;
  /** Ends the page early once it holds this many bytes of values. */
  readonly bytesMax?: number;
  readonly keysOnly?: boolean;
  /**
   * Goes over the page's keys once more to hear whether a block was stepped over on the way: an iteration says so only
   * where it comes to the end of its range, and a full page does not.
   */
  readonly strict?: boolean;
}

/** How much one step of an iterator may fetch from the database at most. */
const stepBytes = 256 * 1024;
const pageBytesDefault = 8 * 1024 * 1024;

/**
 * All reads of the log. Every value passes its checksum here. Iterators live for one page and are closed before it is
 * handed out: one that stays open while records go makes LevelDB 1.20 bring old values back.
 */
export class Store {
  readonly db: Database;
  readonly #damage: Damage;

  constructor(db: Database, damage: Damage) {
    this.db = db;
    this.#damage = damage;
  }

  /** The payload of the record at `key`. */
  async read(key: Buffer): Promise<Reading> {
    const [reading = 'missing'] = await this.readMany([key]);
    return reading;
  }

  /** The payloads of many records, in the order of their keys. */
  async readMany(keys: Buffer[]): Promise<Reading[]> {
    if (keys.length === 0) return [];
    let values: (Buffer | undefined)[];
    try {
      values = await this.db.getMany(keys);
    } catch (error) {
      if (!isDamage(error)) throw error;
      // One bad block must not hide the others: ask for each by itself.
      values = await Promise.all(keys.map((key) => this.#getAlone(key)));
    }
    return keys.map((key, index) => {
      const value = values[index];
      return value === undefined ? 'missing' : this.open({ key, value });
    });
  }

  async #getAlone(key: Buffer): Promise<Buffer | undefined> {
    try {
      return await this.db.get(key);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return Buffer.alloc(0);
    }
  }

  /** Whether there is a record at `key`, readable or not. */
  async has(key: Buffer): Promise<boolean> {
    try {
      return await this.db.has(key);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return true;
    }
  }

  /** The payload of an entry, checked; what does not pass is noted. */
  open({ key, value }: Entry): Buffer | 'unreadable' {
    try {
      return openRecord(key, value);
    } catch (error) {
      if (!(error instanceof RecordUnreadable)) throw error;
      this.#damage.note(key, error.message);
      return 'unreadable';
    }
  }

  /** Runs a decoder over a checked payload; what it cannot read is noted, and null comes back. */
  decode<T>(key: Buffer, reading: Reading, decoder: (payload: Buffer) => T): T | null {
    if (typeof reading === 'string') return null;
    try {
      return decoder(reading);
    } catch (error) {
      if (!(error instanceof RecordUnreadable)) throw error;
      this.#damage.note(key, error.message);
      return null;
    }
  }

  /**
   * One page of entries, in the order of keys or the reverse. An empty page means the end of the range; a short one
   * does not. Values are not checked yet: `open` does that.
   */
  async page(range: KeyRange, options: PageOptions): Promise<Entry[]> {
    try {
      const entries = await this.#readPage(range, options, options.limit);
      if (options.strict === true) await this.#goOver(range, entries);
      return entries;
    } catch (error) {
      if (!isDamage(error)) throw error;
      // LevelDB steps over a block that it cannot read and says so only at the end of the iteration, where the last
      // step's entries are lost with the error. One entry a step, nothing is.
      this.#damage.noteBlock(range.gte);
      return this.#readPage(range, options, 1);
    }
  }

  /** Goes to the end of the keys that a page (in the order of keys) has come to. */
  async #goOver({ gte }: KeyRange, entries: readonly Entry[]): Promise<void> {
    const last = entries.at(-1);
    if (last === undefined) return;
    const iterator = this.db.keys({ gte, lte: last.key, fillCache: false });
    try {
      while ((await iterator.nextv(entries.length + 1)).length > 0);
    } finally {
      await iterator.close();
    }
  }

  async #readPage(range: KeyRange, options: PageOptions, stepMax: number): Promise<Entry[]> {
    const { limit, reverse = false, bytesMax = pageBytesDefault, keysOnly = false } = options;
    const iterator = this.db.iterator({
      gte: range.gte,
      lt: range.lt,
      limit,
      reverse,
      values: !keysOnly,
      fillCache: false,
      highWaterMarkBytes: Math.min(stepBytes, bytesMax),
    });
    const entries: Entry[] = [];
    let bytes = 0;
    try {
      while (entries.length < limit && bytes < bytesMax) {
        const step = await iterator.nextv(Math.min(stepMax, limit - entries.length));
        if (step.length === 0) break;
        for (const [key, value] of step) {
          // Without `values` the iterator gives undefined, which its types do not say.
          const bytesOfValue = keysOnly ? emptyValue : value;
          bytes += bytesOfValue.length;
          entries.push({ key, value: bytesOfValue });
        }
      }
    } catch (error) {
      if (stepMax > 1 || !isDamage(error)) throw error;
    } finally {
      await iterator.close();
    }
    return entries;
  }

  /** The first entry of a range (the last one, where `reverse`), or null. */
  async first(
    range: KeyRange,
    options: { reverse?: boolean; keysOnly?: boolean } = {},
  ): Promise<Entry | null> {
    const [entry = null] = await this.page(range, { limit: 1, ...options });
    return entry;
  }

  close(): Promise<void> {
    return this.db.close();
  }
}

const emptyValue = Buffer.alloc(0);
