// `forwardTo`: the secret path and query behind a public path.
import { canonicalName } from '../../core/pinnedTarget.ts';
import { urlOf } from './addresses.ts';

/** Path and query as the bot host is called with them, or what is wrong. Neither words repeat anything of the secret. */
export type ForwardTo =
  | { readonly ok: true; readonly target: string }
  | { readonly ok: false; readonly message: string; readonly hint: string };

type Wrong = ForwardTo & { readonly ok: false };

const wrong = (message: string, hint: string): Wrong => ({ ok: false, message, hint });

const authority = /^https?:\/\/[^/?#]*/i;

/** What is left of a whole address behind the bot host's `url`; null where it does not begin with that. */
function behindHost(text: string, written: string, hostUrl: string): string | null {
  const host = urlOf(hostUrl);
  const called = urlOf(written);
  if (host === null || called === null || called.origin !== host.origin) return null;
  if (called.username !== '' || called.password !== '') return null;
  const base = host.pathname.replace(/\/+$/, '');
  const target = text.slice(written.length);
  return target.startsWith(`${base}/`) ? target.slice(base.length) : null;
}

/** What no request could have, or what servers read in more than one way. */
function formProblem(target: string): Wrong | null {
  const [path = '', query = ''] = target.split(/\?(.*)/s);
  if (!/^\/[!-~]*$/.test(target))
    return wrong(
      'expected a path and query such as /v1/bots/7/new-webhook?command=%2Fpaid',
      'write spaces and letters beyond ASCII as %XX',
    );
  if (target.includes('#')) return wrong('a # and what follows it is never sent', 'write %23 for a plain #');
  if (/%(?![0-9A-Fa-f]{2})/.test(target))
    return wrong('% needs two hex digits behind it', 'write %25 for a plain %');
  if (/\\|\/\/|\/(?:\.|%2e){1,2}(?:[/;]|$)/i.test(path))
    return wrong('the path has //, a backslash or a dot segment', 'write the path that is meant');
  const names = query
    .split(/[&;]/)
    .filter((pair) => pair !== '')
    .map((pair) => canonicalName(pair.split('=', 1)[0] ?? ''));
  return new Set(names).size === names.length
    ? null
    : wrong('a parameter stands in the query twice', 'leave one out: servers differ in which one they take');
}

/**
 * Reads a route's `forwardTo`.
 *
 * @param text A path with its query, or a whole address.
 * @param hostUrl The `url` of the route's bot host, which a whole address must begin with; null where it is not known.
 */
export function readForwardTo(text: string, hostUrl: string | null): ForwardTo {
  const written = authority.exec(text)?.[0];
  let target: string | null = text;
  if (written !== undefined)
    target = hostUrl === null ? text.slice(written.length) : behindHost(text, written, hostUrl);
  if (target === null)
    return wrong(
      "a whole address must begin with the url of the route's bot host",
      'write the path and query alone, or name the right botHost',
    );
  return formProblem(target) ?? { ok: true, target };
}
