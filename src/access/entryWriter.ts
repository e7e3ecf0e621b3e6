// Writes changes of the access lists to the store, one write at a time. A ban that the gate makes is never waited for:
// it is gathered, written in batches, and tried again until the store takes it. A person's change is written at once
// and its failure is the person's.
import type { Clock, Timer } from '../core/clock.ts';
import type { AccessEntry, AccessEntryStore } from './contract.ts';

/** A change of the store. */
export type EntryChange =
  | { readonly type: 'put'; readonly entry: AccessEntry }
  | { readonly type: 'delete'; readonly entry: Pick<AccessEntry, 'kind' | 'address'> };

const batchMax = 500;
/** Beyond this the oldest change is given up: it is some 100 MB while the store has been failing for long. */
const unsavedMax = 250_000;
const retryFirstMs = 1_000;
const retryMaxMs = 30_000;

const keyOf = (change: EntryChange): string => `${change.entry.kind} ${change.entry.address}`;

/** See the head of this file. */
export class EntryWriter {
  readonly #store: AccessEntryStore;
  readonly #clock: Clock;
  readonly #failed: (error: unknown, unsaved: number) => void;
  readonly #waiting = new Map<string, EntryChange>();
  /** Keys with a person's change under way: what came after it must be written after it. */
  readonly #urgent = new Map<string, number>();
  #tail: Promise<void> = Promise.resolve();
  #flushing = false;
  #retry: Timer | null = null;
  #failures = 0;

  /** `failed` is told of each failed write that will be tried again. */
  constructor(params: {
    readonly store: AccessEntryStore;
    readonly clock: Clock;
    readonly failed: (error: unknown, unsaved: number) => void;
  }) {
    this.#store = params.store;
    this.#clock = params.clock;
    this.#failed = params.failed;
  }

  /** Changes that wait to be written. */
  get unsaved(): number {
    return this.#waiting.size;
  }

  /** Writes the change some time soon, in place of one that waits for the same entry. */
  later(change: EntryChange): void {
    const key = keyOf(change);
    this.#waiting.delete(key);
    this.#waiting.set(key, change);
    if (this.#waiting.size > unsavedMax) {
      const [oldest] = this.#waiting.keys();
      if (oldest !== undefined) this.#waiting.delete(oldest);
    }
    this.#flushSoon();
  }

  /** Writes the change; resolves when it is durable, and rejects with the store's error when it is not. */
  async now(change: EntryChange): Promise<void> {
    const key = keyOf(change);
    const replaced = this.#waiting.get(key);
    this.#waiting.delete(key);
    this.#urgent.set(key, (this.#urgent.get(key) ?? 0) + 1);
    try {
      await this.#inTurn(() => this.#write([change]));
    } catch (error) {
      if (replaced !== undefined && !this.#waiting.has(key)) this.#waiting.set(key, replaced);
      throw error;
    } finally {
      const others = (this.#urgent.get(key) ?? 1) - 1;
      if (others > 0) this.#urgent.set(key, others);
      else this.#urgent.delete(key);
      this.#flushSoon();
    }
  }

  /** Writes what waits, and gives up at the first failure or after `deadlineMs`. */
  async drain(deadlineMs: number): Promise<void> {
    let timer: Timer | null = null;
    const timeUp = new Promise<void>((resolve) => {
      timer = this.#clock.after(deadlineMs, resolve);
    });
    await Promise.race([this.#flushAll(), timeUp]);
    (timer as Timer | null)?.cancel();
    this.#retry?.cancel();
    this.#retry = null;
  }

  async #flushAll(): Promise<void> {
    const failures = this.#failures;
    do {
      await this.#inTurn(() => this.#flush());
    } while (this.#waiting.size > 0 && this.#failures === failures);
  }

  #flushSoon(): void {
    if (this.#flushing || this.#retry !== null || this.#waiting.size === 0) return;
    this.#flushing = true;
    void this.#inTurn(() => this.#flush());
  }

  async #flush(): Promise<void> {
    const batch: EntryChange[] = [];
    for (const [key, change] of this.#waiting) {
      if (batch.length === batchMax) break;
      if (this.#urgent.has(key)) continue;
      this.#waiting.delete(key);
      batch.push(change);
    }
    try {
      await this.#write(batch);
      if (batch.length > 0) this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      for (const change of batch) {
        const key = keyOf(change);
        if (!this.#waiting.has(key) && !this.#urgent.has(key)) this.#waiting.set(key, change);
      }
      this.#retryLater();
      this.#failed(error, this.#waiting.size);
    }
    this.#flushing = false;
    if (batch.length > 0) this.#flushSoon();
  }

  #retryLater(): void {
    const delayMs = Math.min(retryMaxMs, retryFirstMs * 2 ** Math.min(this.#failures - 1, 10));
    this.#retry?.cancel();
    this.#retry = this.#clock.after(delayMs, () => {
      this.#retry = null;
      this.#flushSoon();
    });
  }

  async #write(changes: readonly EntryChange[]): Promise<void> {
    const puts: AccessEntry[] = [];
    const deletes: Pick<AccessEntry, 'kind' | 'address'>[] = [];
    for (const change of changes) {
      if (change.type === 'put') puts.push(change.entry);
      else deletes.push({ kind: change.entry.kind, address: change.entry.address });
    }
    if (puts.length > 0) await this.#store.putAccess({ entries: puts });
    if (deletes.length > 0) await this.#store.deleteAccess({ entries: deletes });
  }

  /** Runs `write` when all that was asked for before has ended, whether well or not. */
  #inTurn(write: () => Promise<void>): Promise<void> {
    const turn = this.#tail.then(write);
    this.#tail = turn.catch(() => undefined);
    return turn;
  }
}
