import type { LogObserver } from '../contract.ts';

/** Beyond this many damaged records each is still skipped, but no longer told apart from those met before. */
const rememberedMax = 10_000;

/** Keeps count of the records that cannot be read. Each is counted and told of once, however often it is met. */
export class Damage {
  readonly #observer: LogObserver;
  readonly #met = new Set<string>();
  #count = 0;

  constructor(observer: LogObserver) {
    this.#observer = observer;
  }

  /** Records whose bytes were not what was written, since start. */
  get count(): number {
    return this.#count;
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
