import type { LogObserver } from '../contract.ts';

/** Beyond this many damaged records each is still skipped, but no longer told apart from those met before. */
const rememberedMax = 10_000;

/** Keeps count of the records that cannot be read. Each is counted and told of once, however often it is met. */
export class Damage {
  readonly #observer: LogObserver;
  readonly #met = new Set<string>();
  #count = 0;
  #blocks = 0;

  constructor(observer: LogObserver) {
    this.#observer = observer;
  }

  /** Records whose bytes were not what was written, and pieces of the log that were thrown away, since start. */
  get count(): number {
    return this.#count;
  }

  /** Notes that LevelDB could not read a block of a range that begins at `from`: of its records nothing is known. */
  noteBlock(from: Buffer): void {
    this.#blocks += 1;
    this.note(from, 'a block of the database cannot be read');
  }

  /** Counts what LevelDB threw away when it opened its files: of each piece it is not known how many records it held. */
  noteDropped(pieces: number): void {
    this.#count += pieces;
  }

  /** How often a block could not be read. */
  get blocks(): number {
    return this.#blocks;
  }

  /** Notes that the record at `key` cannot be read. `why` holds nothing of the record itself. */
  note(key: Buffer, why: string): void {
    const name = key.toString('hex');
    if (this.#met.has(name)) return;
    if (this.#met.size < rememberedMax) this.#met.add(name);
    this.#count += 1;
    this.#observer.noticed({ code: 'record-unreadable', text: `${why} (key ${name})` });
  }
}
