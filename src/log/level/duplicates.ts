import type { WebhookId } from '../../core/ids.ts';
import type { Webhook } from '../../core/webhook.ts';
import { idTimeMs } from '../codec/ids.ts';
import type { Instance } from './committer.ts';
import { Decisions } from './decisions.ts';
import type { Note, Notes } from './decisions.ts';
import { nextNoteNumber } from './duplicateNotes.ts';
import { dedupeHash, dedupeRange, idOfDedupeKey } from './keys.ts';
import type { Original } from './originals.ts';
import { Originals } from './originals.ts';
import { readEnvelope } from './records.ts';
import type { Store } from './store.ts';

/** A webhook with a dedupe key. */
export interface Keyed {
  readonly webhook: Webhook;
  readonly dedupeKey: string;
  readonly hash: Buffer;
  /** The key within its route, as those who decide about it call it. */
  readonly name: string;
}

/** A webhook that is the first of its key, on its way to the disk. */
export type FirstNote = Note<Keyed>;

/** What a webhook with a dedupe key has been found to be: the first of its key, or a copy of another. */
export type Finding =
  | { readonly kind: 'first'; readonly keyed: Keyed; readonly note: FirstNote }
  | {
      readonly kind: 'copy';
      readonly keyed: Keyed;
      readonly original: Original;
      /** The original is not on disk yet. */
      readonly onItsWay: FirstNote | null;
    };

/** What is looked for. */
interface Wanted {
  readonly keyed: Keyed;
  /** What arrived before is no original any more. */
  readonly since: number;
}

/** `webhook` for the search; null: it has no dedupe key. */
export function keyedOf(webhook: Webhook): Keyed | null {
  const { route, dedupeKey } = webhook;
  if (dedupeKey === null) return null;
  const hash = dedupeHash(webhook);
  if (hash === null) return null;
  return { webhook, dedupeKey, hash, name: `${hash.toString('latin1')}${route}` };
}

/**
 * Finds the webhook that another is a copy of. An index entry proves nothing by itself: only an envelope that can be
 * read makes an original, since a copy of what will never be delivered would be lost.
 */
export class Duplicates {
  /** Those that copies are being noted with. */
  readonly originals = new Originals();
  readonly #decisions = new Decisions<Keyed>();

  /**
   * Says what `keyed` is. The first of its key is one until its note is over, and from then on by the index; the caller
   * ends the note. A copy's original arrived at or after `since`; it is held, and the caller releases it.
   */
  find(instance: Instance, keyed: Keyed, since: number): Promise<Finding> {
    return this.#decisions.decide(keyed.name, (notes) => this.#find(instance, { keyed, since }, notes));
  }

  async #find(instance: Instance, wanted: Wanted, notes: Notes<Keyed>): Promise<Finding> {
    const onItsWay = newestOnItsWay(notes, wanted);
    const original =
      onItsWay === null
        ? await this.#stored(instance, wanted)
        : this.originals.hold(onItsWay.what.webhook.id);
    const { keyed } = wanted;
    if (original === null) return { kind: 'first', keyed, note: notes.add(keyed) };
    // What is on its way has no notes on disk.
    original.nextNumber ??= onItsWay === null ? await this.#nextNumber(instance.store, original) : 0;
    return { kind: 'copy', keyed, original, onItsWay };
  }

  /** The newest webhook of the key in the index that is an original. */
  async #stored({ store, routes, head }: Instance, wanted: Wanted): Promise<Original | null> {
    const { keyed, since } = wanted;
    const routeNo = routes.find(keyed.webhook.route);
    if (routeNo === null) return null;
    const { gte, lt } = dedupeRange(routeNo, keyed.hash);
    let before = lt;
    for (;;) {
      const entry = await store.first({ gte, lt: before }, { reverse: true, keysOnly: true });
      if (entry === null) return null;
      const id = idOfDedupeKey(entry.key);
      // Neither it nor any older one can have arrived later than that.
      if (idTimeMs(id) + head.marks.idLagMaxMs < since) return null;
      const original = await this.#ifOriginal(store, id, wanted);
      if (original !== null) return original;
      before = entry.key;
    }
  }

  async #ifOriginal(store: Store, id: WebhookId, wanted: Wanted): Promise<Original | null> {
    const original = this.originals.hold(id);
    if (original === null) return null;
    let isOne = false;
    try {
      const envelope = await readEnvelope(store, id);
      isOne = typeof envelope === 'object' && isOriginal(envelope.webhook, wanted);
      return isOne ? original : null;
    } finally {
      if (!isOne) this.originals.release(original);
    }
  }

  async #nextNumber(store: Store, original: Original): Promise<number> {
    try {
      return await nextNoteNumber(store, original.id);
    } catch (error) {
      this.originals.release(original);
      throw error;
    }
  }
}

function isOriginal(webhook: Webhook, { keyed, since }: Wanted): boolean {
  return webhook.dedupeKey === keyed.dedupeKey && webhook.receivedAt >= since;
}

function newestOnItsWay(notes: Notes<Keyed>, wanted: Wanted): FirstNote | null {
  let newest: FirstNote | null = null;
  for (const note of notes) {
    if (note.state === 'unwritten' && isOriginal(note.what.webhook, wanted)) newest = note;
  }
  return newest;
}
