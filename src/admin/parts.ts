import type { LinkBody } from './api/queries.ts';
import type { CallerAddress } from './identity/callerAddress.ts';
import type { History } from './live/history.ts';
import type { LiveStreams } from './live/liveStreams.ts';
import type { Logins } from './identity/logins.ts';
import type { Operations } from './operations.ts';
import type { Asked } from './operator.ts';
import type { ReplayJobs } from './replays/replays.ts';
import type { Sessions } from './identity/sessionContract.ts';
import type { LimitHit, LinkCheck, RouteView, SenderView } from './settingsViews.ts';
import type { StatusView } from './statusView.ts';
import type { TokenHash } from './identity/tokens.ts';

/** What the admin listener stands on; app wires it. */
export interface AdminParts {
  readonly version: string;
  readonly operations: Operations;
  readonly tokens: () => readonly TokenHash[];
  /** Whether webhooks are taken now, and if not, why. */
  readonly readiness: () => { readonly ready: boolean; readonly reasons: readonly string[] };
  readonly metricsPage: () => Promise<{ readonly contentType: string; readonly body: string }>;
  readonly status: () => StatusView;
  /** Makes a webhook URL; resolves once that it was made is in the audit log. @throws HookwardError `usage-wrong`, `entry-not-found`, and the log's. */
  readonly makeLink: (link: LinkBody, asked: Asked) => Promise<{ readonly url: string }>;
  /** Reads a link and tries its token, without calling anybody. */
  readonly checkLink: (url: string) => LinkCheck;
  readonly routes: () => readonly RouteView[];
  readonly senders: () => readonly SenderView[];
  /** The configuration in force as JSON, every secret in it `***`, and of each token but its name and role. */
  readonly config: () => object;
  /** Who ran into a rate limit lately; those with the latest hit first, at most 200. */
  readonly limits: () => readonly LimitHit[];
  readonly live: LiveStreams;
  readonly history: History;
  readonly replays: ReplayJobs;
  readonly sessions: Sessions;
  readonly logins: Logins;
  readonly addressOf: CallerAddress;
  /** Told of an error that no catalogue knows: a bug of ours. */
  readonly failed: (error: unknown) => void;
}
