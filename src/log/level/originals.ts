import type { WebhookId } from '../../core/ids.ts';

/** A webhook that a copy has been found of. */
export interface Original {
  readonly id: WebhookId;
  /** The number of the next note of a copy; null: not known yet. */
  nextNumber: number | null;
  /** How many have found a copy of it and not noted that yet. */
  holders: number;
}

/**
 * Keeps those who find copies and retention apart: a webhook that a copy is being noted with does not leave the log, and
 * one that is leaving is nobody's original any more.
 */
export class Originals {
  readonly #held = new Map<WebhookId, Original>();
  readonly #leaving = new Set<WebhookId>();

  /** Holds `id` in the log until `release`; null: it is leaving. */
  hold(id: WebhookId): Original | null {
    if (this.#leaving.has(id)) return null;
    let original = this.#held.get(id);
    if (original === undefined) {
      original = { id, nextNumber: null, holders: 0 };
      this.#held.set(id, original);
    }
    original.holders += 1;
    return original;
  }

  release(original: Original): void {
    original.holders -= 1;
    if (original.holders === 0) this.#held.delete(original.id);
  }

  /** Says that `id` is being removed, until `left`; false: it is held, and must stay. */
  leave(id: WebhookId): boolean {
    if (this.#held.has(id)) return false;
    this.#leaving.add(id);
    return true;
  }

  /** It is gone, or stays after all. */
  left(id: WebhookId): void {
    this.#leaving.delete(id);
  }
}
