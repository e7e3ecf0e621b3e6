// Reads the raw query of a called URL. It never throws, and it never gives a value of which another reader of the same
// bytes (the bot host's framework) could be of another opinion: where there is doubt, the answer is `ambiguous`.

/** A called URL's two halves as they stood on the wire. */
export interface SplitTarget {
  readonly path: string;
  readonly query: string;
}

/** Null where the target holds a `#`: some readers end there and others do not, so that each sees other parameters. */
export function splitTarget(target: string): SplitTarget | null {
  if (target.includes('#')) return null;
  const at = target.indexOf('?');
  return at === -1 ? { path: target, query: '' } : { path: target.slice(0, at), query: target.slice(at + 1) };
}

/** The name of a raw `name=value`. */
function nameOf(pair: string): string {
  const end = pair.indexOf('=');
  return end === -1 ? pair : pair.slice(0, end);
}

/** Whether the query has a parameter of this very name, with a value. */
export function hasParameter(query: string, name: string): boolean {
  return `&${query}`.includes(`&${name}=`);
}

/** The raw names of all parameters, in order. */
export function parameterNames(query: string): string[] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map(nameOf);
}

/** Percent-decoding byte by byte, malformed sequences kept: enough for names, which are ASCII where they matter. */
function decodedName(raw: string): string {
  return raw
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Names of which no framework has another reading than their letters, case aside. */
const plainName = /^[\w-]*$/;

/**
 * Whether some bot host would take `raw` for one of `names`: by percent-decoding, by ignoring case (ASP.NET), as a list
 * (`user_id[]`: PHP, Rack, qs), or as PHP rewrites names (leading spaces dropped, an end at NUL, and space, full stop
 * and `[` turned into `_`: php.net, "Variables from external sources").
 */
function resemblesOne(raw: string, names: readonly string[]): boolean {
  if (plainName.test(raw)) return names.includes(raw.toLowerCase());
  if (raw.length > oddNameLengthMax) return true;
  const name = (decodedName(raw).split('\0', 1)[0] ?? '').trimStart().toLowerCase();
  const list = name.indexOf('[');
  return (
    names.includes(name) ||
    names.includes(name.replace(/[ .[]/g, '_')) ||
    (list !== -1 && names.includes(name.slice(0, list).trimEnd()))
  );
}

/** More than any sender appends. Looking at an odd name costs some 2 us, so that a hostile query costs half a millisecond. */
const parametersMax = 256;
const oddNameLengthMax = 256;

/**
 * The raw values of `names` (lower case). `ambiguous`: one of them occurs twice, or without a `=`; or there is a
 * parameter that a bot host could take for one of them; or there are too many to look at. `;` counts as a separator too
 * in that search, as older frameworks have it.
 */
export function soleParameters(
  query: string,
  names: readonly string[],
): ReadonlyMap<string, string> | 'ambiguous' {
  const found = new Map<string, string>();
  const pieces = query.includes(';') ? query.split(/[&;]/, parametersMax + 1) : [];
  const pairs = query.split('&', parametersMax + 1);
  if (pairs.length > parametersMax || pieces.length > parametersMax) return 'ambiguous';
  for (const pair of pairs) {
    const name = nameOf(pair);
    if (names.includes(name)) {
      if (found.has(name) || name.length === pair.length) return 'ambiguous';
      found.set(name, pair.slice(name.length + 1));
    } else if (resemblesOne(name, names)) {
      return 'ambiguous';
    }
  }
  // Split by both marks, a covered name may stand only where it stood before.
  const covered = pieces.filter((piece) => resemblesOne(nameOf(piece), names));
  return pieces.length > 0 && covered.length !== found.size ? 'ambiguous' : found;
}

/** All that may stand in a request target; Node gives other bytes as Latin-1, which is not what they mean. */
const targetText = /^[\x21-\x7e]*$/;

/** `raw` percent-decoded as UTF-8, `+` as a space; null where it is malformed. */
export function decoded(raw: string): string | null {
  if (!targetText.test(raw)) return null;
  try {
    return decodeURIComponent(raw.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** One spelling of each character: hex digits in upper case, and nothing raw that a reader could split or drop. */
const exactPattern = /^(?:[A-Za-z0-9\-._~!'()*,:@/?$+]|%[0-9A-F]{2})*$/;

/**
 * As `decoded`, for values that a token covers: null where the spelling is not exact. `%20` and `+` are both a space,
 * since senders that take a URL apart and write it again turn the one into the other.
 */
export function decodedExactly(raw: string): string | null {
  return exactPattern.test(raw) ? decoded(raw) : null;
}

/**
 * Percent-encodes all but RFC 3986's unreserved characters. `encodeURIComponent` alone leaves `!'()*`, of which the URL
 * standard turns `'` into `%27` in queries.
 *
 * @throws URIError where `text` holds a lone surrogate.
 */
export function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
