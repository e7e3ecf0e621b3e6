import type { LinkBody } from './api/queries.ts';
import type { ChangeFeed } from './changes.ts';
import type { History } from './history.ts';
import type { Operations } from './operations.ts';
import type { ReplayJobs } from './replays.ts';
import type { Sessions } from './sessionContract.ts';
import type { LimitHit, LinkCheck, RouteView, SenderView } from './settingsViews.ts';
import type { TokenHash } from './tokens.ts';

/** How the server is doing, for `hookward status` and the console; counters in memory only. */
export interface StatusView {
  readonly version: string;
  readonly startedAt: string;
  readonly log: {
    readonly mode: string;
    readonly reason: string;
    readonly counts: Readonly<Record<string, number>>;
    readonly pendingByRoute: Readonly<Record<string, number>>;
    readonly inFlight: number;
    readonly earliestDueAt: string | null;
    readonly recordBytes: number;
    readonly diskBytes: number;
    readonly diskFreeBytes: number;
    readonly unreadableRecords: number;
    readonly sequenceGaps: number;
  };
  readonly botHosts: readonly {
    readonly name: string;
    readonly circuit: string;
    readonly active: number;
    readonly waiting: Readonly<Record<string, number>>;
  }[];
}

/** What the admin listener stands on; app wires it. */
export interface AdminParts {
  readonly version: string;
  readonly operations: Operations;
  readonly tokens: () => readonly TokenHash[];
  /** Whether webhooks are taken now, and if not, why. */
  readonly readiness: () => { readonly ready: boolean; readonly reasons: readonly string[] };
  readonly metricsPage: () => Promise<{ readonly contentType: string; readonly body: string }>;
  readonly status: () => StatusView;
  /** @throws HookwardError `usage-wrong`, `entry-not-found`. */
  readonly makeLink: (link: LinkBody) => { readonly url: string };
  /** Reads a link and tries its token, without calling anybody. */
  readonly checkLink: (url: string) => LinkCheck;
  readonly routes: () => readonly RouteView[];
  readonly senders: () => readonly SenderView[];
  /** The configuration in force as JSON, every secret in it `***`. */
  readonly config: () => unknown;
  /** Who ran into a rate limit lately; those with the latest hit first, at most 200. */
  readonly limits: () => readonly LimitHit[];
  readonly changes: ChangeFeed;
  readonly history: History;
  readonly replays: ReplayJobs;
  readonly sessions: Sessions;
  /** Told of an error that no catalogue knows: a bug of ours. */
  readonly failed: (error: unknown) => void;
}
