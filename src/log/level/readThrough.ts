import type { Clock, Timer } from '../../core/clock.ts';
import type { LogObserver } from '../contract.ts';
import type { Damage } from './damage.ts';
import { isNotOpen } from './errors.ts';
import { everything, keyAfter } from './keys.ts';
import type { Store } from './store.ts';

const pageMax = 200;
const pageBytesMax = 1024 * 1024;
/** Nine tenths of the time are for others. */
const pauseTimes = 9;
const pauseMinMs = 5;
const againMs = 24 * 3_600_000;

/** What a read-through works on. */
export interface ReadThroughParams {
  readonly clock: Clock;
  readonly observer: LogObserver;
  readonly damage: Damage;
  /** The first one begins so long after the start. */
  readonly afterMs: number;
  /** The open database; null: there is none now. */
  readonly store: () => Store | null;
}

/**
 * Reads every record of a log that is in use, slowly, after the start and once a day. A start reads only the newest
 * records: without this, damage to an older one would be met no sooner than somebody asks for it.
 */
export class ReadThrough {
  readonly #params: ReadThroughParams;
  #timer: Timer | null = null;
  #running: Promise<void> = Promise.resolve();
  #stopped = true;
  #from = everything.gte;
  #records = 0;

  constructor(params: ReadThroughParams) {
    this.#params = params;
  }

  /** Plans the first one. */
  start(): void {
    this.#stopped = false;
    this.#begin(this.#params.afterMs);
  }

  /** Ends it; waits for a page that is being read. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #begin(afterMs: number): void {
    this.#from = everything.gte;
    this.#records = 0;
    this.#plan(afterMs);
  }

  #plan(afterMs: number): void {
    if (this.#stopped) return;
    this.#timer = this.#params.clock.after(afterMs, () => void (this.#running = this.#step()));
  }

  async #step(): Promise<void> {
    const { clock, store } = this.#params;
    const startedAt = clock.monotonic();
    const open = store();
    try {
      if (open !== null && (await this.#page(open))) {
        this.#tell();
        this.#begin(againMs);
        return;
      }
    } catch (error) {
      // A failed write has closed the database: it is being opened again.
      if (!isNotOpen(error)) this.#skip();
    }
    const tookMs = open === null ? 100 : clock.monotonic() - startedAt;
    this.#plan(Math.max(pauseMinMs, pauseTimes * tookMs));
  }

  /** Reads a page; says whether it was the last. */
  async #page(store: Store): Promise<boolean> {
    const range = { gte: this.#from, lt: everything.lt };
    const page = await store.page(range, { limit: pageMax, bytesMax: pageBytesMax, strict: true });
    for (const entry of page) store.open(entry);
    this.#records += page.length;
    const last = page.at(-1);
    if (last !== undefined) this.#from = keyAfter(last.key);
    return last === undefined;
  }

  /** What cannot be read at all is told by whoever asks for it; the rest waits for tomorrow. */
  #skip(): void {
    this.#params.damage.noteBlock(this.#from);
    this.#from = everything.lt;
  }

  #tell(): void {
    const { observer, damage } = this.#params;
    observer.noticed({
      code: 'read-through',
      text: `the log has been read through: ${this.#records} records; ${damage.count} could not be read since the start`,
    });
  }
}
