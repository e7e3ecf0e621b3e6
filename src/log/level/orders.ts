import type { WebhookId } from '../../core/ids.ts';
import { Decisions } from './decisions.ts';
import type { Note, Notes } from './decisions.ts';
import { orderRange, parseOrderKey } from './keys.ts';
import type { OrderEntry } from './keys.ts';
import type { Store } from './store.ts';
import type { OrderFacts } from './subject.ts';
import { unpackOrder } from './subject.ts';

/** A change of an order key's entries. */
interface OrderChange {
  readonly kind: 'added' | 'removed' | 'promoted';
  readonly entry: OrderEntry;
  readonly facts: OrderFacts;
}

/** A change of an order key's entries that is decided and on its way to the disk. */
export type OrderNote = Note<OrderChange>;

/** A pending webhook of an order key, as the index or memory has it. */
export interface Ordered extends OrderEntry, OrderFacts {
  /** It is on its way to the disk. */
  readonly unwritten: boolean;
}

const noFacts: OrderFacts = { receivedAt: 0, fallbackAt: 0 };

/** What is pending under one order key at the moment of a decision. */
export class OrderView {
  readonly #notes: Notes<OrderChange>;
  readonly #stored: readonly Ordered[];

  constructor(notes: Notes<OrderChange>, stored: readonly Ordered[]) {
    this.#notes = notes;
    this.#stored = stored;
  }

  /** The earliest pending webhook of the key, but for `except`. */
  earliest(except: WebhookId | null): Ordered | null {
    const gone = new Set<string>();
    const present: Ordered[] = [...this.#stored];
    for (const { what, state } of this.#notes) {
      if (state === 'dropped') continue;
      const { kind, entry, facts } = what;
      if (kind === 'removed') gone.add(`${entry.id}${entry.since}`);
      if (kind === 'added') present.push({ ...entry, ...facts, unwritten: state === 'unwritten' });
    }
    let earliest: Ordered | null = null;
    for (const ordered of present) {
      if (ordered.id === except || gone.has(`${ordered.id}${ordered.since}`)) continue;
      if (earliest === null || ordered.id < earliest.id) earliest = ordered;
      else if (ordered.id === earliest.id && ordered.unwritten) earliest = ordered;
    }
    return earliest;
  }

  /** Whether `id` has been promoted, and the disk does not say so yet. */
  isPromoted(id: WebhookId): boolean {
    for (const { what, state } of this.#notes) {
      if (what.kind === 'promoted' && state !== 'dropped' && what.entry.id === id) return true;
    }
    return false;
  }

  added(entry: OrderEntry, facts: OrderFacts): OrderNote {
    return this.#note('added', entry, facts);
  }

  removed(entry: OrderEntry): OrderNote {
    return this.#note('removed', entry, noFacts);
  }

  promoted(entry: OrderEntry): OrderNote {
    return this.#note('promoted', entry, noFacts);
  }

  #note(kind: OrderChange['kind'], { id, since }: OrderEntry, facts: OrderFacts): OrderNote {
    return this.#notes.add({ kind, entry: { id, since }, facts });
  }
}

/** Where an order key stands in the index. */
interface OrderPlace {
  readonly routeNo: number;
  readonly hash: Buffer;
}

/** Who is pending under which order key. */
export class Orders {
  readonly #decisions = new Decisions<OrderChange>();

  /** Lets `run` decide about one order key; nobody else decides about it meanwhile. */
  decide<T>(place: OrderPlace, store: Store, run: (view: OrderView) => Promise<T> | T): Promise<T> {
    const name = `${place.routeNo}.${place.hash.toString('latin1')}`;
    return this.#decisions.decide(name, async (notes) =>
      run(new OrderView(notes, await this.#stored(place, store, notes))),
    );
  }

  async #stored({ routeNo, hash }: OrderPlace, store: Store, notes: Notes<OrderChange>): Promise<Ordered[]> {
    // Enough that one is left beside those that are going and the one that is being decided about.
    let limit = 2;
    for (const { what } of notes) if (what.kind === 'removed') limit += 1;
    const entries = await store.page(orderRange(routeNo, hash), { limit });
    return entries.map(({ key, value }) => {
      const facts = store.decode(key, store.open({ key, value }), unpackOrder) ?? noFacts;
      return { ...parseOrderKey(key), ...facts, unwritten: false };
    });
  }
}
