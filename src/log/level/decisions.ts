/** Whoever writes something down hears by this what became of it. */
export interface Outcome {
  /** It is on disk. */
  written(): void;
  /** It never will be. */
  dropped(): void;
}

/** Something that has been decided about a key, on its way to the disk. */
export class Note<T> implements Outcome {
  readonly what: T;
  readonly #onOver: () => void;
  #state: 'unwritten' | 'written' | 'dropped' = 'unwritten';
  #waiting: ((isWritten: boolean) => void)[] = [];

  constructor(what: T, onOver: () => void) {
    this.what = what;
    this.#onOver = onOver;
  }

  get state(): 'unwritten' | 'written' | 'dropped' {
    return this.#state;
  }

  written(): void {
    this.#end('written');
  }

  dropped(): void {
    this.#end('dropped');
  }

  /** Resolves when it is over: true, where it is on disk then. */
  over(): Promise<boolean> {
    if (this.#state !== 'unwritten') return Promise.resolve(this.#state === 'written');
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #end(state: 'written' | 'dropped'): void {
    if (this.#state !== 'unwritten') return;
    this.#state = state;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(state === 'written');
    this.#onOver();
  }
}

/** What has been decided about one key, for as long as the disk may not say so. */
export class Notes<T> {
  readonly #onOver: () => void;
  #notes: Note<T>[] = [];

  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  /** Those that are on their way to the disk or came there during this decision, in the order of their decisions. */
  [Symbol.iterator](): Iterator<Note<T>> {
    return this.#notes.values();
  }

  add(what: T): Note<T> {
    const note = new Note(what, this.#onOver);
    this.#notes.push(note);
    return note;
  }

  /** Whether none is on its way any more. */
  get areOver(): boolean {
    return this.#notes.every(({ state }) => state !== 'unwritten');
  }

  /** Forgets those that are over: the next decision reads from the disk what they said. */
  forgetOver(): void {
    this.#notes = this.#notes.filter(({ state }) => state === 'unwritten');
  }
}

/** One key, while somebody decides about it or notes of it are on their way. */
interface Key<T> {
  readonly notes: Notes<T>;
  turn: Promise<unknown>;
  deciding: number;
}

/**
 * Decisions about one key are made one at a time. An index on disk is the truth, but what is on its way there must count
 * too: each decision is made over the index and the notes of what is not written yet. A note is forgotten only between
 * two decisions.
 */
export class Decisions<T> {
  readonly #keys = new Map<string, Key<T>>();

  /** Lets `run` decide about the key `name`; nobody else decides about it meanwhile. */
  decide<R>(name: string, run: (notes: Notes<T>) => Promise<R> | R): Promise<R> {
    const key = this.#keys.get(name) ?? this.#open(name);
    key.deciding += 1;
    const decision = key.turn.then(async () => {
      try {
        return await run(key.notes);
      } finally {
        key.deciding -= 1;
        key.notes.forgetOver();
        this.#tidy(name, key);
      }
    });
    key.turn = decision.catch(() => undefined);
    return decision;
  }

  #open(name: string): Key<T> {
    const notes = new Notes<T>(() => this.#tidy(name, key));
    const key: Key<T> = { notes, turn: Promise.resolve(), deciding: 0 };
    this.#keys.set(name, key);
    return key;
  }

  #tidy(name: string, key: Key<T>): void {
    if (key.deciding > 0 || !key.notes.areOver) return;
    if (this.#keys.get(name) === key) this.#keys.delete(name);
  }
}
