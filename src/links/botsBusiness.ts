// The bot platform's own scheme, as its Libs.Webhooks makes it (github.com/bots-business/store-libs, webhooks.js): kept
// so that bots and URLs that exist go on working. What its token does not cover, nobody here relies on.
import { hash } from 'node:crypto';
import { decoded } from './query.ts';
import { sameText } from './secrets.ts';

export const platformToken = 'public_user_token';

/** The parameters that the token is made of, and itself. `content` and `redirect_to` are not covered by it. */
export const platformCovered: readonly string[] = ['command', 'user_id', platformToken];

/** The platform's user ids. Other text would be ambiguous: user `77-a` of `b` has the token of user `77` of `a-b`. */
export const platformUserPattern = /^[0-9]{1,20}$/;

/** What the token is made of. `user` is empty for a global webhook. */
export interface PlatformLink {
  readonly botToken: string;
  readonly user: string;
  readonly command: string;
}

/**
 * The platform's token: md5, in hex, over the *low byte* of each UTF-16 code unit, as its library's MD5 takes them; not
 * over UTF-8. Texts that differ in high bytes only have the same token: a weakness of the scheme, not curable here.
 */
export function platformTokenOf({ botToken, user, command }: PlatformLink): string {
  return hash('md5', Buffer.from(`${botToken}-${user}-${command} Salt is very salty!`, 'latin1'), 'hex');
}

/** The values of a platform link whose token is right. */
export interface PlatformFields {
  readonly command: string;
  readonly user: string | null;
}

/** Reads the covered values; null where they are missing or malformed. */
export function platformFields(raw: ReadonlyMap<string, string>): PlatformFields | null {
  const command = decoded(raw.get('command') ?? '');
  const user = raw.get('user_id') ?? null;
  if (command === null || command === '') return null;
  return user === null || platformUserPattern.test(user) ? { command, user } : null;
}

/** Whether the token among the raw values is the one of `fields`. */
export function isPlatformTokenRight(
  raw: ReadonlyMap<string, string>,
  fields: PlatformFields,
  botToken: string,
): boolean {
  const right = platformTokenOf({ botToken, user: fields.user ?? '', command: fields.command });
  return sameText(raw.get(platformToken) ?? '', right);
}

/** The query of a platform link, in the library's order and encoding; its first pair is empty there too. */
export function platformQuery(
  link: PlatformLink & { readonly content: string | null; readonly redirectTo: string | null },
): string {
  const optional = (name: string, value: string | null) =>
    value === null || value === '' ? '' : `&${name}=${value}`;
  return (
    `&command=${encodeURIComponent(link.command)}` +
    optional(platformToken, platformTokenOf(link)) +
    optional('user_id', link.user) +
    optional('content', encodeURIComponent(link.content ?? '')) +
    optional('redirect_to', encodeURIComponent(link.redirectTo ?? ''))
  );
}
