// The `hookward` scheme: one HMAC-SHA256 over every field that a link can have, those that it lacks included, so that
// nothing can be changed, taken away or added under a covered name.
import { createHmac, type KeyObject } from 'node:crypto';
import { isLinkId } from './linkId.ts';
import { decodedExactly, encoded } from './query.ts';
import { safeRedirect } from './redirect.ts';

export const linkToken = 'hookward_token';

/** Names that may occur at most once in a called URL, and only where the token names them. */
export const signedCovered: readonly string[] = [
  'bot',
  'command',
  'user_id',
  'content',
  'redirect_to',
  'expires',
  linkToken,
];

/** All that a token covers. Null: the link does not have it. */
export interface SignedFields {
  readonly keyId: string;
  readonly linkId: string;
  /** The path as called. Covered so that a link for one route cannot be used on another. */
  readonly path: string;
  readonly bot: string;
  readonly command: string;
  readonly user: string | null;
  readonly content: string | null;
  readonly redirectTo: string | null;
  /** Unix seconds. */
  readonly expires: number | null;
}

/** Sets this use of a key apart from any other that an operator may make of it. */
const domain = 'hookward-link-v1\n';

/** The base64url HMAC. JSON keeps the fields apart whatever they hold; the order is part of the scheme. */
export function macOf(fields: SignedFields, secret: KeyObject): string {
  const text = JSON.stringify([
    fields.keyId,
    fields.linkId,
    fields.path,
    fields.bot,
    fields.command,
    fields.user,
    fields.content,
    fields.redirectTo,
    fields.expires,
  ]);
  return createHmac('sha256', secret)
    .update(domain + text, 'utf8')
    .digest('base64url');
}

/** A token taken apart. */
export interface TokenParts {
  readonly keyId: string;
  readonly linkId: string;
  readonly mac: string;
}

/** Null where `text` is no `<key id>.<link id>.<mac>`. */
export function parseToken(text: string): TokenParts | null {
  const match = /^([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{43})$/.exec(text);
  const [, keyId = '', linkId = '', mac = ''] = match ?? [];
  return isLinkId(linkId) ? { keyId, linkId, mac } : null;
}

/** Where a link was called: its path, and the bot that the path names. */
export interface CalledAt {
  readonly path: string;
  readonly bot: string | null;
}

/** Reads a link's fields from its raw values; null where one is malformed, or the bot is named nowhere or twice. */
export function signedFields(
  raw: ReadonlyMap<string, string>,
  { keyId, linkId }: TokenParts,
  { path, bot }: CalledAt,
): SignedFields | null {
  const texts = new Map<string, string>();
  for (const [name, value] of raw) {
    const text = decodedExactly(value);
    if (text === null) return null;
    texts.set(name, text);
  }
  const read = (name: string): string | null => texts.get(name) ?? null;
  const named = read('bot');
  const command = read('command');
  const user = read('user_id');
  const content = read('content');
  const redirectTo = read('redirect_to');
  const expires = read('expires');
  const linked = bot ?? named;
  if (linked === null || (bot !== null && named !== null) || command === null) return null;
  if (redirectTo !== null && safeRedirect(redirectTo) !== redirectTo) return null;
  if (expires !== null && !/^[1-9][0-9]{0,10}$/.test(expires)) return null;
  return {
    keyId,
    linkId,
    path,
    bot: linked,
    command,
    user,
    content,
    redirectTo,
    expires: expires === null ? null : Number(expires),
  };
}

/** The query of a link. `botInQuery`: the path does not name the bot, so a parameter must. */
export function signedQuery(fields: SignedFields, secret: KeyObject, botInQuery: boolean): string {
  const named: readonly (readonly [string, string | null])[] = [
    ['bot', botInQuery ? fields.bot : null],
    ['command', fields.command],
    ['user_id', fields.user],
    ['content', fields.content],
    ['redirect_to', fields.redirectTo],
    ['expires', fields.expires === null ? null : String(fields.expires)],
    [linkToken, `${fields.keyId}.${fields.linkId}.${macOf(fields, secret)}`],
  ];
  return named.flatMap(([name, value]) => (value === null ? [] : [`${name}=${encoded(value)}`])).join('&');
}
