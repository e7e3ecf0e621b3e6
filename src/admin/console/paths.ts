// Every address that a page links to is made here, of the console's own paths and encoded parts: no address ever comes
// out of data.

/** Where the console is mounted. */
export const base = '/console';

/** Text fields of a query; empty and missing ones are left out. */
export type QueryFields = Readonly<Record<string, string | readonly string[] | null | undefined>>;

/** `path` below the console with `fields` as its query. */
export function pathTo(path: string, fields: QueryFields = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    const values = typeof value === 'string' ? [value] : (value ?? []);
    for (const one of values) if (one !== '') query.append(name, one);
  }
  const text = query.toString();
  return `${base}${path}${text === '' ? '' : `?${text}`}`;
}

/** The page of one webhook, or what lies below it. */
export function webhookPath(id: string, below = '', fields: QueryFields = {}): string {
  return pathTo(`/webhooks/${encodeURIComponent(id)}${below}`, fields);
}

/** The page of one replay job, or what lies below it. */
export function replayPath(id: string, below = ''): string {
  return pathTo(`/replays/${encodeURIComponent(id)}${below}`);
}
