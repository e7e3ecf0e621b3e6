import type { LinkBody } from '../admin/index.ts';
import type { Config } from '../config/index.ts';
import { HookwardError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { getUrlFor, newLinkId, type LinkRequest } from '../links/index.ts';

/** The fields of the link itself, without those that were not given. */
function requestOf({ bot, command, user_id, content, redirect_to, expires }: LinkBody): LinkRequest {
  return {
    bot,
    command,
    ...(user_id !== undefined && { user_id }),
    ...(content !== undefined && { content }),
    ...(redirect_to !== undefined && { redirect_to }),
    ...(expires !== undefined && { expires: Date.parse(expires) }),
  };
}

/** A link, and the id by which it can be revoked; null: links of its scheme have none. */
export interface MadeLink {
  readonly url: string;
  readonly linkId: string | null;
}

/**
 * Makes the webhook URL that a person asks for, by the routes and keys of the configuration.
 *
 * @param base Where senders reach the public listener, if the configuration does not say it.
 * @throws HookwardError `entry-not-found` (no such route), `usage-wrong` (no key or bot token for it, a bad field)
 */
export function makeLink(link: LinkBody, config: Config, base: string, random: Random): MadeLink {
  const route = config.routes.find(({ name }) => name === link.route);
  if (route === undefined) {
    throw new HookwardError('entry-not-found', { message: `There is no route named ${link.route}.` });
  }
  const place = { publicUrl: config.publicUrl ?? base, path: route.path };
  const { keys, botTokens } = config.links;
  if (link.scheme === 'bots-business') {
    return { url: getUrlFor(requestOf(link), { scheme: link.scheme, botTokens, ...place }), linkId: null };
  }
  const linkId = newLinkId(random);
  return { url: getUrlFor(requestOf(link), { scheme: link.scheme, keys, linkId, ...place }), linkId };
}

/** What the audit log says of a link that was made: all but what makes it work. */
export function linkSubject({ route, bot, command }: LinkBody, { linkId }: MadeLink): string {
  return `route ${route}, bot ${bot}, command ${command}${linkId === null ? '' : `, link ${linkId}`}`;
}
