import type { SealedRecord } from '../codec/record.ts';
import type { Outcome } from './decisions.ts';
import type { Engine } from './engine.ts';
import type { Transition } from './head.ts';
import type { Deletion, Job, Pace } from './job.ts';
import type { Change } from './subject.ts';

/** How a change job is to be written. */
export interface ChangeJobOptions {
  readonly pace: Pace;
  readonly survives: boolean;
  readonly notes?: readonly Outcome[];
}

/** Writes changes of webhooks that are reserved for it; ends the reservations, and tells lanes and orders. */
export class ChangeJob implements Job {
  readonly records: readonly SealedRecord[];
  readonly deletions: readonly Deletion[];
  readonly transitions: readonly Transition[];
  readonly pace: Pace;
  readonly appends = 0;
  readonly survives: boolean;
  readonly done: Promise<void>;
  readonly #engine: Engine;
  readonly #changes: readonly Change[];
  readonly #notes: readonly Outcome[];
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(engine: Engine, changes: readonly Change[], options: ChangeJobOptions) {
    this.#engine = engine;
    this.#changes = changes;
    this.#notes = options.notes ?? [];
    this.pace = options.pace;
    this.survives = options.survives;
    const [only] = changes;
    // Nearly always there is one: its arrays serve as they are.
    this.records =
      changes.length === 1 && only !== undefined ? only.records : changes.flatMap(({ records }) => records);
    this.deletions =
      changes.length === 1 && only !== undefined
        ? only.deletions
        : changes.flatMap(({ deletions }) => deletions);
    this.transitions = changes.map(({ transition }) => transition);
    for (const { due } of changes) if (due !== null) engine.lanes.willPut(due);
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  written(): void {
    this.#end();
    for (const note of this.#notes) note.written();
    this.#resolve();
  }

  failed(error: unknown): void {
    this.#end();
    for (const note of this.#notes) note.dropped();
    this.#reject(error);
  }

  #end(): void {
    for (const { due, subject } of this.#changes) {
      if (due !== null) this.#engine.lanes.didPut(due);
      this.#engine.holds.release(subject.id);
    }
  }
}
