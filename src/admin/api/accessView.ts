import type { AccessEntry } from '../../log/index.ts';

/** An access entry as JSON: times in ISO 8601. */
export interface AccessEntryView extends Omit<AccessEntry, 'createdAt' | 'until'> {
  readonly createdAt: string;
  readonly until: string | null;
}

/** Turns an entry of the log into what the API shows. */
export function viewAccessEntry(entry: AccessEntry): AccessEntryView {
  return {
    ...entry,
    createdAt: new Date(entry.createdAt).toISOString(),
    until: entry.until === null ? null : new Date(entry.until).toISOString(),
  };
}
