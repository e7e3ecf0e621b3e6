import type { LinkRequest } from './contract.ts';
import { HookwardError } from '../core/errors.ts';
import { platformQuery, platformUserPattern } from './botsBusiness.ts';
import { isLinkId } from './linkId.ts';
import { safeRedirect } from './redirect.ts';
import { linkSecrets, type LinkKey } from './secrets.ts';
import { signedQuery } from './signedLink.ts';

/** Where links lead. */
export interface LinkPlace {
  /** The configuration's `publicUrl`: http or https, without query; a path in it is put before the route's. */
  readonly publicUrl: string;
  /** The route's path as Hookward sees it. `:bot` is replaced; without it the bot travels as a covered parameter. */
  readonly path: string;
}

/** How links are made. */
export type LinkSettings = LinkPlace &
  (
    | {
        readonly scheme: 'hookward';
        /** The first one signs. */
        readonly keys: readonly LinkKey[];
        /** By which the link can be revoked; see `newLinkId`. */
        readonly linkId: string;
      }
    | {
        readonly scheme: 'bots-business';
        /** Bot token by bot id. */
        readonly botTokens: Readonly<Record<string, string>>;
      }
  );

const botPlaceholder = /(?<=\/):bot(?=\/|$)/;

function wrong(message: string): never {
  throw new HookwardError('usage-wrong', { message });
}

function baseOf(publicUrl: string): string {
  const usable =
    /^https?:\/\//i.test(publicUrl) && URL.canParse(publicUrl) && safeRedirect(publicUrl) !== null;
  if (!usable || /[?#]/.test(publicUrl)) {
    return wrong('publicUrl must be an http or https URL without query, fragment or credentials');
  }
  return new URL(publicUrl).href.replace(/\/+$/, '');
}

/** The path with the bot in its place. The ids allowed are those that no encoder and no dot-segment rule changes. */
function pathFor(path: string, bot: string): string {
  if (!/^[A-Za-z0-9._~-]{1,128}$/.test(bot) || /^\.{1,2}$/.test(bot)) {
    return wrong('bot must be 1 to 128 letters, digits or any of . _ ~ -');
  }
  const filled = path.replace(botPlaceholder, bot);
  if (!/^\/[^\s?#\\]*$/.test(filled) || /\/:[^/]|\*/.test(filled)) {
    return wrong('path must begin with /, and have no placeholder but one :bot');
  }
  return filled;
}

/** The text of a request's user id; null for a global webhook. */
function userOf(user: LinkRequest['user_id']): string | null {
  if (user === undefined) return null;
  const text = String(user);
  const usable = typeof user === 'number' ? Number.isSafeInteger(user) && user > 0 : text !== '';
  // An empty id is refused rather than taken for "no user": a mistake must not make a link global.
  return usable
    ? text
    : wrong('user_id must be text or a positive whole number; leave it out for a global webhook');
}

function redirectOf(redirectTo: string | undefined): string | null {
  if (redirectTo === undefined) return null;
  const message =
    'redirect_to must be an absolute http or https URL without credentials, spaces, control characters or backslashes';
  return safeRedirect(redirectTo) ?? wrong(message);
}

function expiresOf(expires: number | undefined): number | null {
  if (expires === undefined) return null;
  const seconds = Math.floor(expires / 1000);
  // Eleven digits reach the year 5138.
  const usable = seconds >= 1 && seconds <= 99_999_999_999;
  return usable ? seconds : wrong('expires must be a time in milliseconds since the epoch');
}

/** With the `u` flag a surrogate that has its partner is no surrogate. One without has no UTF-8 form: no URL could carry it. */
const loneSurrogate = /\p{Surrogate}/u;

function checkText(request: LinkRequest): void {
  if (request.command === '') wrong('command must not be empty');
  const texts = [request.command, request.content ?? '', String(request.user_id ?? '')];
  if (texts.some((text) => loneSurrogate.test(text))) wrong('the link holds text that is not well-formed');
}

function queryFor(request: LinkRequest, settings: LinkSettings, path: string): string {
  const { bot, command } = request;
  const user = userOf(request.user_id);
  const redirectTo = redirectOf(request.redirect_to);
  if (settings.scheme === 'bots-business') {
    const botToken = Object.hasOwn(settings.botTokens, bot) ? settings.botTokens[bot] : undefined;
    if (botToken === undefined) return wrong('there is no token for this bot in links.botTokens');
    if (request.expires !== undefined) return wrong('bots-business links cannot expire');
    if (!botPlaceholder.test(settings.path)) return wrong('bots-business links need :bot in the path');
    if (user !== null && !platformUserPattern.test(user)) {
      return wrong('user_id of a bots-business link must be digits');
    }
    const content = request.content ?? null;
    // As given, not canonical: the URL is to be the one that the platform's library makes.
    return platformQuery({
      botToken,
      command,
      user: user ?? '',
      content,
      redirectTo: request.redirect_to ?? null,
    });
  }
  const [signing] = linkSecrets(settings.keys);
  if (signing === undefined) return wrong('there is no key in links.keys to sign the link with');
  if (!isLinkId(settings.linkId)) return wrong('linkId must be 1 to 64 letters, digits, - or _');
  const [keyId, secret] = signing;
  const fields = {
    keyId,
    linkId: settings.linkId,
    path,
    bot,
    command,
    user,
    content: request.content ?? null,
    redirectTo,
    expires: expiresOf(request.expires),
  };
  return signedQuery(fields, secret, !botPlaceholder.test(settings.path));
}

/**
 * Makes a webhook URL. `bots-business`: character for character the one that the platform's `Libs.Webhooks.getUrlFor`
 * makes, with its md5 token over bot, user and command. `hookward`: a token over every field; `redirect_to` is put into
 * its canonical form, `expires` is cut to seconds.
 *
 * @throws HookwardError `usage-wrong` for a request or a place that no link can be made of, `config-invalid` for
 * unusable keys.
 */
export function getUrlFor(request: LinkRequest, settings: LinkSettings): string {
  checkText(request);
  const path = pathFor(settings.path, request.bot);
  return `${baseOf(settings.publicUrl)}${path}?${queryFor(request, settings, path)}`;
}
