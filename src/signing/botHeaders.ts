// Reads headers in every shape that a bot may have them in. Pure and free of the server's code: part of hookward/bot.

/**
 * A request's headers: a Fetch `Headers`, Node's `req.headers`, an object with names in any case (Title-Case on
 * Bots.Business), or a flat list of names and values by turns (`req.rawHeaders`).
 */
export type BotHeaders =
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | readonly string[];

/** Names in lower case with their values, one pair for each value; whatever is no string is passed over. */
function* pairsOf(headers: unknown): Generator<readonly [string, string]> {
  if (typeof headers !== 'object' || headers === null) return;
  if (Array.isArray(headers)) {
    for (let at = 0; at + 1 < headers.length; at += 2) {
      const name: unknown = headers[at];
      const value: unknown = headers[at + 1];
      if (typeof name === 'string' && typeof value === 'string') yield [name.toLowerCase(), value];
    }
    return;
  }
  const entries: Iterable<unknown> =
    Symbol.iterator in headers && typeof headers[Symbol.iterator] === 'function'
      ? (headers as Iterable<unknown>)
      : Object.entries(headers);
  for (const entry of entries) {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string') continue;
    const name = entry[0].toLowerCase();
    const values: unknown = entry[1];
    for (const value of Array.isArray(values) ? (values as unknown[]) : [values]) {
      if (typeof value === 'string') yield [name, value];
    }
  }
}

/**
 * The value of each of `names` (lower case), in their order: null where there is none, `repeated` where there is more
 * than one, even of the same text: only a forger sends ours twice.
 */
export function soleValues(headers: unknown, names: readonly string[]): (string | null)[] | 'repeated' {
  const found = new Map<string, string>();
  for (const [name, value] of pairsOf(headers)) {
    if (!names.includes(name)) continue;
    if (found.has(name)) return 'repeated';
    found.set(name, value);
  }
  return names.map((name) => found.get(name) ?? null);
}
