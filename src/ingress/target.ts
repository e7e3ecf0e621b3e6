// Checks of the request target (path and query as they stand on the wire).
//
// We choose route, link policy and limits by the raw path and send it on untouched, so a path must mean to the bot host
// what it means here. Servers that decode, fold or merge before they route would otherwise reach a strict route through
// the spelling that matched a lax one. Refused, therefore, in the path:
//   - absolute, authority and asterisk forms: the path alone is looked at here, another server may look at the rest;
//   - `\` (WHATWG URL parsers read it as `/`), `#` (cuts the rest off), all that is not printable ASCII;
//   - `//`: nginx and others merge it, URL parsers read a host into it;
//   - `.` and `..` segments, with or without `;parameters` (Tomcat drops those first);
//   - percent-encodings of `/`, `\`, controls and unreserved characters (RFC 3986, 2.3 and 6.2.2.2: a spelling that no
//     producer should make and that every normaliser undoes), among them every `%2e`; and `%` without two hex digits.
// In the query only `#` and what is not printable ASCII are refused (Node's parser takes neither controls nor bytes above
// 0x7e anyway): senders put raw `%` and `\` there.

/** What `pathEnd` gives for a target that must be refused. */
export const malformedTarget = -1;

const slash = 0x2f;
const question = 0x3f;
const percent = 0x25;
const dot = 0x2e;
const semicolon = 0x3b;

/** Never allowed, in the path or in the query. */
function isForbidden(code: number): boolean {
  return code <= 0x20 || code >= 0x7f || code === 0x23;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Whether the byte may stand percent-encoded in a path. */
function mayBeEncoded(byte: number): boolean {
  if (byte < 0x20 || byte === 0x7f || byte === slash || byte === 0x5c) return false;
  const lower = byte | 0x20;
  const isAlphanumeric = (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
  // - . _ ~
  return !(isAlphanumeric || byte === 0x2d || byte === dot || byte === 0x5f || byte === 0x7e);
}

function isSoundEscape(target: string, at: number): boolean {
  const high = hexDigit(target.charCodeAt(at + 1));
  const low = hexDigit(target.charCodeAt(at + 2));
  return high >= 0 && low >= 0 && mayBeEncoded(high * 16 + low);
}

/** Whether the segment that begins at `from` is empty, `.` or `..`, up to a `/`, a `;`, a `?` or the end. */
function isDotSegment(target: string, from: number): boolean {
  let at = from;
  while (target.charCodeAt(at) === dot) at += 1;
  const dots = at - from;
  if (dots !== 1 && dots !== 2) return false;
  const next = target.charCodeAt(at);
  return Number.isNaN(next) || next === slash || next === semicolon || next === question;
}

function isSoundQuery(target: string, from: number): boolean {
  for (let at = from; at < target.length; at += 1) {
    if (isForbidden(target.charCodeAt(at))) return false;
  }
  return true;
}

/**
 * Where the path of `target` ends (the index of `?`, or the length), or `malformedTarget` for a target that is refused.
 * Linear, without allocation.
 */
export function pathEnd(target: string): number {
  if (target.charCodeAt(0) !== slash) return malformedTarget;
  for (let at = 0; at < target.length; at += 1) {
    const code = target.charCodeAt(at);
    switch (code) {
      case question:
        return isSoundQuery(target, at + 1) ? at : malformedTarget;
      case slash:
        if (target.charCodeAt(at + 1) === slash || isDotSegment(target, at + 1)) return malformedTarget;
        break;
      case percent:
        if (!isSoundEscape(target, at)) return malformedTarget;
        break;
      case 0x5c:
        return malformedTarget;
      default:
        if (isForbidden(code)) return malformedTarget;
    }
  }
  return target.length;
}
