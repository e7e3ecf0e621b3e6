// Routes whose public path stands for a secret one (`forwardTo`): what a caller must not give there, and what of the
// secret one is shown to searches.
import { headerValues, type RawHeaders } from '../core/headers.ts';
import { fixedNames, givesFixed, isFixedName } from '../core/pinnedTarget.ts';
import { queryValue } from './query.ts';

/** What ingress keeps of a `forwardTo`: nothing that is secret. */
export interface Pinned {
  /** Canonical names of the parameters that no caller may give. */
  readonly fixed: ReadonlySet<string>;
  /** The bot and the user that it names; null: none. */
  readonly bot: string | null;
  readonly user: string | null;
}

/** Reads what is fixed in a `forwardTo`. */
export function preparePinned(forwardTo: string): Pinned {
  const question = forwardTo.indexOf('?');
  const pathEnd = question === -1 ? forwardTo.length : question;
  return {
    fixed: fixedNames(forwardTo),
    bot: /\/bots\/([^/]+)/.exec(forwardTo.slice(0, pathEnd))?.[1] ?? null,
    user: queryValue(forwardTo, pathEnd, 'user_id'),
  };
}

/** Whether the caller's query gives a parameter that is fixed. */
export function isFixedInQuery(
  pinned: Pinned | null,
  { target, pathEnd }: { readonly target: string; readonly pathEnd: number },
): boolean {
  return pinned !== null && pathEnd < target.length && givesFixed(target.slice(pathEnd + 1), pinned.fixed);
}

/** Without a type some servers take a body for a form (Python's cgi.FieldStorage does, of POST). */
function isUrlencoded(types: readonly string[]): boolean {
  return types.length === 0 || types.some((type) => /x-www-form-urlencoded/i.test(type));
}

function isMultipart(types: readonly string[]): boolean {
  return types.some((type) => /multipart\//i.test(type));
}

/** Whatever could be the name of a part (RFC 7578, 4.2), or of a file, wherever it stands. */
const partName = /name\*?\s*=\s*(?:[\w-]*'[\w-]*')?"?([^";\r\n]*)/gi;

function givesFixedPart(body: string, fixed: ReadonlySet<string>): boolean {
  // A backslash stands for what follows it (RFC 9110, 5.6.4).
  for (const [, name = ''] of body.matchAll(partName)) {
    if (isFixedName(name.replaceAll('\\', ''), fixed)) return true;
  }
  return false;
}

/**
 * Whether the names in the body are written in ASCII. A server that inflates bodies, or reads them in the charset that
 * the caller names (UTF-16, EBCDIC), would find names there that cannot be seen here.
 */
function isPlain(headers: RawHeaders): boolean {
  const codings = headerValues(headers, 'content-encoding');
  const charsets = headerValues(headers, 'content-type').flatMap((type) =>
    [...type.matchAll(/charset\s*=\s*"?([^";\s]*)/gi)].map(([, charset = '']) => charset),
  );
  return (
    codings.every((coding) => /^\s*(?:identity)?\s*$/i.test(coding)) &&
    charsets.every((charset) => /^(?:utf-?8|us-ascii|iso-8859-\d+|windows-125\d|koi8-[ru])$/i.test(charset))
  );
}

/**
 * Whether a form gives a parameter that is fixed, or is written so that it cannot be told. Bodies of other types are not
 * looked at: what stands in them is the sender's own words.
 */
export function isFixedInForm(pinned: Pinned | null, headers: RawHeaders, body: Buffer): boolean {
  if (pinned === null || pinned.fixed.size === 0 || body.length === 0) return false;
  const types = headerValues(headers, 'content-type');
  const isParts = isMultipart(types);
  const isFields = isUrlencoded(types);
  if (!isParts && !isFields) return false;
  if (!isPlain(headers)) return true;
  const text = body.toString('latin1');
  return (isFields && givesFixed(text, pinned.fixed)) || (isParts && givesFixedPart(text, pinned.fixed));
}
