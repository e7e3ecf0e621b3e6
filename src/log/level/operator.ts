import type { WebhookId } from '../../core/ids.ts';
import { isWebhookId } from '../../core/ids.ts';
import type { WebhookEvent } from '../../core/state.ts';
import { isTransitionAllowed } from '../../core/state.ts';
import type { OperatorResult, WebhookOperator } from '../contract.ts';
import { ChangeJob } from './changeJob.ts';
import type { Claimer } from './claimer.ts';
import type { Engine } from './engine.ts';
import { readEnvelope, readLastEvent, subjectOf } from './records.ts';
import { finishOrdered } from './settler.ts';
import type { DuePlace, Subject } from './subject.ts';
import { changeBy, unreadSubject } from './subject.ts';

type OperatorParams = Parameters<WebhookOperator['replay']>[0];

/** What was decided about one webhook, and when it is on disk. */
interface Decision {
  readonly result: OperatorResult;
  readonly written: Promise<void> | null;
}

const notFound: Decision = { result: 'not-found', written: null };
const conflict: Decision = { result: 'conflict', written: null };

/** What people ask of single webhooks. Each is decided by itself; all are on disk when the call ends. */
export class Operator {
  readonly #engine: Engine;
  readonly #claimer: Claimer;

  constructor(engine: Engine, claimer: Claimer) {
    this.#engine = engine;
    this.#claimer = claimer;
  }

  /** See `WebhookOperator.replay`. */
  async replay(params: OperatorParams): Promise<readonly OperatorResult[]> {
    return this.#each(params.ids, (id) => this.#replayOne(id, params));
  }

  /** See `WebhookOperator.cancel`. */
  async cancel(params: OperatorParams): Promise<readonly OperatorResult[]> {
    const left: DuePlace[] = [];
    const results = await this.#each(params.ids, (id) => this.#cancelOne(id, params, left));
    // The earliest due webhook of a lane may have been among them.
    const lanes = new Map(left.map((place) => [`${place.routeNo}.${place.lane}`, place]));
    for (const place of lanes.values()) await this.#claimer.refresh(place, params.now);
    return results;
  }

  async #each(
    ids: readonly WebhookId[],
    decide: (id: WebhookId) => Promise<Decision>,
  ): Promise<readonly OperatorResult[]> {
    this.#engine.instance();
    const results: OperatorResult[] = [];
    const writes: Promise<void>[] = [];
    try {
      for (const id of ids) {
        const { result, written } = isWebhookId(id) ? await decide(id) : notFound;
        results.push(result);
        if (written === null) continue;
        writes.push(written);
        // Waited for below; until then its failure must not count as unheard.
        written.catch(() => undefined);
      }
    } finally {
      // Whatever was begun is waited for, also where a later one failed.
      await Promise.all(writes);
    }
    return results;
  }

  /** Whether somebody is changing `id`. To be asked anew after every wait. */
  #isBusy(id: WebhookId): boolean {
    const hold = this.#engine.holds.get(id);
    return hold !== undefined && !(hold.kind === 'leased' && hold.durable);
  }

  /** Waits until what changes `id` now has been written. */
  async #calm(id: WebhookId): Promise<void> {
    await this.#engine.committer.flush().catch((error: unknown) => {
      throw this.#engine.failure(error);
    });
    await this.#engine.holds.settled(id);
  }

  /** Reserves `id`, reads what it is, and lets `decide` say what happens; no change ends the reservation. */
  async #reserved(
    id: WebhookId,
    decide: (subject: Subject) => Decision | Promise<Decision>,
  ): Promise<Decision> {
    const { holds } = this.#engine;
    holds.reserve(unreadSubject(id, 0, null));
    let decision = notFound;
    try {
      const subject = await this.#engine.read(async (store) => {
        const envelope = await readEnvelope(store, id);
        if (typeof envelope === 'string') return null;
        return subjectOf(envelope, await readLastEvent(store, envelope.routeNo, id));
      });
      if (subject !== null) decision = await decide(subject);
    } finally {
      if (decision.written === null) holds.release(id);
    }
    return decision;
  }

  async #cancelOne(id: WebhookId, { by, reason, now }: OperatorParams, left: DuePlace[]): Promise<Decision> {
    const { holds } = this.#engine;
    while (this.#isBusy(id)) await this.#calm(id);
    const event: WebhookEvent = { type: 'cancelled', at: now, by, reason, then: { state: 'cancelled' } };
    const hold = holds.get(id);
    if (hold === undefined) {
      return this.#reserved(id, (subject) => {
        if (!isTransitionAllowed(subject.state, event)) return conflict;
        if (subject.due !== null) left.push(subject.due);
        return { result: 'done', written: this.#finish(subject, event) };
      });
    }
    holds.reserve(hold.subject);
    holds.recall(hold, changeBy(hold.subject, event).subject, now);
    return { result: 'done', written: this.#finish(hold.subject, event) };
  }

  #finish(subject: Subject, event: WebhookEvent): Promise<void> {
    if (subject.orderHash !== null) {
      return finishOrdered(this.#engine, { subject, event, now: event.at, pace: 'synced' });
    }
    return this.#write(subject, event);
  }

  #write(subject: Subject, event: WebhookEvent): Promise<void> {
    const job = new ChangeJob(this.#engine, [changeBy(subject, event)], { pace: 'synced', survives: true });
    this.#engine.committer.enqueue(job);
    return job.done;
  }

  async #replayOne(id: WebhookId, { by, reason, now }: OperatorParams): Promise<Decision> {
    const { holds } = this.#engine;
    while (this.#isBusy(id)) await this.#calm(id);
    if (holds.get(id) !== undefined) return conflict;
    return this.#reserved(id, (subject) => {
      const replay = subject.tally.replay + 1;
      const then = { state: 'pending', dueAt: now, lane: 'replay' } as const;
      const event: WebhookEvent = { type: 'replayed', at: now, replay, by, reason, then };
      if (!isTransitionAllowed(subject.state, event)) return conflict;
      // An attempt from before the cancelling could be told no more from one after the replay.
      holds.forgetRecalled(id);
      const { orderHash: hash } = subject;
      const written = hash === null ? this.#write(subject, event) : this.#writeOrdered(subject, hash, event);
      return { result: 'done', written };
    });
  }

  /** A replayed webhook counts as pending under its order key again; it waits for nobody. */
  async #writeOrdered(subject: Subject, hash: Buffer, event: WebhookEvent): Promise<void> {
    const { orders, committer } = this.#engine;
    const { id, routeNo, receivedAt } = subject;
    try {
      const { job } = await this.#engine.readWhenOpen((store) =>
        orders.decide({ routeNo, hash }, store, (view) => {
          const change = changeBy(subject, event);
          const notes = [
            view.added({ id, since: change.subject.tally.since }, { receivedAt, fallbackAt: 0 }),
          ];
          const its = new ChangeJob(this.#engine, [change], { pace: 'synced', survives: true, notes });
          committer.enqueue(its);
          return { job: its };
        }),
      );
      await job.done;
    } catch (error) {
      this.#engine.holds.release(id);
      throw error;
    }
  }
}
