import type { RawHeaders } from '../core/headers.ts';
import type { CapturedRequest } from '../core/webhook.ts';
import { canonicalName, pinnedTarget } from '../core/pinnedTarget.ts';

/** A secret target that a route calls its bot host with instead of the caller's own. */
export interface Pinned {
  /** What the bot host gets of a caller's request: the secret target, with the caller's query behind it. */
  request(request: CapturedRequest): CapturedRequest;
  /**
   * An answer's headers without the fields that give the secret target away, however it is percent-encoded there: a
   * Location, a Content-Location, a Link or a cookie's Path that names its path or one of its parameters. So a redirect
   * of a bot host to itself loses its Location: better that than to show a bot's token to whoever calls a public path.
   * The body is the bot's own word and is not looked into.
   */
  withhold(headers: RawHeaders): RawHeaders;
}

/** A path or a value of this length stands for itself; a shorter one (`/pay`, `7`) is in many a harmless URL too. */
const tellingLength = 12;

/** Encoded into one another so often at most: a URL in a parameter of a URL in a parameter. */
const encodingsMax = 4;

/** Escapes and case undone, so that one text is found in another however either is written. */
function plain(text: string): string {
  let decoded = text;
  for (let round = 0; round < encodingsMax && decoded.includes('%'); round += 1) {
    decoded = decoded.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
  return decoded.replaceAll('+', ' ').toLowerCase();
}

function valueOf(pair: string): string {
  return pair.includes('=') ? pair.slice(pair.indexOf('=') + 1) : pair;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** What tells a parameter, as a pattern: a long value wherever it stands, a short one behind its name. */
function parameterPattern(pair: string): string[] {
  const value = plain(valueOf(pair));
  if (value.length >= tellingLength) return [escaped(value)];
  return /=./.test(pair) ? [`(?<![\\w-])${escaped(plain(pair))}(?![\\w-])`] : [];
}

/** What tells a target, in plain text: its path, where that is long or all there is, and each of its parameters. */
function tellingPattern(path: string, pairs: readonly string[]): RegExp | null {
  const patterns = pairs.flatMap(parameterPattern);
  const bare = plain(path).replace(/\/+$/, '');
  if (bare.length >= tellingLength || (bare !== '' && patterns.length === 0))
    patterns.push(`${escaped(bare)}(?![\\w-])`);
  return patterns.length === 0 ? null : new RegExp(patterns.join('|'));
}

/** The one parameter that is made to be shown to the caller: a bot platform answers with a redirect to it. */
function isShown(pair: string): boolean {
  return canonicalName(pair.split('=', 1)[0] ?? '') === 'redirect_to';
}

/** Makes what a route's `forwardTo` (path and query) does to requests and answers. */
export function pinnedBy(forwardTo: string): Pinned {
  const [path = '', ...queries] = forwardTo.split('?');
  const pairs = queries.join('?').split(/[&;]/);
  const telling = tellingPattern(
    path,
    pairs.filter((pair) => !isShown(pair)),
  );
  const shown = new Set(pairs.filter(isShown).map((pair) => plain(valueOf(pair))));

  function isTelling(value: string): boolean {
    if (telling === null) return false;
    const text = plain(value);
    return telling.test(text) && !shown.has(text);
  }

  return {
    request: (request) => ({ ...request, target: pinnedTarget(forwardTo, request.target) }),
    withhold(headers) {
      const kept: string[] = [];
      for (let at = 0; at + 1 < headers.length; at += 2) {
        const value = headers[at + 1] as string;
        if (!isTelling(value)) kept.push(headers[at] as string, value);
      }
      return kept;
    },
  };
}
