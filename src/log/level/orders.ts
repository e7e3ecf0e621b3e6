import type { WebhookId } from '../../core/ids.ts';
import { orderRange, parseOrderKey } from './keys.ts';
import type { OrderEntry } from './keys.ts';
import type { Store } from './store.ts';
import type { OrderFacts } from './subject.ts';
import { unpackOrder } from './subject.ts';

/** A change of an order key's entries that is decided, and on disk once `isOver`. */
export interface OrderNote {
  /** The change is on disk. */
  written(): void;
  /** It never will be. */
  dropped(): void;
}

interface Note {
  readonly kind: 'added' | 'removed' | 'promoted';
  readonly entry: OrderEntry;
  readonly facts: OrderFacts;
  state: 'unwritten' | 'written' | 'dropped';
}

/** A pending webhook of an order key, as the index or memory has it. */
export interface Ordered extends OrderEntry, OrderFacts {
  /** It is on its way to the disk. */
  readonly unwritten: boolean;
}

/** The notes of one order key, while there are any or somebody decides. */
interface KeyState {
  notes: Note[];
  turn: Promise<unknown>;
  deciding: number;
}

const noFacts: OrderFacts = { receivedAt: 0, fallbackAt: 0 };

/** What is pending under one order key at the moment of a decision. */
export class OrderView {
  readonly #state: KeyState;
  readonly #stored: readonly Ordered[];
  readonly #tidy: () => void;

  constructor(state: KeyState, stored: readonly Ordered[], tidy: () => void) {
    this.#state = state;
    this.#stored = stored;
    this.#tidy = tidy;
  }

  /** The earliest pending webhook of the key, but for `except`. */
  earliest(except: WebhookId | null): Ordered | null {
    const gone = new Set<string>();
    const present: Ordered[] = [...this.#stored];
    for (const { kind, entry, facts, state } of this.#state.notes) {
      if (state === 'dropped') continue;
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
    return this.#state.notes.some(
      ({ kind, entry, state }) => kind === 'promoted' && state !== 'dropped' && entry.id === id,
    );
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

  #note(kind: Note['kind'], { id, since }: OrderEntry, facts: OrderFacts): OrderNote {
    const note: Note = { kind, entry: { id, since }, facts, state: 'unwritten' };
    this.#state.notes.push(note);
    return {
      written: () => {
        note.state = 'written';
        this.#tidy();
      },
      dropped: () => {
        note.state = 'dropped';
        this.#tidy();
      },
    };
  }
}

/**
 * Who is pending under which order key. The index on disk is the truth, but what is on its way there must count too:
 * so decisions about one key are made one at a time, over the index and the notes of what is not written yet. A note is
 * dropped only between two decisions: the next one reads what it said from the disk.
 */
export class Orders {
  readonly #keys = new Map<string, KeyState>();

  /** Lets `run` decide about one order key; nobody else decides about it meanwhile. */
  decide<T>(
    place: { readonly routeNo: number; readonly hash: Buffer },
    store: Store,
    run: (view: OrderView) => Promise<T> | T,
  ): Promise<T> {
    const name = `${place.routeNo}.${place.hash.toString('latin1')}`;
    let state = this.#keys.get(name);
    if (state === undefined) {
      state = { notes: [], turn: Promise.resolve(), deciding: 0 };
      this.#keys.set(name, state);
    }
    const its = state;
    its.deciding += 1;
    const decision = its.turn.then(async () => {
      try {
        const stored = await this.#stored(place, store, its);
        return await run(new OrderView(its, stored, () => this.#tidy(name, its)));
      } finally {
        its.deciding -= 1;
        its.notes = its.notes.filter(({ state: how }) => how === 'unwritten');
        this.#tidy(name, its);
      }
    });
    its.turn = decision.catch(() => undefined);
    return decision;
  }

  async #stored(
    { routeNo, hash }: { readonly routeNo: number; readonly hash: Buffer },
    store: Store,
    { notes }: KeyState,
  ): Promise<Ordered[]> {
    // Enough that one is left beside those that are going and the one that is being decided about.
    const limit = notes.filter(({ kind }) => kind === 'removed').length + 2;
    const entries = await store.page(orderRange(routeNo, hash), { limit });
    return entries.map(({ key, value }) => {
      const facts = store.decode(key, store.open({ key, value }), unpackOrder) ?? noFacts;
      return { ...parseOrderKey(key), ...facts, unwritten: false };
    });
  }

  #tidy(name: string, state: KeyState): void {
    if (state.deciding > 0 || state.notes.some(({ state: how }) => how === 'unwritten')) return;
    if (this.#keys.get(name) === state) this.#keys.delete(name);
  }
}
