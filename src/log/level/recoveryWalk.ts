import type { WebhookId } from '../../core/ids.ts';
import type { Standing } from '../../core/state.ts';
import type { Envelope } from '../codec/envelope.ts';
import { unpackEnvelope } from '../codec/envelope.ts';
import type { SealedRecord } from '../codec/record.ts';
import { makeRecord } from '../codec/record.ts';
import type { Instance } from './committer.ts';
import { writeBatch } from './committer.ts';
import type { Holds } from './holds.ts';
import { recoveryJob } from './job.ts';
import {
  dedupeHash,
  envelopeKey,
  idOfEnvelopeKey,
  keyAfter,
  orderEntryKey,
  quarantineKey,
  spaceRange,
  stateKey,
} from './keys.ts';
import type { LastEvent } from './records.ts';
import { readLastEvents, standingOf, subjectOf } from './records.ts';
import type { Entry, Store } from './store.ts';
import type { Subject } from './subject.ts';
import { dedupeRecord, dueRecord, orderRecord, stateRecord } from './subject.ts';

/** Envelopes and events are read in pages of this many. */
const pageMax = 200;

/** What a walk needs. */
export interface WalkParams {
  readonly store: Store;
  /** After a failed write webhooks may be in flight still. */
  readonly holds: Holds;
  /** Count everything, and look after every index; else only what has no event is looked at. */
  readonly recount: boolean;
}

/** One walk over the envelopes from the watermark on (from the first, where everything is counted). */
export class Walk {
  readonly #params: WalkParams;
  readonly #instance: Instance;
  readonly #sequenceFloor: number;
  readonly #sequences = new Set<number>();
  #records: SealedRecord[] = [];
  #unreadableCount = 0;
  /** Pending webhooks that only the watermark knew of. */
  takenUp = 0;
  /** An envelope that cannot be read and had not been set aside before. */
  foundUnreadable = false;
  /** Bytes of the envelopes met. */
  bytes = 0;
  lastSequence = 0;

  constructor(params: WalkParams, instance: Instance) {
    this.#params = params;
    this.#instance = instance;
    this.#sequenceFloor = instance.head.marks.sequenceFloor;
  }

  async run(from: WebhookId | null): Promise<void> {
    const { store } = this.#params;
    let range = spaceRange('envelope');
    if (from !== null) range = { gte: envelopeKey(from), lt: range.lt };
    for (;;) {
      const page = await store.page(range, { limit: pageMax, strict: true });
      const last = page.at(-1);
      if (last === undefined) break;
      await this.#page(page);
      range = { gte: keyAfter(last.key), lt: range.lt };
    }
    await this.#write();
  }

  async #page(page: readonly Entry[]): Promise<void> {
    const { store, recount } = this.#params;
    const envelopes: Envelope[] = [];
    for (const entry of page) {
      this.bytes += entry.key.length + entry.value.length;
      const id = idOfEnvelopeKey(entry.key);
      const envelope = store.decode(entry.key, store.open(entry), (payload) => unpackEnvelope(id, payload));
      if (envelope === null) {
        this.#unreadableCount += 1;
        await this.#unreadable(id);
      } else {
        envelopes.push(envelope);
        this.#instance.routes.restore(envelope.routeNo, envelope.webhook.route);
        if (envelope.sequence >= this.#sequenceFloor) this.#sequences.add(envelope.sequence);
        this.lastSequence = Math.max(this.lastSequence, envelope.sequence);
      }
    }
    const lastEvents = await readLastEvents(store, envelopes);
    for (const envelope of envelopes) {
      const last = lastEvents.get(envelope.webhook.id) ?? null;
      if (recount) this.#count(envelope, last);
      await this.#index(envelope, last);
    }
    if (recount) await this.#indexDedupe(envelopes);
    if (this.#records.length >= pageMax) await this.#write();
  }

  #count(envelope: Envelope, last: LastEvent | null): void {
    this.#instance.head.count(envelope, standingOf(envelope, last?.head ?? null).state);
  }

  /** Gives a page's webhooks their entries in the index of event ids and dedupe keys, where they are not there. */
  async #indexDedupe(envelopes: readonly Envelope[]): Promise<void> {
    const entries = envelopes.flatMap(({ routeNo, webhook }) => {
      const hash = dedupeHash(webhook);
      return hash === null ? [] : [dedupeRecord({ id: webhook.id, routeNo }, hash)];
    });
    const readings = await this.#params.store.readMany(entries.map(({ key }) => key));
    this.#records.push(...entries.filter((_, index) => readings[index] === 'missing'));
  }

  /** Gives a webhook the index entries that its standing asks for, where they are not there. */
  async #index(envelope: Envelope, last: LastEvent | null): Promise<void> {
    const { store, holds, recount } = this.#params;
    // What has an event has had its entries written with it; only after damage that is not believed.
    if (last !== null && !recount) return;
    const { id } = envelope.webhook;
    const hold = holds.get(id);
    if (hold !== undefined && hold.sequence > 0 && hold.durable && last === null) {
      this.#instance.head.keepUnindexed(id, hold.sequence);
      return;
    }
    const standing = standingOf(envelope, last?.head ?? null);
    if (standing.state === 'delivered') return;
    const subject = subjectOf(envelope, last);
    if (recount && standing.state === 'pending') await this.#indexOrder(subject, envelope);
    if (await store.has(stateKey(standing.state, id, subject.tally.since))) {
      if (standing.state !== 'pending' || !recount) return;
      if (subject.due === null || (await store.has(subject.due.key))) return;
      this.#records.push(dueRecord(subject.due));
      return;
    }
    this.#addEntries(subject, standing);
  }

  /** Gives a pending webhook its place under its order key, where it has lost it. */
  async #indexOrder(subject: Subject, { firstDueAt }: Envelope): Promise<void> {
    const { id, routeNo, receivedAt, orderHash, tally, eventNo } = subject;
    if (orderHash === null) return;
    if (await this.#params.store.has(orderEntryKey(routeNo, orderHash, { id, since: tally.since }))) return;
    const fallbackAt = eventNo === 0 && firstDueAt > receivedAt ? firstDueAt : 0;
    this.#records.push(orderRecord(subject, orderHash, { since: tally.since, fallbackAt }));
  }

  #addEntries(subject: Subject, standing: Standing): void {
    this.#records.push(stateRecord(subject, subject.tally.since, standing));
    if (standing.state !== 'pending') return;
    this.takenUp += 1;
    if (subject.due !== null) this.#records.push(dueRecord(subject.due));
  }

  /** Marks a webhook that cannot be read. Whether it is counted as pending, only counting anew can tell. */
  async #unreadable(id: WebhookId): Promise<void> {
    const { store, recount } = this.#params;
    const key = quarantineKey(id);
    if (await store.has(key)) return;
    if (recount) this.#records.push(makeRecord(key, Buffer.alloc(0)));
    else this.foundUnreadable = true;
  }

  /** How many sequence numbers from the floor up to `next` no envelope bears, not counting the unreadable ones. */
  gaps(next: number): number {
    return Math.max(0, next - this.#sequenceFloor - this.#sequences.size - this.#unreadableCount);
  }

  async #write(): Promise<void> {
    if (this.#records.length === 0) return;
    const records = this.#records;
    this.#records = [];
    await writeBatch(this.#instance, [recoveryJob(records, [])], false);
  }
}
