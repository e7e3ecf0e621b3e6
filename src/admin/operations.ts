import type { AccessLists as GateLists } from '../access/index.ts';
import { HookwardError } from '../core/errors.ts';
import { isWebhookId, type WebhookId } from '../core/ids.ts';
import type {
  AccessEntry,
  AuditEntry,
  AuditStore,
  OperatorResult,
  WebhookFilter,
  WebhookOperator,
  WebhookReader,
} from '../log/index.ts';
import { viewRecord, viewSummary, type RecordView, type Sight, type SummaryView } from './views.ts';

/** Who asks for a change, and why; both stand in the audit log. */
export interface Asked {
  readonly by: string;
  readonly reason: string;
}

/** The access lists in force; the gate implements them, so that a change counts at once. */
export type AccessLists = Pick<GateLists, 'list' | 'ban' | 'unban' | 'allow' | 'disallow'>;

/** What the operations stand on. */
export interface OperationsParts {
  readonly log: WebhookReader & WebhookOperator & AuditStore;
  readonly access: AccessLists;
  readonly now: () => number;
  /** Called after webhooks have become due, so that delivery looks at once. */
  readonly wake: () => void;
  /** Called with the count of webhooks that were replayed or cancelled, for metrics. */
  readonly counted: (what: 'replayed' | 'cancelled', count: number) => void;
}

export interface ListQuery {
  readonly filter: WebhookFilter;
  readonly limit: number;
  readonly cursor: string | null;
  readonly sight: Sight;
}

/** One result per id, in the order asked. */
export interface OperatedView {
  readonly id: string;
  readonly result: OperatorResult;
}

/**
 * All that a person can do with the log and the access lists. The admin API serves it over HTTP, the CLI calls it on a
 * log that no server holds: one set of rules, one audit trail.
 */
export interface Operations {
  list(query: ListQuery): Promise<{ readonly items: readonly SummaryView[]; readonly cursor: string | null }>;
  /** @throws HookwardError `webhook-not-found`. */
  show(id: string, sight: Sight): Promise<RecordView>;
  replay(ids: readonly string[], asked: Asked): Promise<readonly OperatedView[]>;
  cancel(ids: readonly string[], asked: Asked): Promise<readonly OperatedView[]>;
  listAccess(): Promise<readonly AccessEntry[]>;
  /** @throws HookwardError `usage-wrong` where the address is none. */
  putAccess(entry: Pick<AccessEntry, 'kind' | 'address' | 'until'>, asked: Asked): Promise<AccessEntry>;
  /** @throws HookwardError `usage-wrong`, `entry-not-found`. */
  removeAccess(
    entry: Pick<AccessEntry, 'kind' | 'address'>,
    asked: Asked,
  ): Promise<{
    /** An entry that covers the address all the same, e.g. a wider block. */
    readonly stillCoveredBy: AccessEntry | null;
  }>;
  audit(page: {
    readonly limit: number;
    readonly cursor: string | null;
  }): Promise<{ readonly entries: readonly AuditEntry[]; readonly cursor: string | null }>;
}

/** How many webhooks one list call looks at before it hands back what it has, with a cursor to go on. */
const scanMax = 5_000;

/** Builds the operations on a log. */
export function createOperations(parts: OperationsParts): Operations {
  const { log, access } = parts;

  const audit = (action: string, subject: string, asked: Asked) =>
    log.appendAudit({ entries: [{ at: parts.now(), action, subject, ...asked }] });

  /** Applies an operator call to those of `ids` that are ids at all; the rest is `not-found`. */
  async function operate(action: 'replay' | 'cancel', ids: readonly string[], asked: Asked) {
    const known = ids.filter((id): id is WebhookId => isWebhookId(id));
    const results = await log[action]({ ids: known, ...asked, now: parts.now() });
    const byId = new Map(known.map((id, index) => [id as string, results[index] ?? 'not-found']));
    const done = results.filter((result) => result === 'done').length;
    if (done > 0) {
      const subject = ids.length === 1 ? (ids[0] ?? '') : `${String(done)} of ${String(ids.length)} webhooks`;
      await audit(action, subject, asked);
      parts.counted(action === 'replay' ? 'replayed' : 'cancelled', done);
      parts.wake();
    }
    return ids.map((id): OperatedView => ({ id, result: byId.get(id) ?? 'not-found' }));
  }

  return {
    async list({ filter, limit, cursor, sight }) {
      const page = await log.list({ filter, limit, cursor, scanMax });
      return { items: page.items.map((item) => viewSummary(item, sight)), cursor: page.cursor };
    },
    async show(id, sight) {
      const record = isWebhookId(id) ? await log.get({ id }) : null;
      if (record === null) {
        throw new HookwardError('webhook-not-found', {
          message: 'No webhook has this id. It may never have been accepted, or retention has removed it.',
        });
      }
      return viewRecord(record, sight);
    },
    replay: (ids, asked) => operate('replay', ids, asked),
    cancel: (ids, asked) => operate('cancel', ids, asked),
    listAccess() {
      const now = parts.now();
      return Promise.resolve([
        ...access.list({ kind: 'whitelist', now }),
        ...access.list({ kind: 'ban', now }),
      ]);
    },
    async putAccess({ kind, address, until }, asked) {
      const entry = { address, until, ...asked, now: parts.now() };
      const put = kind === 'ban' ? await access.ban(entry) : await access.allow(entry);
      await audit(kind === 'ban' ? 'ban' : 'whitelist-add', put.address, asked);
      return put;
    },
    async removeAccess({ kind, address }, asked) {
      const lift = { address, now: parts.now() };
      const { removed, stillCoveredBy } =
        kind === 'ban' ? await access.unban(lift) : await access.disallow(lift);
      if (!removed) {
        throw new HookwardError('entry-not-found', {
          message: `There is no ${kind} entry for ${address}. Entries of the configuration file are changed there.`,
        });
      }
      await audit(kind === 'ban' ? 'unban' : 'whitelist-remove', address, asked);
      return { stillCoveredBy };
    },
    audit: (page) => log.listAudit(page),
  };
}
