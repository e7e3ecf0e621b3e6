// One replay of many webhooks: which they are, page by page; how fast; how far it is. Knows nothing of other jobs.
import type { Clock } from '../../core/clock.ts';
import { HookwardError } from '../../core/errors.ts';
import type { WebhookFilter, WebhookReader } from '../../log/index.ts';
import { countReplayable } from './countReplayable.ts';
import { scanMax } from '../operations.ts';
import type { Asked, Operator } from '../operator.ts';
import type { ReplayJobState, ReplayJobView } from './replays.ts';

/** A stop takes effect after so many webhooks at most. */
const batchMax = 100;

/** A slow replay goes in so many steps a second: even, and still few calls. */
const batchesPerSecond = 4;

/** Which webhooks a job replays. */
export type Chosen =
  | {
      readonly by: 'filter';
      readonly filter: WebhookFilter;
      readonly fields: Readonly<Record<string, string>>;
    }
  | { readonly by: 'ids'; readonly ids: readonly string[] };

/** What a job works with. */
export interface ReplayJobParts {
  readonly log: Pick<WebhookReader, 'list'>;
  readonly operator: Operator;
  readonly clock: Clock;
  /** Told of an error that no catalogue knows. */
  readonly failed: (error: unknown) => void;
}

/** What a job is to do, for whom and why. */
export interface ReplayOrder extends Asked {
  readonly id: string;
  readonly chosen: Chosen;
  readonly ratePerSecond: number | null;
}

const iso = (ms: number) => new Date(ms).toISOString();

/** A job that has been ordered. `run` is called once. */
export class ReplayJob {
  readonly order: ReplayOrder;
  readonly #parts: ReplayJobParts;
  readonly #startedAt: number;
  readonly #tally = { replayed: 0, conflicts: 0, missing: 0 };
  #state: ReplayJobState = 'counting';
  #total: number | null = null;
  #endedAt: number | null = null;
  #stopped: Asked | null = null;
  #failure: string | null = null;
  /** Ends the pause between two batches. */
  #interrupt: () => void = () => undefined;

  constructor(order: ReplayOrder, parts: ReplayJobParts) {
    this.order = order;
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
  }

  get isOver(): boolean {
    return this.#endedAt !== null;
  }

  view(): ReplayJobView {
    const { id, by, reason, chosen, ratePerSecond } = this.order;
    return {
      id,
      by,
      reason,
      filter: chosen.by === 'filter' ? chosen.fields : null,
      state: this.#state,
      total: this.#total,
      ...this.#tally,
      ratePerSecond,
      startedAt: iso(this.#startedAt),
      endedAt: this.#endedAt === null ? null : iso(this.#endedAt),
      stopped: this.#stopped,
      failure: this.#failure,
    };
  }

  /** Lets the batch under way be the last. */
  stop(asked: Asked): void {
    if (this.isOver || this.#stopped !== null) return;
    this.#stopped = asked;
    this.#interrupt();
  }

  /** Replays until there is nothing left, it is stopped, or the log fails. Never rejects. */
  async run(): Promise<void> {
    try {
      const { chosen } = this.order;
      await (chosen.by === 'ids' ? this.#replayIds(chosen.ids) : this.#replayFilter(chosen.filter));
      this.#state = this.#stopped === null ? 'done' : 'stopped';
    } catch (error) {
      this.#state = 'failed';
      this.#failure = this.#describe(error);
    }
    this.#endedAt = this.#parts.clock.now();
  }

  #describe(error: unknown): string {
    if (error instanceof HookwardError) return error.message;
    this.#parts.failed(error);
    return 'Something went wrong here; the server logged what.';
  }

  async #replayIds(ids: readonly string[]): Promise<void> {
    this.#total = ids.length;
    this.#state = 'running';
    const batch = this.#batchSize();
    for (let at = 0; at < ids.length && this.#stopped === null; at += batch) {
      await this.#replayBatch(ids.slice(at, at + batch), at + batch < ids.length);
    }
  }

  async #replayFilter(asked: WebhookFilter): Promise<void> {
    const { log } = this.#parts;
    // Webhooks that arrive from now on are not what the person has seen and chosen.
    const filter = { ...asked, until: Math.min(asked.until ?? Infinity, this.#startedAt) };
    const isStopped = () => this.#stopped !== null;
    const { count } = await countReplayable(log, filter, isStopped);
    if (isStopped()) return;
    this.#total = count;
    this.#state = 'running';
    let cursor: string | null = null;
    do {
      const page = await log.list({ filter, limit: this.#batchSize(), cursor, scanMax });
      const ids = page.items.filter(({ standing }) => standing.state !== 'pending').map(({ id }) => id);
      cursor = page.cursor;
      if (ids.length > 0 && !isStopped()) await this.#replayBatch(ids, cursor !== null);
    } while (cursor !== null && !isStopped());
  }

  #batchSize(): number {
    const { ratePerSecond } = this.order;
    if (ratePerSecond === null) return batchMax;
    return Math.min(batchMax, Math.ceil(ratePerSecond / batchesPerSecond));
  }

  async #replayBatch(ids: readonly string[], isMoreToCome: boolean): Promise<void> {
    const { operator, clock } = this.#parts;
    const { by, reason, ratePerSecond } = this.order;
    const startedAt = clock.monotonic();
    for (const { result } of await operator.operate('replay', ids, { by, reason })) {
      if (result === 'done') this.#tally.replayed += 1;
      else if (result === 'conflict') this.#tally.conflicts += 1;
      else this.#tally.missing += 1;
    }
    if (ratePerSecond === null || !isMoreToCome) return;
    const takesMs = (ids.length / ratePerSecond) * 1000;
    await this.#pause(takesMs - (clock.monotonic() - startedAt));
  }

  #pause(ms: number): Promise<void> {
    if (ms <= 0 || this.#stopped !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#parts.clock.after(ms, resolve);
      this.#interrupt = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
