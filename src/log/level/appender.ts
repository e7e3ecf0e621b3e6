import type { Appended, WebhookAppender } from '../contract.ts';
import type { AppendParams } from './appendJob.ts';
import { AppendJob } from './appendJob.ts';
import { CopySorting } from './copySorting.ts';
import type { Outcome } from './decisions.ts';
import type { Engine } from './engine.ts';
import { orderHash } from './keys.ts';
import type { OrderNote } from './orders.ts';

/** What has been decided about the webhooks of a call, by their places in it, and who must hear what becomes of it. */
interface Decided {
  readonly orderHashes: readonly (Buffer | null)[];
  readonly waits: readonly boolean[];
  readonly dedupeHashes: readonly (Buffer | null)[];
  readonly outcomes: readonly Outcome[];
}

const nothingDecided: Decided = { orderHashes: [], waits: [], dedupeHashes: [], outcomes: [] };

/** Takes webhooks into the log. */
export class Appender implements WebhookAppender {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** See `WebhookAppender.append`. */
  async append(params: AppendParams): Promise<readonly Appended[]> {
    this.#engine.checkAppend();
    const { webhooks } = params;
    if (webhooks.length === 0) return [];
    for (const { dedupeKey } of webhooks) if (dedupeKey !== null) return this.#appendDeduped(params);
    return this.#append(params, nothingDecided);
  }

  #append(params: AppendParams, decided: Decided): Promise<readonly Appended[]> {
    for (const { orderKey } of params.webhooks) {
      if (orderKey !== null) return this.#appendOrdered(params, decided);
    }
    return this.#enqueue(params, decided);
  }

  #enqueue(params: AppendParams, decided: Decided): Promise<readonly Appended[]> {
    const { routes } = this.#engine.instance();
    // Before anything is taken: a name too many fails the whole call.
    for (const { route } of params.webhooks) routes.numberOf(route);
    const job = new AppendJob(this.#engine, decided.outcomes);
    for (const [index, webhook] of params.webhooks.entries()) {
      job.add(webhook, params, {
        orderHash: decided.orderHashes[index] ?? null,
        waits: decided.waits[index] ?? false,
        dedupeHash: decided.dedupeHashes[index] ?? null,
      });
    }
    this.#engine.committer.enqueue(job);
    return job.done;
  }

  /** Sorts the copies out and writes the rest; each first one of a key is known as such meanwhile. */
  async #appendDeduped(params: AppendParams): Promise<readonly Appended[]> {
    const sorting = new CopySorting(this.#engine, params);
    try {
      await sorting.run();
      const { fresh, firsts, hashes } = sorting;
      if (fresh.webhooks.length === 0) return await sorting.finish([]);
      this.#engine.checkAppend();
      const decided = { ...nothingDecided, dedupeHashes: hashes, outcomes: firsts };
      return await sorting.finish(await this.#append(fresh, decided));
    } finally {
      sorting.end();
    }
  }

  /** Asks, key by key, whether another is pending; the keys stay decided about until all are written down in memory. */
  async #appendOrdered(params: AppendParams, decided: Decided): Promise<readonly Appended[]> {
    const { webhooks, now, orderWaitMaxMs } = params;
    const orderHashes = webhooks.map(({ orderKey }) => (orderKey === null ? null : orderHash(orderKey)));
    const waits: boolean[] = [];
    const notes: OrderNote[] = [];
    try {
      for (const [index, webhook] of webhooks.entries()) {
        const hash = orderHashes[index] ?? null;
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
      const outcomes = [...decided.outcomes, ...notes];
      return await this.#enqueue(params, { ...decided, orderHashes, waits, outcomes });
    } catch (error) {
      for (const note of notes) note.dropped();
      throw error;
    }
  }
}
