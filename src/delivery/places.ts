import PQueue from 'p-queue';
import type { Lane } from '../core/state.ts';
import type { RateSettings } from './ports.ts';
import { LaneQueue, laneOptions } from './laneQueue.ts';

type LanedQueue = PQueue<LaneQueue>;

export interface PlacesParts {
  readonly rate: RateSettings | null;
  /** How many runs may be under way at once. */
  readonly limit: number;
  /** A run has ended and left its place. */
  readonly onFree: () => void;
  /** A run rejected, which none must: a bug. */
  readonly onThrow: (error: unknown) => void;
}

function makeQueue(rate: RateSettings | null): LanedQueue {
  return new PQueue({
    queueClass: LaneQueue,
    // A sliding window: a fixed one lets twice the rate through around its edge, and a bot host's ban filter sees that.
    ...(rate === null ? {} : { intervalCap: rate.requests, interval: rate.per, strict: true }),
  });
}

/**
 * The places of one bot host: a p-queue with three lanes that starts runs within the limit and the rate. No `timeout`
 * is ever given: p-queue's would free the place while the run goes on.
 */
export class Places {
  readonly #onFree: () => void;
  readonly #onThrow: (error: unknown) => void;
  #queue: LanedQueue;
  #rate: RateSettings | null;
  #limit: number;
  #running = 0;
  readonly #idlers: (() => void)[] = [];
  /** Runs that a queue replaced since still has under way; they count against the limit all the same. */
  #runningElsewhere = 0;

  constructor({ rate, limit, onFree, onThrow }: PlacesParts) {
    this.#onFree = onFree;
    this.#onThrow = onThrow;
    this.#rate = rate;
    this.#limit = limit;
    this.#queue = makeQueue(rate);
    this.#applyLimit();
  }

  /** Runs under way. */
  get running(): number {
    return this.#running;
  }

  /** Runs that wait. */
  get waiting(): number {
    return this.#queue.size;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Whether a run added now would begin at once. */
  get hasRoom(): boolean {
    return this.#running + this.#queue.size < this.#limit && !this.#queue.isRateLimited;
  }

  set limit(limit: number) {
    if (limit === this.#limit) return;
    this.#limit = limit;
    this.#applyLimit();
  }

  /** Begins `run` as soon as its lane has a place; at once where one is free. `run` must not reject. */
  add(lane: Lane, run: () => Promise<void>): void {
    const queue = this.#queue;
    queue.add(() => this.#run(queue, run), laneOptions[lane]).catch(this.#onThrow);
  }

  /** Resolves when no run is under way. */
  async whenIdle(): Promise<void> {
    while (this.#running > 0) await new Promise<void>((resolve) => this.#idlers.push(resolve));
  }

  /** Drops every waiting run; the rate's memory of past starts stays. */
  clear(): void {
    this.#queue.clear();
  }

  /** Takes another rate; waiting runs must have been cleared. */
  setRate(rate: RateSettings | null): void {
    if (rate?.requests === this.#rate?.requests && rate?.per === this.#rate?.per) return;
    this.#rate = rate;
    this.#replaceQueue();
  }

  /**
   * Forgets past starts; waiting runs must have been cleared. p-queue reckons its window by the wall clock: where that is
   * set back by an hour, a rate-limited queue would stand still for an hour.
   */
  forgetRate(): void {
    if (this.#rate !== null) this.#replaceQueue();
  }

  #replaceQueue(): void {
    this.#queue.clear();
    this.#runningElsewhere = this.#running;
    this.#queue = makeQueue(this.#rate);
    this.#applyLimit();
  }

  async #run(queue: LanedQueue, run: () => Promise<void>): Promise<void> {
    this.#running += 1;
    try {
      await run();
    } finally {
      this.#running -= 1;
      if (queue !== this.#queue) {
        this.#runningElsewhere -= 1;
        this.#applyLimit();
      }
      if (this.#running === 0) for (const idler of this.#idlers.splice(0)) idler();
      this.#onFree();
    }
  }

  #applyLimit(): void {
    const limit = this.#limit - this.#runningElsewhere;
    if (limit < 1) {
      this.#queue.pause();
      return;
    }
    this.#queue.concurrency = limit;
    if (this.#queue.isPaused) this.#queue.start();
  }
}
