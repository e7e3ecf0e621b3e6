// Which headers pass on through Hookward and which end here. Pure, and on the hot path: a name is lower-cased only when
// its length and first letter make it a suspect, which few names of a real webhook do.
import type { RawHeaders } from '../core/headers.ts';

/**
 * Fields of one hop (RFC 9110, 7.6.1), together with those that only this hop can act on: `Expect` and `Trailer` (no
 * trailer is passed on), credentials for this proxy and its answers to them (RFC 9110, 11.7; RFC 2616, 13.5.1).
 */
const hopByHop = [
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** What callers may say about addresses; it is replaced by what Hookward knows: see `forwardedHeaders`. */
const forwarded = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'];

/**
 * Stay even when `Connection` names them. A sender must never name a field that is meant for the recipient of the
 * content (RFC 9110, 7.6.1), so no honest hop does; taking these away would change how the body is read or who calls.
 * Everything else that is named goes, signatures included: the sender's signature is checked before, on the request as
 * it came, and a bot that misses one refuses.
 */
const neverNominated: ReadonlySet<string> = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
]);

/** Names to look for, and a table that rules out most others by length and first letter. */
interface Watch {
  readonly names: ReadonlySet<string>;
  /** For each length a bit for each first letter of a watched name. */
  readonly letters: Uint32Array;
}

function watchFor(names: readonly string[]): Watch {
  const letters = new Uint32Array(32);
  for (const name of names) letters[name.length] = (letters[name.length] ?? 0) | letterBit(name);
  return { names: new Set(names), letters };
}

/** A bit for the first letter in either case; 0 for anything else, and no watched name begins so. */
function letterBit(name: string): number {
  const letter = (name.charCodeAt(0) | 0x20) - 97;
  return letter >= 0 && letter < 26 ? 1 << letter : 0;
}

const requestWatch = watchFor([...hopByHop, ...forwarded]);
const answerWatch = watchFor(hopByHop);

/**
 * One spelling for every name that a server behind may take for the same: CGI, WSGI, Rack and PHP turn `-` into `_`,
 * some of them every other character that is no letter or digit.
 */
function folded(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-');
}

function isWatched(name: string, watch: Watch): boolean {
  const letters = watch.letters[name.length];
  if (letters === undefined || (letters & letterBit(name)) === 0) return false;
  return watch.names.has(folded(name));
}

/** The names that a Connection field's value nominates, beside the usual `close` and `keep-alive`. */
function nominatedBy(value: string, nominated: Set<string> | null): Set<string> | null {
  const usual = value.length === 5 || value.length === 10 ? value.toLowerCase() : '';
  if (usual === 'close' || usual === 'keep-alive') return nominated;
  const names = nominated ?? new Set<string>();
  for (const option of value.split(',')) {
    const name = folded(option.trim());
    if (name !== '' && !neverNominated.has(name)) names.add(name);
  }
  return names;
}

function isConnection(name: string): boolean {
  return name.length === 10 && letterBit(name) === 4 && name.toLowerCase() === 'connection';
}

/** `headers` without the watched ones, without those that begin with `ownPrefix`, and without what Connection names. */
function without(headers: RawHeaders, watch: Watch, ownPrefix: string): string[] {
  const ownLetter = ownPrefix === '' ? 0 : letterBit(ownPrefix);
  const kept: string[] = [];
  let nominated: Set<string> | null = null;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] as string;
    const value = headers[at + 1] as string;
    if (isConnection(name)) nominated = nominatedBy(value, nominated);
    else if (isWatched(name, watch)) continue;
    else if (
      ownLetter !== 0 &&
      name.length >= ownPrefix.length &&
      letterBit(name) === ownLetter &&
      folded(name).startsWith(ownPrefix)
    )
      continue;
    else kept.push(name, value);
  }
  return nominated === null || nominated.size === 0 ? kept : withoutNominated(kept, nominated);
}

function withoutNominated(headers: RawHeaders, nominated: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] as string;
    if (!nominated.has(folded(name))) kept.push(name, headers[at + 1] as string);
  }
  return kept;
}

/**
 * What of a request's headers is passed on, with case, order and repeats as received. Gone are: hop-by-hop headers and
 * those that Connection names; what the caller says in `Forwarded` and `X-Forwarded-For, -Host, -Proto`; forged copies
 * of our own headers (`PREFIX-...`). All of them in every spelling that a server behind may read as the same name.
 * Host and Content-Length stay: the forwarder sets its own.
 */
export function passedOnHeaders(params: {
  readonly headers: RawHeaders;
  /** Lower case, without the closing dash, e.g. `hookward`. */
  readonly headerPrefix: string;
}): string[] {
  return without(params.headers, requestWatch, `${params.headerPrefix}-`);
}

/** What of an answer's headers is passed on: all but hop-by-hop ones and those that Connection names. */
export function answerHeaders(headers: RawHeaders): string[] {
  return without(headers, answerWatch, '');
}
