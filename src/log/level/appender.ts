import type { Webhook } from '../../core/webhook.ts';
import { packEnvelope } from '../codec/envelope.ts';
import type { SealedRecord } from '../codec/record.ts';
import { newRecord, payloadAt, sealRecord } from '../codec/record.ts';
import { freshTally } from '../codec/tally.ts';
import type { Appended, WebhookAppender } from '../contract.ts';
import type { Engine } from './engine.ts';
import type { Transition } from './head.ts';
import type { Job } from './job.ts';
import { envelopeKeyBytes, orderHash, writeEnvelopeKey } from './keys.ts';
import type { Hold } from './holds.ts';
import type { OrderNote } from './orders.ts';
import type { DuePlace, Subject } from './subject.ts';
import { duePlace, dueRecord, orderRecord, stateRecord } from './subject.ts';

type AppendParams = Parameters<WebhookAppender['append']>[0];

/** Which webhooks of a call have an order key, and whether they wait behind another. */
interface Ordering {
  readonly hashes: readonly (Buffer | null)[];
  readonly waits: readonly boolean[];
  readonly notes: readonly OrderNote[];
}

const unordered: Ordering = { hashes: [], waits: [], notes: [] };

/** All webhooks of one call: one batch holds them, or none does. */
class AppendJob implements Job {
  readonly records: SealedRecord[] = [];
  readonly deletions = [];
  readonly transitions: Transition[] = [];
  readonly pace = 'synced';
  readonly survives = false;
  readonly appended: Appended[] = [];
  readonly places: DuePlace[] = [];
  readonly holds: Hold[] = [];
  readonly done: Promise<readonly Appended[]>;
  readonly #engine: Engine;
  readonly #notes: readonly OrderNote[];
  #resolve: (appended: readonly Appended[]) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(engine: Engine, notes: readonly OrderNote[]) {
    this.#engine = engine;
    this.#notes = notes;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get appends(): number {
    return this.transitions.length;
  }

  written(): void {
    for (const hold of this.holds) hold.durable = true;
    for (const place of this.places) this.#engine.lanes.didPut(place);
    for (const note of this.#notes) note.written();
    this.#resolve(this.appended);
  }

  failed(error: unknown): void {
    for (const { subject } of this.holds) this.#engine.holds.release(subject.id);
    for (const place of this.places) this.#engine.lanes.didPut(place);
    for (const note of this.#notes) note.dropped();
    this.#reject(this.#engine.failure(error));
  }
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

/** Takes webhooks into the log. */
export class Appender {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** See `WebhookAppender.append`. */
  async append(params: AppendParams): Promise<readonly Appended[]> {
    this.#engine.checkAppend();
    const { webhooks } = params;
    if (webhooks.length === 0) return [];
    for (const { orderKey } of webhooks) if (orderKey !== null) return this.#appendOrdered(params);
    return this.#enqueue(params, unordered);
  }

  #enqueue(params: AppendParams, { hashes, waits, notes }: Ordering): Promise<readonly Appended[]> {
    const { routes } = this.#engine.instance();
    // Before anything is taken: a name too many fails the whole call.
    for (const { route } of params.webhooks) routes.numberOf(route);
    const job = new AppendJob(this.#engine, notes);
    for (const [index, webhook] of params.webhooks.entries()) {
      this.#add(job, webhook, params, { hash: hashes[index] ?? null, waits: waits[index] ?? false });
    }
    this.#engine.committer.enqueue(job);
    return job.done;
  }

  #add(
    job: AppendJob,
    webhook: Webhook,
    { leaseMs, orderWaitMaxMs, now }: AppendParams,
    { hash, waits }: { readonly hash: Buffer | null; readonly waits: boolean },
  ): void {
    const { id, receivedAt } = webhook;
    const { holds, lanes } = this.#engine;
    const routeNo = this.#engine.instance().routes.numberOf(webhook.route);
    const sequence = this.#engine.takeSequence();
    const firstDueAt = waits ? now + orderWaitMaxMs : receivedAt;
    job.records.push(envelopeRecord(webhook, { routeNo, sequence, firstDueAt }));
    job.transitions.push({ id, routeNo, from: null, to: 'pending', sequence, receivedAt, unindexed: !waits });
    if (hash !== null) {
      const fallbackAt = waits ? firstDueAt : 0;
      job.records.push(orderRecord({ id, routeNo, receivedAt }, hash, { since: 0, fallbackAt }));
    }
    if (waits) {
      const standing = { state: 'pending', dueAt: firstDueAt, lane: 'live' } as const;
      const place = duePlace({ id, routeNo }, 0, standing);
      job.records.push(dueRecord(place), stateRecord({ id, routeNo }, 0, standing));
      job.places.push(place);
      lanes.willPut(place);
      job.appended.push({ id, lease: null });
      return;
    }
    const tally = freshTally(receivedAt);
    const subject: Subject = {
      id,
      routeNo,
      receivedAt,
      orderHash: hash,
      eventNo: 0,
      state: 'pending',
      tally,
      due: null,
    };
    const hold = holds.lease(subject, now + leaseMs, sequence);
    job.holds.push(hold);
    job.appended.push({ id, lease: { id, token: hold.token } });
  }

  /** Asks, key by key, whether another is pending; the keys stay decided about until all are written down in memory. */
  async #appendOrdered(params: AppendParams): Promise<readonly Appended[]> {
    const { webhooks, now, orderWaitMaxMs } = params;
    const hashes = webhooks.map(({ orderKey }) => (orderKey === null ? null : orderHash(orderKey)));
    const waits: boolean[] = [];
    const notes: OrderNote[] = [];
    try {
      for (const [index, webhook] of webhooks.entries()) {
        const hash = hashes[index] ?? null;
        if (hash === null) {
          waits.push(false);
          continue;
        }
        const routeNo = this.#engine.instance().routes.numberOf(webhook.route);
        await this.#engine.read((store) =>
          this.#engine.orders.decide({ routeNo, hash }, store, (view) => {
            const isBehind = view.earliest(webhook.id) !== null;
            waits.push(isBehind);
            const fallbackAt = isBehind ? now + orderWaitMaxMs : 0;
            const { id, receivedAt } = webhook;
            notes.push(view.added({ id, since: 0 }, { receivedAt, fallbackAt }));
          }),
        );
      }
      this.#engine.checkAppend();
      return await this.#enqueue(params, { hashes, waits, notes });
    } catch (error) {
      for (const note of notes) note.dropped();
      throw error;
    }
  }
}
