import type { Clock } from '../../core/clock.ts';
import type { LogObserver } from '../contract.ts';
import type { Head } from './head.ts';
import type { WaterLevel } from './highWater.ts';
import type { Job } from './job.ts';
import { bytesOf } from './job.ts';
import { headKey } from './keys.ts';
import type { RouteBook } from './routeBook.ts';
import type { Store } from './store.ts';

/** One opened database and what is in memory of it; a write error ends it, and a new one takes its place. */
export interface Instance {
  readonly store: Store;
  readonly head: Head;
  readonly routes: RouteBook;
}

/** Whom a committer tells. */
export interface CommitterEvents {
  /** A batch of so many bytes has been written; `level`: how far the disk is now, null where it was not synced. */
  wrote(bytes: number, level: WaterLevel | null): void;
  /** A write failed: the instance is over. Called before the jobs hear of it. */
  failed(error: unknown): void;
}

/** A batch holds this many keys at most (4 ms of the loop at 15 us each), or one job. */
const batchOperationsMax = 256;
/** And this many bytes: LevelDB copies a batch while it holds its lock. */
const batchBytesMax = 4 * 1024 * 1024;
/** What may wait: more is refused (`log-busy`). Jobs of callers that can be refused count; the others are bounded elsewhere. */
const waitingJobsMax = 8_192;
const waitingBytesMax = 64 * 1024 * 1024;
/**
 * Group commit: one batch is being written while the next gathers. It is the only writer of the log. A failed write ends
 * the instance: what was in the batch and what waits fails (or waits on, where it survives), and nothing is written
 * until `attach` brings a new instance.
 */
export class Committer {
  readonly #clock: Clock;
  readonly #observer: LogObserver;
  readonly #events: CommitterEvents;
  #instance: Instance | null = null;
  /** Why nothing is taken any more; null while the log lives. */
  #end: { readonly error: unknown } | null = null;
  #queue: Job[] = [];
  #queuedBytes = 0;
  /** Jobs of a failed batch: some may be on disk all the same. */
  #doubtful: Job[] = [];
  #busy = false;

  constructor(clock: Clock, observer: LogObserver, events: CommitterEvents) {
    this.#clock = clock;
    this.#observer = observer;
    this.#events = events;
  }

  /** Whether so much waits already that another append must be refused. */
  get isCrowded(): boolean {
    return this.#queue.length >= waitingJobsMax || this.#queuedBytes >= waitingBytesMax;
  }

  /** Takes a job. Without an instance it waits for the next one, where it survives, and fails otherwise. */
  enqueue(job: Job): void {
    if (this.#end !== null) {
      job.failed(this.#end.error);
      return;
    }
    if (this.#instance === null && !job.survives) {
      job.failed(new TypeError('the log is not open'));
      return;
    }
    this.#queue.push(job);
    this.#queuedBytes += bytesOf(job);
    this.#schedule();
  }

  /** Resolves when all that has been taken so far is written; `synced`: and on disk. */
  flush(pace: Job['pace'] = 'unsynced'): Promise<void> {
    return new Promise((resolve, reject) => {
      this.enqueue({
        records: [],
        deletions: [],
        transitions: [],
        pace,
        appends: 0,
        survives: false,
        written: resolve,
        failed: reject,
      });
    });
  }

  /** Goes on with a new instance: first settles what became of the jobs whose batch failed. */
  async attach(instance: Instance): Promise<void> {
    const again: Job[] = [];
    for (const job of this.#doubtful) {
      const [first] = job.records;
      if (first !== undefined && (await instance.store.has(first.key))) job.written();
      else again.push(job);
    }
    this.#doubtful = [];
    this.#queue.unshift(...again);
    this.#recount();
    this.#instance = instance;
    this.#end = null;
    this.#schedule();
  }

  /** Fails everything that waits and takes nothing more to the disk. */
  detach(error: unknown): void {
    this.#end = { error };
    this.#instance = null;
    const jobs = [...this.#doubtful, ...this.#queue];
    this.#doubtful = [];
    this.#queue = [];
    this.#recount();
    for (const job of jobs) job.failed(error);
  }

  #recount(): void {
    this.#queuedBytes = 0;
    for (const job of this.#queue) {
      this.#queuedBytes += bytesOf(job);
    }
  }

  #schedule(): void {
    if (this.#busy || this.#instance === null || this.#queue.length === 0) return;
    this.#busy = true;
    // Not now: what this turn of the loop still brings rides along.
    setImmediate(() => void this.#write());
  }

  #take(): Job[] {
    let operations = 0;
    let bytes = 0;
    let count = 0;
    for (const job of this.#queue) {
      operations += job.records.length + job.deletions.length;
      bytes += bytesOf(job);
      if (count > 0 && (operations > batchOperationsMax || bytes > batchBytesMax)) break;
      count += 1;
    }
    const taken = this.#queue.splice(0, count);
    for (const job of taken) {
      this.#queuedBytes -= bytesOf(job);
    }
    return taken;
  }

  async #write(): Promise<void> {
    const instance = this.#instance;
    if (instance === null) {
      this.#busy = false;
      return;
    }
    const taken = this.#take();
    const synced = taken.some((job) => job.pace === 'synced');
    const startedAt = this.#clock.monotonic();
    try {
      const { bytes, operations } = await writeBatch(instance, taken, synced);
      const { number, nextSequence } = instance.head.marks;
      this.#events.wrote(bytes, synced ? { number, nextSequence } : null);
      const durationMs = this.#clock.monotonic() - startedAt;
      const appends = taken.reduce((sum, job) => sum + job.appends, 0);
      this.#observer.committed({ appends, operations, bytes, durationMs, synced });
    } catch (error) {
      this.#fail(taken, error);
      return;
    }
    for (const job of taken) job.written();
    this.#busy = false;
    this.#schedule();
  }

  #fail(taken: readonly Job[], error: unknown): void {
    this.#instance = null;
    this.#busy = false;
    const waiting = this.#queue;
    this.#queue = waiting.filter((job) => job.survives);
    this.#doubtful = taken.filter((job) => job.survives);
    this.#recount();
    // Told first: whoever hears of its failed job finds the log already failing.
    this.#events.failed(error);
    for (const job of [...taken, ...waiting]) if (!job.survives) job.failed(error);
  }
}

/** Writes jobs as one batch, the head with them. */
export async function writeBatch(
  { store, head, routes }: Instance,
  jobs: readonly Job[],
  sync: boolean,
): Promise<{ readonly bytes: number; readonly operations: number }> {
  const batch = store.db.batch();
  let bytes = 0;
  let operations = 2;
  for (const { key, value } of routes.takeUnwritten()) {
    batch.put(key, value);
    bytes += key.length + value.length;
    operations += 1;
  }
  let removed = 0;
  for (const job of jobs) {
    for (const { key, value } of job.records) {
      batch.put(key, value);
      bytes += key.length + value.length;
    }
    for (const { key, valueBytes } of job.deletions) {
      batch.del(key);
      removed += key.length + valueBytes;
    }
    operations += job.records.length + job.deletions.length;
    for (const transition of job.transitions) head.apply(transition);
    const { nextVersion, nextAudit } = job.marks ?? {};
    if (nextVersion !== undefined) head.marks.nextVersion = Math.max(head.marks.nextVersion, nextVersion);
    if (nextAudit !== undefined) head.marks.nextAudit = Math.max(head.marks.nextAudit, nextAudit);
  }
  head.marks.recordBytes += bytes - removed;
  const previous = headKey(head.marks.number);
  const record = head.next();
  batch.put(record.key, record.value);
  batch.del(previous);
  await batch.write({ sync });
  return { bytes: bytes + record.key.length + record.value.length, operations };
}
