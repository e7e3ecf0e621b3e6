// A public path that stands for a secret one: what is fixed of the secret one, and what the bot host is called with.

/** What a bot platform reads out of a webhook URL to choose what runs, for whom, and where the caller is sent. */
const platformNames = ['command', 'api_key', 'public_user_token', 'user_id', 'content', 'redirect_to'];

function namesIn(query: string): string[] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => canonicalName(pair.split('=', 1)[0] ?? ''));
}

/** A field's name as the laxest server might read it: escapes and case undone, list brackets and spaces dropped. */
export function canonicalName(name: string): string {
  const spaced = name.replaceAll('+', ' ');
  const decoded = spaced.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return decoded.replace(/\[.*$/s, '').trim().toLowerCase();
}

/**
 * The canonical names of the parameters that no caller may give on a route that forwards to `target`: those in its
 * query, and, where it names a `command`, all that a bot platform obeys.
 */
export function fixedNames(target: string): ReadonlySet<string> {
  const at = target.indexOf('?');
  const names = at === -1 ? [] : namesIn(target.slice(at + 1));
  return new Set(names.includes('command') ? [...names, ...platformNames] : names);
}

/** `target` with the query of the caller's own target behind it: what the bot host is called with. */
export function pinnedTarget(target: string, callerTarget: string): string {
  const at = callerTarget.indexOf('?');
  const query = at === -1 ? '' : callerTarget.slice(at + 1);
  if (query === '') return target;
  return `${target}${target.includes('?') ? '&' : '?'}${query}`;
}
