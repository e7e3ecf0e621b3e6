import type { Asked } from './operator.ts';

/** `counting`: finding out how many there are. The last three are ends. */
export const replayJobStates = ['counting', 'running', 'done', 'stopped', 'failed'] as const;
export type ReplayJobState = (typeof replayJobStates)[number];

/** Which webhooks a job replays: by a filter, as text fields like those of `GET /api/webhooks`; or by their ids. */
export type ReplaySelection =
  | { readonly filter: Readonly<Record<string, string>>; readonly ids?: undefined }
  | { readonly ids: readonly string[]; readonly filter?: undefined };

/** A replay job as it stands now. Times in ISO 8601. */
export interface ReplayJobView {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  /** Null: its webhooks were chosen by id. */
  readonly filter: Readonly<Record<string, string>> | null;
  readonly state: ReplayJobState;
  /** How many webhooks there are to replay; null: not counted yet. */
  readonly total: number | null;
  readonly replayed: number;
  /** Webhooks whose state did not allow it, e.g. pending ones. */
  readonly conflicts: number;
  /** Webhooks that were gone: retention had removed them. */
  readonly missing: number;
  /** Null: as fast as the log takes them. */
  readonly ratePerSecond: number | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Who stopped it and why; null: nobody did. */
  readonly stopped: Asked | null;
  /** Why it failed; null: it did not. */
  readonly failure: string | null;
}

/** What a replay by a filter would meet. */
export interface ReplayPreview {
  readonly count: number;
  /** False: counting ended at its bound, and there are at least `count`. */
  readonly isExact: boolean;
  /** When the oldest and the newest of those counted arrived, ISO 8601; null: there are none. */
  readonly oldest: string | null;
  readonly newest: string | null;
  /** Those counted, by route. */
  readonly byRoute: Readonly<Record<string, number>>;
}

/** Replays of many webhooks at a pace, each of which can be watched and stopped. Of this process, in memory only. */
export interface ReplayJobs {
  /** @throws HookwardError `usage-wrong` for a filter that is none. */
  preview(filter: Readonly<Record<string, string>>): Promise<ReplayPreview>;
  /**
   * Begins a job; resolves once its beginning is in the audit log. Webhooks that arrive after it has begun are left out.
   *
   * @throws HookwardError `usage-wrong`, `state-conflict` (too many run already), and the log's.
   */
  start(order: ReplaySelection & Asked & { readonly ratePerSecond: number | null }): Promise<ReplayJobView>;
  /** Newest first: those that run, and the last 50 that have ended. */
  list(): readonly ReplayJobView[];
  /** @throws HookwardError `entry-not-found`. */
  get(id: string): ReplayJobView;
  /**
   * Ends a job after the batch that is under way (at most 100 webhooks); resolves when it has ended. One that has
   * ended before stays as it is.
   *
   * @throws HookwardError `entry-not-found`, and the log's where the stop could not be audited.
   */
  stop(id: string, asked: Asked): Promise<ReplayJobView>;
}
