import type { AccessLists as GateLists } from '../access/index.ts';
import { HookwardError } from '../core/errors.ts';
import { isWebhookId } from '../core/ids.ts';
import type {
  AccessEntry,
  AuditEntry,
  AuditStore,
  WebhookFilter,
  WebhookOperator,
  WebhookReader,
} from '../log/index.ts';
import { createOperator, type Asked, type OperatedView, type OperatorParts } from './operator.ts';
import {
  viewRecord,
  viewSummary,
  type Mask,
  type RecordView,
  type Sight,
  type SummaryView,
} from './views.ts';

/** The access lists in force; the gate implements them, so that a change counts at once. */
export type AccessLists = Pick<GateLists, 'list' | 'ban' | 'unban' | 'allow' | 'disallow'>;

/** What the operations stand on. */
export interface OperationsParts extends OperatorParts {
  readonly log: WebhookReader & WebhookOperator & AuditStore;
  readonly access: AccessLists;
  /** What is hidden from those who see webhooks masked. */
  readonly mask: () => NonNullable<Mask>;
}

export interface ListQuery {
  readonly filter: WebhookFilter;
  readonly limit: number;
  readonly cursor: string | null;
  readonly sight: Sight;
}

/**
 * All that a person can do with the log and the access lists. The admin API serves it over HTTP, the CLI calls it on a
 * log that no server holds: one set of rules, one audit trail.
 */
export interface Operations {
  /** @throws HookwardError `role-too-low` where bodies would be searched for one who may not see them. */
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
  /** Writes what was done elsewhere into the audit log. */
  note(done: Pick<AuditEntry, 'action' | 'subject'>, asked: Asked): Promise<void>;
}

/** How many webhooks one step of work over many looks at before it sees whether it is to go on. */
export const scanMax = 5_000;

/** A person waits for a page: after so many milliseconds it comes with what was found, and a cursor to go on. */
const pageMs = 150;
/** Far more than can be looked at in that time. */
const pageScanMax = 100_000;

/** Builds the operations on a log. */
export function createOperations(parts: OperationsParts): Operations {
  const { log, access } = parts;

  const audit = (action: string, subject: string, asked: Asked) =>
    log.appendAudit({ entries: [{ at: parts.now(), action, subject, ...asked }] });

  const operator = createOperator(parts);
  const maskOf = (sight: Sight): Mask => (sight === 'whole' ? null : parts.mask());

  /** What changed nothing is not audited. */
  async function operate(action: 'replay' | 'cancel', ids: readonly string[], asked: Asked) {
    const results = await operator.operate(action, ids, asked);
    const done = results.filter(({ result }) => result === 'done').length;
    const subject = ids.length === 1 ? (ids[0] ?? '') : `${String(done)} of ${String(ids.length)} webhooks`;
    if (done > 0) await audit(action, subject, asked);
    return results;
  }

  return {
    async list({ filter, limit, cursor, sight }) {
      if (sight === 'masked' && ('text' in filter || 'eventId' in filter)) {
        throw new HookwardError('role-too-low', {
          message: 'A search for event ids or in bodies tells what they hold: it needs the role support.',
        });
      }
      const end = parts.now() + pageMs;
      const isTimeUp = () => parts.now() >= end;
      const page = await log.list({ filter, limit, cursor, scanMax: pageScanMax, isTimeUp });
      const mask = maskOf(sight);
      return { items: page.items.map((item) => viewSummary(item, mask)), cursor: page.cursor };
    },
    async show(id, sight) {
      const record = isWebhookId(id) ? await log.get({ id }) : null;
      if (record === null) {
        throw new HookwardError('webhook-not-found', {
          message: 'No webhook has this id. It may never have been accepted, or retention has removed it.',
        });
      }
      return viewRecord(record, maskOf(sight));
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
    note: ({ action, subject }, asked) => audit(action, subject, asked),
  };
}
