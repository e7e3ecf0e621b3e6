import type { Webhook } from '../../core/webhook.ts';
import { packEnvelope } from '../codec/envelope.ts';
import type { SealedRecord } from '../codec/record.ts';
import { newRecord, payloadAt, sealRecord } from '../codec/record.ts';
import { freshTally } from '../codec/tally.ts';
import type { Appended, WebhookAppender } from '../contract.ts';
import type { Outcome } from './decisions.ts';
import type { Engine } from './engine.ts';
import type { Transition } from './head.ts';
import type { Hold } from './holds.ts';
import type { Job } from './job.ts';
import { dedupeHash as hashOf, envelopeKeyBytes, writeEnvelopeKey } from './keys.ts';
import type { DuePlace, Subject } from './subject.ts';
import { dedupeRecord, duePlace, dueRecord, orderRecord, stateRecord } from './subject.ts';

export type AppendParams = Parameters<WebhookAppender['append']>[0];

/** What has been decided about a webhook before it is written. */
export interface Decided {
  /** What stands for its order key; null: it has none. */
  readonly orderHash: Buffer | null;
  /** It waits behind another of its order key. */
  readonly waits: boolean;
  /** What stands for its event id and its dedupe key; null: it has no dedupe key. */
  readonly dedupeHash: Buffer | null;
}

function envelopeRecord(
  webhook: Webhook,
  facts: { readonly routeNo: number; readonly sequence: number; readonly firstDueAt: number },
): SealedRecord {
  const packed = packEnvelope({ webhook, ...facts });
  const buffer = newRecord(envelopeKeyBytes, packed.bytes);
  writeEnvelopeKey(buffer, webhook.id);
  packed.write(buffer, payloadAt(envelopeKeyBytes));
  return sealRecord(buffer, envelopeKeyBytes);
}

/** All webhooks of one call: one batch holds them, or none does. */
export class AppendJob implements Job {
  readonly records: SealedRecord[] = [];
  readonly deletions = [];
  readonly transitions: Transition[] = [];
  readonly pace = 'synced';
  readonly survives = false;
  readonly done: Promise<readonly Appended[]>;
  readonly #engine: Engine;
  readonly #outcomes: readonly Outcome[];
  readonly #appended: Appended[] = [];
  readonly #places: DuePlace[] = [];
  readonly #holds: Hold[] = [];
  #resolve: (appended: readonly Appended[]) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  /** @param outcomes whoever must hear what becomes of it. */
  constructor(engine: Engine, outcomes: readonly Outcome[]) {
    this.#engine = engine;
    this.#outcomes = outcomes;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get appends(): number {
    return this.transitions.length;
  }

  /** Adds a webhook: its records, and a lease where it does not wait. */
  add(
    webhook: Webhook,
    { leaseMs, orderWaitMaxMs, now }: AppendParams,
    { orderHash, waits, dedupeHash }: Decided,
  ): void {
    const { id, receivedAt } = webhook;
    const routeNo = this.#engine.instance().routes.numberOf(webhook.route);
    const sequence = this.#engine.takeSequence();
    const firstDueAt = waits ? now + orderWaitMaxMs : receivedAt;
    this.records.push(envelopeRecord(webhook, { routeNo, sequence, firstDueAt }));
    this.transitions.push({
      id,
      routeNo,
      from: null,
      to: 'pending',
      sequence,
      receivedAt,
      unindexed: !waits,
    });
    const hash = dedupeHash ?? hashOf(webhook);
    if (hash !== null) this.records.push(dedupeRecord({ id, routeNo }, hash));
    if (orderHash !== null) {
      const fallbackAt = waits ? firstDueAt : 0;
      this.records.push(orderRecord({ id, routeNo, receivedAt }, orderHash, { since: 0, fallbackAt }));
    }
    if (waits) {
      this.#addDue({ id, routeNo }, firstDueAt);
      this.#appended.push({ id, lease: null, duplicateOf: null });
      return;
    }
    const tally = freshTally(receivedAt);
    const subject: Subject = {
      id,
      routeNo,
      receivedAt,
      orderHash,
      eventNo: 0,
      state: 'pending',
      tally,
      due: null,
    };
    const hold = this.#engine.holds.lease(subject, now + leaseMs, sequence);
    this.#holds.push(hold);
    this.#appended.push({ id, lease: { id, token: hold.token }, duplicateOf: null });
  }

  /** The entries of a webhook that is given out by `claim` when its time comes. */
  #addDue(subject: Pick<Subject, 'id' | 'routeNo'>, dueAt: number): void {
    const standing = { state: 'pending', dueAt, lane: 'live' } as const;
    const place = duePlace(subject, 0, standing);
    this.records.push(dueRecord(place), stateRecord(subject, 0, standing));
    this.#places.push(place);
    this.#engine.lanes.willPut(place);
  }

  written(): void {
    for (const hold of this.#holds) hold.durable = true;
    for (const place of this.#places) this.#engine.lanes.didPut(place);
    for (const outcome of this.#outcomes) outcome.written();
    this.#resolve(this.#appended);
  }

  failed(error: unknown): void {
    for (const { subject } of this.#holds) this.#engine.holds.release(subject.id);
    for (const place of this.#places) this.#engine.lanes.didPut(place);
    for (const outcome of this.#outcomes) outcome.dropped();
    this.#reject(this.#engine.failure(error));
  }
}
