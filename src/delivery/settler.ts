import type { Clock } from '../core/clock.ts';
import type { WebhookEvent } from '../core/state.ts';
import type { DeliveryLog, Lease } from '../log/index.ts';
import type { Job } from './job.ts';
import type { DeliveryNotice } from './ports.ts';
import { HookwardError } from '../core/errors.ts';

/** What became of a settlement; `dropped`: it could not be written, the lease will run out. */
export type Settled = 'settled' | 'stale' | 'dropped';

export interface SettlerParts {
  readonly log: Pick<DeliveryLog, 'settle'>;
  readonly clock: Clock;
  readonly noticed: (notice: DeliveryNotice) => void;
  /** @param lease Under which the event was handed to the log: the job may have another by now. */
  readonly onSettled: (job: Job, event: WebhookEvent, result: Settled, lease: Lease) => void;
}

interface Settlement {
  readonly job: Job;
  readonly event: WebhookEvent;
}

/** Settlements of one call: one turn of the log's own batches. */
const batchMax = 256;
/**
 * Beyond this many unwritten settlements attempts keep their places until there is room: each may hold 64 KiB of an
 * answer, so this is 64 MiB at worst.
 */
export const unsettledMax = 1024;
const retryFirstMs = 100;
const retryMaxMs = 5_000;
/** An error that is not the log's word on itself is a bug: its settlement is dropped after this many tries. */
const bugTriesMax = 5;

/**
 * Writes events at its own pace: one call in flight while the next gathers. A log that fails is tried again until it
 * takes them: an attempt that was made must not be forgotten while there is hope, or the bot would see it twice.
 */
export class Settler {
  readonly #parts: SettlerParts;
  #waiting: Settlement[] = [];
  #writing = 0;
  #flushing = false;
  #failures = 0;
  #wakeUps: (() => void)[] = [];
  #abandoned = false;

  constructor(parts: SettlerParts) {
    this.#parts = parts;
  }

  /** Settlements not yet written. */
  get backlog(): number {
    return this.#waiting.length + this.#writing;
  }

  add(job: Job, event: WebhookEvent): void {
    this.#waiting.push({ job, event });
    if (!this.#flushing) void this.#flush();
  }

  /** Resolves when fewer than `below` settlements are unwritten, or all hope is given up. */
  async whenBelow(below: number): Promise<void> {
    while (this.backlog >= below && !this.#abandoned) {
      await new Promise<void>((resolve) => this.#wakeUps.push(resolve));
    }
  }

  /** Stops trying; what is unwritten is left to its lease. */
  abandon(): void {
    this.#abandoned = true;
    this.#wake();
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    while (this.#waiting.length > 0 && !this.#abandoned) {
      // After a failure one at a time, so that one that cannot be written does not hold up the others for long.
      const batch = this.#waiting.splice(0, this.#failures === 0 ? batchMax : 1);
      this.#writing = batch.length;
      const error = await this.#write(batch);
      this.#writing = 0;
      if (error === null) {
        this.#failures = 0;
      } else if (this.#isHopeless(error, batch)) {
        this.#drop(batch, error);
      } else {
        this.#waiting.unshift(...batch);
        await this.#pause(error);
      }
      this.#wake();
    }
    this.#flushing = false;
  }

  async #write(batch: readonly Settlement[]): Promise<{ readonly cause: unknown } | null> {
    try {
      const settlements = batch.map(({ job, event }) => ({ lease: job.lease, event }));
      const results = await this.#parts.log.settle({ settlements, now: this.#parts.clock.now() });
      for (const [at, { lease, event }] of settlements.entries()) {
        const job = batch[at]?.job;
        if (job !== undefined) this.#parts.onSettled(job, event, results[at] ?? 'stale', lease);
      }
      return null;
    } catch (cause) {
      return { cause };
    }
  }

  #isHopeless({ cause }: { readonly cause: unknown }, batch: readonly Settlement[]): boolean {
    if (cause instanceof HookwardError && cause.code === 'log-closed') return true;
    if (cause instanceof HookwardError && cause.code.startsWith('log-')) return false;
    return batch.length === 1 && this.#failures >= bugTriesMax;
  }

  #drop(batch: readonly Settlement[], { cause }: { readonly cause: unknown }): void {
    this.#failures = 0;
    this.#parts.noticed({
      code: 'settlement-dropped',
      text: `${batch.length} outcomes could not be written; their webhooks will be tried again`,
      error: cause,
    });
    for (const { job, event } of batch) this.#parts.onSettled(job, event, 'dropped', job.lease);
  }

  async #pause({ cause }: { readonly cause: unknown }): Promise<void> {
    if (this.#failures === 0) {
      const text = 'The log does not take outcomes now; they are kept in memory and tried again';
      this.#parts.noticed({ code: 'settle-failed', text, error: cause });
    }
    const delayMs = Math.min(retryMaxMs, retryFirstMs * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    await new Promise<void>((resolve) => {
      this.#parts.clock.after(delayMs, resolve);
    });
  }

  #wake(): void {
    if (this.#wakeUps.length === 0) return;
    const wakeUps = this.#wakeUps;
    this.#wakeUps = [];
    for (const wakeUp of wakeUps) wakeUp();
  }
}
