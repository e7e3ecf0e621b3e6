import type { WebhookId } from '../../core/ids.ts';
import type { WebhookState } from '../../core/state.ts';
import { webhookStates } from '../../core/state.ts';
import { ByteReader } from '../codec/bytes.ts';
import type { Envelope } from '../codec/envelope.ts';
import { idTimeMs } from '../codec/ids.ts';
import type { SealedRecord } from '../codec/record.ts';
import { makeRecord } from '../codec/record.ts';
import { packTexts, readTexts, writeTexts } from '../codec/texts.ts';
import { headKey } from './keys.ts';

/**
 * The log's counters and marks. They ride in every batch as one small record under a fresh number (the one before it is
 * deleted in the same batch), so that after any crash they are exact for what is on disk, and nothing is ever counted
 * by a scan. One head lives as long as one opened instance; it moves when a batch is built, and a batch that fails ends
 * the instance and with it the head.
 */
export interface HeadMarks {
  number: number;
  /** How many times the log has been opened: part of every lease's token. */
  boot: number;
  /** The sequence number of the next envelope. */
  nextSequence: number;
  /** Every envelope with this sequence number or a higher one has an id at or above the watermark. */
  sequenceFloor: number;
  /** The last envelope that was written after one with a greater id. */
  lastDisorder: number;
  /** Every webhook with an id below it has an event or a due entry. Null: none has been written yet. */
  watermark: WebhookId | null;
  newestId: WebhookId | null;
  recordBytes: number;
  nextVersion: number;
  nextAudit: number;
  /** By how much an id's time has been ahead of, and behind, its webhook's arrival at most. */
  idLeadMaxMs: number;
  idLagMaxMs: number;
}

/** A webhook that goes from one state to another (null: comes into being, or is removed). */
export interface Transition {
  readonly id: WebhookId;
  readonly routeNo: number;
  readonly from: WebhookState | null;
  readonly to: WebhookState | null;
  /** Its envelope's sequence number where it comes into being or is removed; Infinity: not known. */
  readonly sequence: number;
  readonly receivedAt: number;
  /** After this nothing but memory and the watermark says that it is pending. */
  readonly unindexed: boolean;
}

const numbers = [
  'number',
  'boot',
  'nextSequence',
  'sequenceFloor',
  'lastDisorder',
  'recordBytes',
  'nextVersion',
  'nextAudit',
  'idLeadMaxMs',
  'idLagMaxMs',
] as const satisfies readonly (keyof HeadMarks)[];

const freshMarks: HeadMarks = {
  number: 0,
  boot: 0,
  nextSequence: 1,
  sequenceFloor: 1,
  lastDisorder: 0,
  watermark: null,
  newestId: null,
  recordBytes: 0,
  nextVersion: 1,
  nextAudit: 1,
  idLeadMaxMs: 0,
  idLagMaxMs: 0,
};

/**
 * The watermark is looked for again only after this many appends: it is a lower bound, its price is a scan of as many
 * envelopes at the next start, and looking for it goes over all webhooks in flight.
 */
const watermarkEveryAppends = 512;

export class Head {
  readonly marks: HeadMarks = { ...freshMarks };
  readonly counts: Record<WebhookState, number> = { pending: 0, delivered: 0, dead: 0, cancelled: 0 };
  readonly pendingByRoute = new Map<number, number>();
  /** Pending webhooks that have neither event nor due entry, with their sequence numbers. */
  readonly #unindexed = new Map<WebhookId, number>();
  #appendsSinceWatermark = 0;

  /** Counts a transition. */
  apply(transition: Transition): void {
    const { id, routeNo, from, to } = transition;
    if (from === null && to !== null) this.#arrive(transition);
    if (from !== null) this.counts[from] -= 1;
    if (to !== null) this.counts[to] += 1;
    const change = (to === 'pending' ? 1 : 0) - (from === 'pending' ? 1 : 0);
    if (change !== 0) {
      const pending = (this.pendingByRoute.get(routeNo) ?? 0) + change;
      if (pending === 0) this.pendingByRoute.delete(routeNo);
      else this.pendingByRoute.set(routeNo, pending);
    }
    if (from !== null) this.#unindexed.delete(id);
    if (to === null) this.#leave(transition.sequence);
  }

  /** A removed envelope must not look like a gap: what is checked for gaps begins after it. */
  #leave(sequence: number): void {
    const after = Math.min(sequence + 1, this.marks.nextSequence);
    this.marks.sequenceFloor = Math.max(this.marks.sequenceFloor, after);
  }

  #arrive({ id, sequence, receivedAt, unindexed }: Transition): void {
    const { marks } = this;
    marks.nextSequence = sequence + 1;
    if (marks.newestId === null || id > marks.newestId) marks.newestId = id;
    else marks.lastDisorder = sequence;
    if (unindexed) this.#unindexed.set(id, sequence);
    if (marks.watermark === null || id < marks.watermark) {
      marks.watermark = id;
      marks.sequenceFloor = Math.max(marks.sequenceFloor, marks.lastDisorder + 1);
    }
    this.#noteLead(id, receivedAt);
    this.#appendsSinceWatermark += 1;
  }

  #noteLead(id: WebhookId, receivedAt: number): void {
    const { marks } = this;
    const lead = idTimeMs(id) - receivedAt;
    if (lead > marks.idLeadMaxMs) marks.idLeadMaxMs = lead;
    else if (-lead > marks.idLagMaxMs) marks.idLagMaxMs = -lead;
  }

  /** Forgets all counts: they will be counted anew. */
  forgetCounts(): void {
    for (const state of webhookStates) this.counts[state] = 0;
    this.pendingByRoute.clear();
    this.marks.recordBytes = 0;
  }

  /** Counts a webhook that is there already. */
  count({ routeNo, webhook }: Envelope, state: WebhookState): void {
    this.#noteLead(webhook.id, webhook.receivedAt);
    this.counts[state] += 1;
    if (state === 'pending') this.pendingByRoute.set(routeNo, (this.pendingByRoute.get(routeNo) ?? 0) + 1);
  }

  /** Takes up a webhook in flight whose envelope was written before this head's instance was opened. */
  keepUnindexed(id: WebhookId, sequence: number): void {
    this.#unindexed.set(id, sequence);
    const { marks } = this;
    if (marks.watermark === null || id < marks.watermark) marks.watermark = id;
  }

  /** Moves the watermark up to the oldest webhook that needs it. */
  raiseWatermark(): void {
    this.#appendsSinceWatermark = 0;
    const { marks } = this;
    let oldest = marks.newestId;
    let sequence = marks.nextSequence;
    for (const [id, its] of this.#unindexed) {
      if (oldest === null || id <= oldest) {
        oldest = id;
        sequence = its;
      }
    }
    marks.watermark = oldest;
    marks.sequenceFloor = Math.max(marks.sequenceFloor, marks.lastDisorder + 1, sequence);
  }

  /** The record that rides in the next batch. */
  next(): SealedRecord {
    if (this.#appendsSinceWatermark >= watermarkEveryAppends) this.raiseWatermark();
    this.marks.number += 1;
    return makeRecord(headKey(this.marks.number), this.#encode());
  }

  #encode(): Buffer {
    const { marks, counts, pendingByRoute } = this;
    const ids = packTexts([marks.watermark, marks.newestId]);
    const countCount = numbers.length + webhookStates.length;
    const payload = Buffer.allocUnsafe(countCount * 8 + ids.bytes + pendingByRoute.size * 10);
    let end = 0;
    for (const name of numbers) end = payload.writeDoubleLE(marks[name], end);
    for (const state of webhookStates) end = payload.writeDoubleLE(counts[state], end);
    end = writeTexts(payload, end, ids);
    for (const [routeNo, pending] of pendingByRoute) {
      end = payload.writeUInt16LE(routeNo, end);
      end = payload.writeDoubleLE(pending, end);
    }
    return payload;
  }

  /** The head that `payload` holds. @throws RecordUnreadable */
  static decode(payload: Buffer): Head {
    const head = new Head();
    const reader = new ByteReader(payload);
    for (const name of numbers) head.marks[name] = reader.double();
    for (const state of webhookStates) head.counts[state] = reader.double();
    const [watermark = null, newestId = null] = readTexts(reader);
    head.marks.watermark = watermark as WebhookId | null;
    head.marks.newestId = newestId as WebhookId | null;
    while (reader.left > 0) head.pendingByRoute.set(reader.uint16(), reader.double());
    return head;
  }
}
