import type { SealedRecord } from '../codec/record.ts';
import type { HeadMarks, Transition } from './head.ts';

/** A key to delete, with the size of its value, so that the log's size stays exact. */
export interface Deletion {
  readonly key: Buffer;
  readonly valueBytes: number;
}

/**
 * `synced`: on disk when it counts as written. `unsynced`: handed to the operating system, which a kill of this process
 * does not undo, and on disk with the next synced batch; it rides along in one where one is due anyway.
 */
export type Pace = 'synced' | 'unsynced';

/** What the committer writes as one: all of it or none, in one batch. */
export interface Job {
  readonly records: readonly SealedRecord[];
  readonly deletions: readonly Deletion[];
  readonly transitions: readonly Transition[];
  /** Marks of the head that this job moves up. */
  readonly marks?: Partial<Pick<HeadMarks, 'nextVersion' | 'nextAudit'>>;
  readonly pace: Pace;
  /** How many webhooks it appends. */
  readonly appends: number;
  /** A job that survives a failed write is written again once the log has been reopened; others fail. */
  readonly survives: boolean;
  written(): void;
  failed(error: unknown): void;
}

/** How many bytes a job's records take. */
export function bytesOf(job: Job): number {
  let bytes = 0;
  for (const { key, value } of job.records) bytes += key.length + value.length;
  return bytes;
}

/** What recovery writes, before anything else does. */
export function recoveryJob(records: readonly SealedRecord[], deletions: readonly Deletion[]): Job {
  return {
    records,
    deletions,
    transitions: [],
    pace: 'synced',
    appends: 0,
    survives: false,
    written: () => undefined,
    failed: () => undefined,
  };
}

/** A job whose end is a promise. */
export function promisedJob(job: Omit<Job, 'written' | 'failed'>): {
  readonly job: Job;
  readonly done: Promise<void>;
} {
  const { promise, resolve, reject } = withResolvers();
  return { job: { ...job, written: resolve, failed: reject }, done: promise };
}

// Promise.withResolvers came with Node 22.
function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((onDone, onError) => {
    resolve = onDone;
    reject = onError;
  });
  return { promise, resolve, reject };
}
