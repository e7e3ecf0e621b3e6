import type {
  AccessEntryView,
  OperatedView,
  RecordView,
  StatusView,
  SummaryView,
} from '../../admin/index.ts';

/** What a list command asks for: the query fields of `GET /api/webhooks`, as text. */
export type ListFields = Readonly<Record<string, string>>;

/**
 * The log that a command works on: of a running server, through its admin API; or of no server, opened by the command.
 * Both answer with the same views.
 */
export interface Target {
  /** For people: `the server at http://…`, `the log in ./data (no server runs)`. */
  readonly name: string;
  list(
    fields: ListFields,
  ): Promise<{ readonly items: readonly SummaryView[]; readonly cursor: string | null }>;
  show(id: string): Promise<RecordView>;
  replay(ids: readonly string[], reason: string): Promise<readonly OperatedView[]>;
  cancel(ids: readonly string[], reason: string): Promise<readonly OperatedView[]>;
  listAccess(): Promise<readonly AccessEntryView[]>;
  putAccess(entry: {
    readonly kind: 'whitelist' | 'ban';
    readonly address: string;
    readonly reason: string;
    /** ISO 8601. */
    readonly until: string | null;
  }): Promise<AccessEntryView>;
  removeAccess(entry: {
    readonly kind: 'whitelist' | 'ban';
    readonly address: string;
    readonly reason: string;
  }): Promise<{
    /** An entry that covers the address all the same, e.g. a wider block. */
    readonly stillCoveredBy: AccessEntryView | null;
  }>;
  /** How the running server is doing; null where no server runs. */
  readonly status: (() => Promise<StatusView>) | null;
  close(): Promise<void>;
}
