/**
 * A bounded cache of two generations: when the young one is full it becomes the old one and what the old one still held
 * is forgotten. Whatever was used within the last `entriesMax` misses is there; a hit costs one look-up and no list.
 */
export class RecentCache<T> {
  readonly #entriesMax: number;
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  /** Holds at most twice `entriesMax` entries. */
  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get(key: string): T | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) {
      this.#old.delete(key);
      this.set(key, old);
    }
    return old;
  }

  set(key: string, value: T): void {
    if (this.#young.size >= this.#entriesMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
