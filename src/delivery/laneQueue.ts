import type { QueueAddOptions } from 'p-queue';
import type { Lane } from '../core/state.ts';

/**
 * One place in eight goes to the lane behind while the lane before it never runs dry: live traffic feels little of it, and
 * a backlog still drains under constant load (retries among the backlog give replays the same share).
 */
export const backlogShare = 8;

type Run = () => Promise<unknown>;

const priorities = { live: 2, retry: 1, replay: 0 } as const satisfies Record<Lane, number>;

/** p-queue's options of each lane: frozen and shared, since every webhook passes them. */
export const laneOptions: Readonly<Record<Lane, QueueAddOptions>> = Object.freeze({
  live: Object.freeze({ priority: priorities.live }),
  retry: Object.freeze({ priority: priorities.retry }),
  replay: Object.freeze({ priority: priorities.replay }),
});

/** First in, first out, in constant time: taken items are left before `head` until they are half of the array. */
class Fifo {
  #items: (Run | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(run: Run): void {
    this.#items.push(run);
  }

  shift(): Run | undefined {
    const run = this.#items[this.#head];
    if (run === undefined) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head >= 64 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return run;
  }

  all(): Run[] {
    return this.#items.slice(this.#head).filter((run) => run !== undefined);
  }
}

/** Whose turn it is between a lane and what is behind it: the lane, but for every eighth turn. */
class Turns {
  /** Turns of the front since the last one of those behind; at most one turn is saved up for them. */
  #taken = 0;

  /** Whether the lane in front is to be taken from; an empty one never is while another is not. */
  frontIsNext(front: number, behind: number): boolean {
    if (front === 0 || (behind > 0 && this.#taken === backlogShare - 1)) {
      this.#taken = 0;
      return false;
    }
    this.#taken = Math.min(this.#taken + 1, backlogShare - 1);
    return true;
  }
}

/** p-queue's queue of waiting runs: three lanes, live first, replays last, with a small share for those behind. */
export class LaneQueue {
  readonly #live = new Fifo();
  readonly #retry = new Fifo();
  readonly #replay = new Fifo();
  readonly #liveTurns = new Turns();
  readonly #retryTurns = new Turns();

  get size(): number {
    return this.#live.size + this.#retry.size + this.#replay.size;
  }

  enqueue(run: Run, options?: Partial<QueueAddOptions>): void {
    this.#lane(options).push(run);
  }

  dequeue(): Run | undefined {
    const backlog = this.#retry.size + this.#replay.size;
    if (this.#liveTurns.frontIsNext(this.#live.size, backlog)) return this.#live.shift();
    if (this.#retryTurns.frontIsNext(this.#retry.size, this.#replay.size)) return this.#retry.shift();
    return this.#replay.shift();
  }

  filter(options: Readonly<Partial<QueueAddOptions>>): Run[] {
    return this.#lane(options).all();
  }

  /** Part of p-queue's interface; a run never changes its lane. */
  setPriority(): void {
    throw new Error('a webhook keeps its lane');
  }

  #lane(options: Readonly<Partial<QueueAddOptions>> | undefined): Fifo {
    if (options?.priority === priorities.live) return this.#live;
    return options?.priority === priorities.retry ? this.#retry : this.#replay;
  }
}
