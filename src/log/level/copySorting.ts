import type { Appended } from '../contract.ts';
import type { AppendParams } from './appendJob.ts';
import { nextNoteRecord } from './duplicateNotes.ts';
import type { Finding, FirstNote, Keyed } from './duplicates.ts';
import { keyedOf } from './duplicates.ts';
import type { Engine } from './engine.ts';
import { promisedJob } from './job.ts';

/** A webhook with a dedupe key, by its place in its call. */
interface KeyedPlace {
  readonly place: number;
  readonly keyed: Keyed;
}

/** The webhooks of one call, told apart: copies of others, and those that are to be written. */
export class CopySorting {
  readonly #engine: Engine;
  readonly #params: AppendParams;
  /** By place in the call; none for webhooks without a dedupe key. */
  readonly #findings: (Finding | undefined)[];

  constructor(engine: Engine, params: AppendParams) {
    this.#engine = engine;
    this.#params = params;
    this.#findings = new Array<Finding | undefined>(params.webhooks.length).fill(undefined);
  }

  /** Looks for the original of each webhook with a dedupe key, and waits until those of other calls are on disk. */
  async run(): Promise<void> {
    for (const { place, keyed } of this.#inOrder()) this.#findings[place] = await this.#find(keyed);
  }

  /** By their keys, and as in the call where these are the same: so no two calls can each wait for the other. */
  #inOrder(): readonly KeyedPlace[] {
    const places: KeyedPlace[] = [];
    for (const [place, webhook] of this.#params.webhooks.entries()) {
      const keyed = keyedOf(webhook);
      if (keyed !== null) places.push({ place, keyed });
    }
    return places.sort((one, other) => {
      if (one.keyed.name === other.keyed.name) return one.place - other.place;
      return one.keyed.name < other.keyed.name ? -1 : 1;
    });
  }

  async #find(keyed: Keyed): Promise<Finding> {
    const { now, dedupeWindowMs } = this.#params;
    const { duplicates } = this.#engine;
    for (;;) {
      const finding = await this.#engine.read(() =>
        duplicates.find(this.#engine.instance(), keyed, now - dedupeWindowMs),
      );
      if (finding.kind === 'first' || finding.onItsWay === null) return finding;
      // What this call writes itself is written before it ends.
      if (this.firsts.includes(finding.onItsWay) || (await finding.onItsWay.over())) return finding;
      // The write has failed, and nobody is known to be the first: this one may be it.
      duplicates.originals.release(finding.original);
    }
  }

  /** Those that must hear what becomes of the writing. */
  get firsts(): readonly FirstNote[] {
    return this.#findings.flatMap((finding) => (finding?.kind === 'first' ? [finding.note] : []));
  }

  /** The call without its copies. */
  get fresh(): AppendParams {
    return { ...this.#params, webhooks: this.#params.webhooks.filter((_, place) => !this.#isCopy(place)) };
  }

  /** What stands for the dedupe keys of the webhooks of `fresh`. */
  get hashes(): readonly (Buffer | null)[] {
    return this.#findings
      .filter((_, place) => !this.#isCopy(place))
      .map((finding) => finding?.keyed.hash ?? null);
  }

  #isCopy(place: number): boolean {
    return this.#findings[place]?.kind === 'copy';
  }

  /** The whole call's result, once `fresh` has been appended: notes the copies. */
  async finish(appended: readonly Appended[]): Promise<readonly Appended[]> {
    await this.#noteCopies();
    let next = 0;
    return this.#findings.flatMap((finding) => {
      if (finding?.kind !== 'copy') return appended.slice(next, ++next);
      return [{ id: finding.keyed.webhook.id, lease: null, duplicateOf: finding.original.id }];
    });
  }

  /** A failure is nobody's: the originals are on disk, and a copy is one whether or not it is noted. */
  async #noteCopies(): Promise<void> {
    const records = this.#findings.flatMap((finding) =>
      finding?.kind === 'copy' ? (nextNoteRecord(finding.original, finding.keyed.webhook) ?? []) : [],
    );
    if (records.length === 0) return;
    const { job, done } = promisedJob({
      records,
      deletions: [],
      transitions: [],
      pace: 'unsynced',
      appends: 0,
      survives: false,
    });
    this.#engine.committer.enqueue(job);
    await done.catch(() => undefined);
  }

  /** Lets go of the originals; what has not been written by now never will be. */
  end(): void {
    for (const finding of this.#findings) {
      if (finding?.kind === 'first') finding.note.dropped();
      else if (finding !== undefined) this.#engine.duplicates.originals.release(finding.original);
    }
  }
}
