import type { Clock } from '../../core/clock.ts';
import type { HookwardError } from '../../core/errors.ts';
import type { LogObserver } from '../contract.ts';
import type { Committer, Instance } from './committer.ts';
import type { Damage } from './damage.ts';
import type { Duplicates } from './duplicates.ts';
import type { Holds } from './holds.ts';
import type { DueLanes } from './lanes.ts';
import type { Orders } from './orders.ts';
import type { Store } from './store.ts';

/** What the parts of the log share. It outlasts the instances that are opened one after another. */
export interface Engine {
  readonly clock: Clock;
  readonly observer: LogObserver;
  readonly damage: Damage;
  readonly holds: Holds;
  readonly lanes: DueLanes;
  readonly orders: Orders;
  readonly duplicates: Duplicates;
  readonly committer: Committer;

  /** The opened instance. @throws HookwardError `log-failing`, `log-closed`. */
  instance(): Instance;

  /** Fails where the log takes no webhooks now. @throws HookwardError `log-full`, `log-failing`, `log-busy`, `log-closed`. */
  checkAppend(): void;

  /** What a caller whose write failed for `error` is told: `log-failing`, or `log-closed`. */
  failure(error: unknown): HookwardError;

  /** The next envelope's sequence number. */
  takeSequence(): number;

  /** Reads; a database that was closed meanwhile counts as failing. @throws HookwardError `log-failing`, `log-closed`. */
  read<T>(run: (store: Store) => Promise<T>): Promise<T>;

  /** Like `read`, but waits until the log is open again and reads anew. @throws HookwardError `log-closed`. */
  readWhenOpen<T>(run: (store: Store) => Promise<T>): Promise<T>;
}
