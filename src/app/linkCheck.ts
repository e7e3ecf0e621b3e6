import type { LinkCheck } from '../admin/index.ts';
import type { IngressSettings } from '../ingress/index.ts';
import { describeLink, type LinkDescription, type LinkVerifier } from '../links/index.ts';

/** What links are tried with. */
interface LinkSettings {
  readonly ingress: Pick<IngressSettings, 'routes'>;
  readonly links: LinkVerifier;
}

function describedLink(link: LinkDescription): LinkCheck['link'] {
  const { expires, ...rest } = link;
  // A signed link may name any number of seconds: one beyond what a date can be never ends.
  const end = expires === null ? null : new Date(expires);
  return { ...rest, expires: end === null || Number.isNaN(end.getTime()) ? null : end.toISOString() };
}

/**
 * Tries a webhook URL, whole or from its path on, as a call of it would be tried; nobody is called.
 *
 * @param now Milliseconds since the epoch: links can expire.
 */
export function checkLink(url: string, { ingress, links }: LinkSettings, now: number): LinkCheck {
  const target = url.trim().replace(/^https?:\/\/[^/?#]*/i, '');
  const [path = ''] = target.split('?', 1);
  const match = ingress.routes.match(path);
  const description = describeLink(target, match?.bot ?? null);
  const link = description === null ? null : describedLink(description);
  if (match === null) return { route: null, isTaken: false, refusal: 'no-route', link };
  const { route, bot } = match;
  if (route.link === 'none') return { route: route.name, isTaken: true, refusal: null, link };
  const verdict = links.verify({ target, bot, accepts: route.link, now });
  const refusal = verdict.valid ? null : verdict.refusal;
  return { route: route.name, isTaken: verdict.valid, refusal, link };
}
