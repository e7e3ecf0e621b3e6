// The link's token, where the route asks for one.
import type { IngressDeps } from './ports.ts';
import { Refusal } from './refusals.ts';
import type { RouteMatch } from './routeTable.ts';
import type { IngressRoute } from './settings.ts';

/** What is known of a call's bot, user and way back, once its link has been looked at. */
export interface CheckedLink {
  readonly bot: string | null;
  /** Undefined where no link was checked: then the query may name one. */
  readonly user: string | null | undefined;
  /** Where the caller is sent once the webhook is accepted. */
  readonly redirectTo: string | null;
}

/** Checks the token, where the route asks for one; a refusal where it is missing, wrong, expired or revoked. */
export function checkLink(
  { links, clock }: Pick<IngressDeps, 'links' | 'clock'>,
  { route, bot }: RouteMatch<IngressRoute>,
  target: string,
): CheckedLink | Refusal {
  if (route.link === 'none') return { bot, user: undefined, redirectTo: null };
  const verdict = links.verify({ target, bot, accepts: route.link, now: clock.now() });
  return verdict.valid ? verdict : Refusal.of(verdict.refusal);
}
