import type { AccessEntry } from '../core/accessEntry.ts';
import type { WebhookId } from '../core/ids.ts';
import type { Progress } from '../core/progress.ts';
import type { Service } from '../core/service.ts';
import type { DeadReason, Lane, Standing, WebhookEvent, WebhookState } from '../core/state.ts';
import type { Webhook } from '../core/webhook.ts';

/**
 * The durable store of webhooks, their events, access lists and audit entries. Two engines keep this contract and pass
 * one suite (`test/contract/logContract.ts`). Every method takes one params object; time is the caller's; append, claim
 * and settle work in batches.
 *
 * Each consumer asks for the part that it needs: ingress for `WebhookAppender`, delivery for `DeliveryLog`, admin and
 * CLI for `WebhookReader`, `WebhookOperator`, `AccessStore` and `AuditStore`.
 */
export interface Log
  extends
    Service,
    WebhookAppender,
    DeliveryLog,
    WebhookReader,
    WebhookOperator,
    AccessStore,
    AuditStore,
    Retention {
  /** A reading of counters kept in memory: never a scan, never a wait. */
  stats(): LogStats;
  /** The greatest webhook id in the log, so that new ids continue after it; null in an empty one. Known after `start`. */
  newestId(): WebhookId | null;
}

/** The right to deliver one webhook, until it runs out. A settlement under a lease that has been lost is stale. */
export interface Lease {
  readonly id: WebhookId;
  /** Unique for every lease ever given for this webhook by this log. */
  readonly token: string;
}

export interface WebhookAppender {
  /**
   * Writes webhooks durably (fsync, or a commit) and resolves only then; all of one call or none. Each comes back with
   * a lease for its first try, or without one where `orderKey` makes it wait behind an earlier one of its key.
   *
   * A webhook with a `dedupeKey` is not written where an earlier one of the same route and key arrived (`receivedAt`) at
   * or after `now - dedupeWindowMs`, whatever its state: it comes back as the duplicate of the newest of these, once that
   * one is durable, and is noted with it. Of several in one call, or of calls at the same moment, the first counts; where
   * its write fails, the others are not told that it was kept, but one of them is written, or they fail, too. What the log
   * no longer has, or cannot read, makes nothing a duplicate: so the window never reaches farther back than retention.
   *
   * @throws HookwardError `log-full`, `log-failing`, `log-busy` (too many appends wait), `log-closed`.
   */
  append(params: {
    readonly webhooks: readonly Webhook[];
    readonly leaseMs: number;
    /** A webhook behind another of its key is let past after this many milliseconds. */
    readonly orderWaitMaxMs: number;
    /** For how long a webhook's `dedupeKey` makes later ones its duplicates. */
    readonly dedupeWindowMs: number;
    readonly now: number;
  }): Promise<readonly Appended[]>;
}

export interface Appended {
  /** The webhook's own id, also where it is a duplicate: then the log knows nothing by it. */
  readonly id: WebhookId;
  /**
   * Null: an earlier webhook with the same route and order key is still pending, and `claim` will give this one out; or
   * it is a duplicate.
   */
  readonly lease: Lease | null;
  /** The earlier webhook that this one is a copy of; this one was not written. Null: it was. */
  readonly duplicateOf: WebhookId | null;
}

/** A copy of a webhook, which was not written as one of its own. */
export interface DuplicateNote {
  /** When it arrived. */
  readonly at: number;
  /** The address it came from. */
  readonly ip: string;
}

/** So many duplicates are noted with one webhook at most, the first ones: a sender may repeat itself for days. */
export const duplicatesNotedMax = 100;

/** A webhook given out for delivery. */
export interface Claimed {
  readonly webhook: Webhook;
  readonly lease: Lease;
  readonly progress: Progress;
  readonly lane: Lane;
  readonly dueAt: number;
}

export interface DeliveryLog {
  /**
   * Gives out due webhooks of one route and lane, earliest due first, each under a lease. Those whose lease ran out are
   * due again. `nextDueAt` is when the earliest of those not given out becomes due (null: there is none).
   */
  claim(params: {
    readonly route: string;
    readonly lane: Lane;
    readonly limit: number;
    readonly leaseMs: number;
    readonly now: number;
  }): Promise<{ readonly claimed: readonly Claimed[]; readonly nextDueAt: number | null }>;

  /**
   * Adds an event to each leased webhook and ends the lease. Resolves when the events are written; they are durable no
   * later than the next webhook that is appended and no duplicate. `stale`: the lease had been lost; nothing changed (an attempt at a webhook that was
   * cancelled meanwhile is still written down).
   */
  settle(params: {
    readonly settlements: readonly Settlement[];
    readonly now: number;
  }): Promise<readonly ('settled' | 'stale')[]>;

  /** Route names that have pending webhooks, whether or not the configuration still knows them. */
  pendingRoutes(): readonly string[];
}

export interface Settlement {
  readonly lease: Lease;
  readonly event: WebhookEvent;
}

/** All that the log keeps of one webhook. */
export interface WebhookRecord {
  readonly webhook: Webhook;
  /** In the order in which they happened. */
  readonly events: readonly WebhookEvent[];
  /** In the order in which they came; at most `duplicatesNotedMax`. Durable no later than the next webhook written. */
  readonly duplicates: readonly DuplicateNote[];
  readonly standing: Standing;
  readonly progress: Progress;
  /** A delivery is under way now. */
  readonly inFlight: boolean;
}

/** A line of a list: no body, no headers. */
export interface WebhookSummary {
  readonly id: WebhookId;
  readonly route: string;
  readonly receivedAt: number;
  readonly method: string;
  readonly target: string;
  readonly ip: string;
  readonly bot: string | null;
  readonly user: string | null;
  readonly eventId: string | null;
  readonly bodyBytes: number;
  readonly standing: Standing;
  readonly attempts: number;
  readonly replay: number;
  /** Of the last attempt that was answered; null where none was. */
  readonly lastStatus: number | null;
  /** Of the last attempt, where it failed without an answer. */
  readonly lastFailure: string | null;
}

/** All given conditions must hold. Times in milliseconds since the epoch, `since` inclusive, `until` exclusive. */
export interface WebhookFilter {
  readonly state?: WebhookState;
  readonly deadReason?: DeadReason;
  readonly route?: string;
  readonly since?: number;
  readonly until?: number;
  readonly bot?: string;
  readonly user?: string;
  /** The last answer's status. */
  readonly status?: number;
  /** The beginning of the id, dashes included. */
  readonly idPrefix?: string;
  /** The sender's own id of the event or payment, whole; found by an index, however many webhooks there are. */
  readonly eventId?: string;
  /**
   * The body holds these characters, in UTF-8 and to the letter; no index helps, so bodies are read one by one (about
   * 100,000 a second): bound it by `since` and `until`. A body that was compressed by its sender is not unpacked, and
   * what JSON has escaped is not the same.
   */
  readonly text?: string;
}

export interface WebhookReader {
  /** One webhook's whole story, or null. */
  get(params: { readonly id: WebhookId }): Promise<WebhookRecord | null>;

  /**
   * A page of summaries, newest first. Stops early after looking at `scanMax` webhooks or entries of an index, and where
   * `isTimeUp` says so: then `items` may be short (even empty) while `cursor` is not null. Every call goes on by one step
   * at least. Holds no iterator or snapshot between calls.
   */
  list(params: {
    readonly filter: WebhookFilter;
    readonly limit: number;
    readonly cursor: string | null;
    readonly scanMax: number;
    /** Asked between steps of a few milliseconds each; left out: time does not matter. Must not throw. */
    readonly isTimeUp?: () => boolean;
  }): Promise<WebhookPage>;
}

export interface WebhookPage {
  readonly items: readonly WebhookSummary[];
  /** Where the next page begins; null at the end. */
  readonly cursor: string | null;
}

export interface WebhookOperator {
  /**
   * Makes delivered, dead and cancelled webhooks pending again, each with a fresh retry budget, due at `now` in the
   * replay lane. Durable when it resolves. One result per id, in order.
   */
  replay(params: {
    readonly ids: readonly WebhookId[];
    readonly by: string;
    readonly reason: string;
    readonly now: number;
  }): Promise<readonly OperatorResult[]>;

  /** Calls pending webhooks off. Durable when it resolves. One result per id, in order. */
  cancel(params: {
    readonly ids: readonly WebhookId[];
    readonly by: string;
    readonly reason: string;
    readonly now: number;
  }): Promise<readonly OperatorResult[]>;
}

/** `conflict`: the webhook's state does not allow it (a pending one cannot be replayed, a delivered one not cancelled). */
export type OperatorResult = 'done' | 'not-found' | 'conflict';

export type { AccessEntry };

export interface AccessStore {
  listAccess(): Promise<readonly AccessEntry[]>;
  /** Adds or replaces entries. Durable when it resolves. */
  putAccess(params: { readonly entries: readonly AccessEntry[] }): Promise<void>;
  /** Removes entries; resolves to how many there were. Durable when it resolves. */
  deleteAccess(params: {
    readonly entries: readonly Pick<AccessEntry, 'kind' | 'address'>[];
  }): Promise<number>;
}

/** Who changed what, when and why. Never edited, never deleted by a person. */
export interface AuditEntry {
  readonly at: number;
  readonly by: string;
  /** e.g. `replay`, `cancel`, `ban`, `unban`, `whitelist-add`. */
  readonly action: string;
  /** What it was done to, e.g. an id, an address, a filter. */
  readonly subject: string;
  readonly reason: string;
}

export interface AuditStore {
  appendAudit(params: { readonly entries: readonly AuditEntry[] }): Promise<void>;
  /** Newest first. */
  listAudit(params: {
    readonly limit: number;
    readonly cursor: string | null;
  }): Promise<{ readonly entries: readonly AuditEntry[]; readonly cursor: string | null }>;
}

/** How long what is over is kept, by state, and how large the log may grow. */
export interface RetentionPolicy {
  readonly keepMs: Readonly<Record<Exclude<WebhookState, 'pending'>, number>>;
  /**
   * Above this many bytes of records the oldest delivered and cancelled webhooks go before their time. Pending and dead
   * ones never do: with only those left the log refuses more (`log-full`).
   */
  readonly bytesMax: number;
}

export interface Retention {
  /**
   * Removes a bounded number of webhooks whose time is over, oldest first, and says whether there may be more. Small
   * enough never to stall an append.
   */
  retain(params: {
    readonly policy: RetentionPolicy;
    readonly now: number;
    readonly limit: number;
  }): Promise<{ readonly removed: Readonly<Record<WebhookState, number>>; readonly more: boolean }>;
}

/** Whether the log takes webhooks now, and if not, why. */
export type LogMode = 'ok' | 'full' | 'failing' | 'closed';

export interface LogStats {
  readonly mode: LogMode;
  /** Free of secrets; empty in mode `ok`. */
  readonly modeReason: string;
  readonly counts: Readonly<Record<WebhookState, number>>;
  readonly pendingByRoute: Readonly<Record<string, number>>;
  readonly inFlight: number;
  /** The earliest due time of a pending webhook that is not in flight; null where there is none. */
  readonly earliestDueAt: number | null;
  /** Bytes of all records, keys included, before compression. */
  readonly recordBytes: number;
  /** Bytes of the log's files on disk, as last measured. */
  readonly diskBytes: number;
  readonly diskFreeBytes: number;
  /** Records whose checksum did not match, since start. */
  readonly unreadableRecords: number;
  /** Numbers missing from the sequence of records, as found at start. */
  readonly sequenceGaps: number;
}

/** What an engine tells while it runs; app wires it to metrics and the log file. All calls are cheap and never throw. */
export interface LogObserver {
  /** A batch was written: how many appends it held, its bytes, how long the write took, whether it was synced. */
  committed(facts: {
    readonly appends: number;
    readonly operations: number;
    readonly bytes: number;
    readonly durationMs: number;
    readonly synced: boolean;
  }): void;
  modeChanged(facts: { readonly mode: LogMode; readonly reason: string }): void;
  /** Something an operator should read, e.g. what LevelDB dropped at open. `code` is stable, `text` free of secrets. */
  noticed(facts: { readonly code: LogNotice; readonly text: string }): void;
}

export type LogNotice =
  | 'opened'
  | 'reopened'
  | 'write-failed'
  | 'open-failed'
  | 'dropped-at-open'
  | 'end-missing'
  | 'record-unreadable'
  | 'sequence-gap'
  | 'read-through'
  | 'recovered-pending'
  | 'ballast-used';
