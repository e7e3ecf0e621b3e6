// A public path that stands for a secret one: what is fixed of the secret one, and what the bot host is called with.

/** What a bot platform reads out of a webhook URL to choose what runs, for whom, and where the caller is sent. */
const platformNames = ['command', 'api_key', 'public_user_token', 'user_id', 'content', 'redirect_to'];

/** The names in a query or a urlencoded form, as they stand there; `;` parts fields for some servers too. */
function namesIn(fields: string): string[] {
  return fields
    .split(/[&;]/)
    .filter((pair) => pair !== '')
    .map((pair) => pair.split('=', 1)[0] ?? '');
}

/**
 * `name` without its escapes, in lower case, without what a server may drop before it: spaces, brackets (`[command]` is
 * `command` to Rack and qs). PHP ends a name at a NUL.
 */
function unescaped(name: string): string {
  const decoded = name
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return (decoded.split('\0', 1)[0] ?? '').replace(/^[\s[\]]+/, '').toLowerCase();
}

/** PHP makes a `_` of what cannot stand in the name of a variable: https://www.php.net/manual/en/language.variables.external.php */
function asVariable(name: string): string {
  return name.trimEnd().replace(/[ .[]/g, '_');
}

/** A field's name as the laxest server might read it: escapes, case, padding and list brackets undone. */
export function canonicalName(name: string): string {
  return asVariable(unescaped(name).replace(/[[\]].*$/s, ''));
}

/**
 * The canonical names of the parameters that no caller may give on a route that forwards to `target`: those in its
 * query, and, where it names a `command`, all that a bot platform obeys.
 */
export function fixedNames(target: string): ReadonlySet<string> {
  const at = target.indexOf('?');
  const names = at === -1 ? [] : namesIn(target.slice(at + 1)).map(canonicalName);
  return new Set(names.includes('command') ? [...names, ...platformNames] : names);
}

/** Whether a server might take a field of this name for one of the `fixed`. */
export function isFixedName(name: string, fixed: ReadonlySet<string>): boolean {
  // A bracket that is never closed is a `_` to PHP too, not the end of the name.
  return fixed.has(canonicalName(name)) || fixed.has(asVariable(unescaped(name)));
}

/** Whether `fields` (a query, or a urlencoded form) has one that a server might take for one of the `fixed`. */
export function givesFixed(fields: string, fixed: ReadonlySet<string>): boolean {
  return namesIn(fields).some((name) => isFixedName(name, fixed));
}

/** `target` with the query of the caller's own target behind it: what the bot host is called with. */
export function pinnedTarget(target: string, callerTarget: string): string {
  const at = callerTarget.indexOf('?');
  const query = at === -1 ? '' : callerTarget.slice(at + 1);
  if (query === '') return target;
  return `${target}${target.includes('?') ? '&' : '?'}${query}`;
}
