// Which of the configured addresses are this very process, or this machine only.
import { isIP } from 'node:net';

/** The parts of an address; null where it is none. */
export function urlOf(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

/** Whether a listener on `host` is reached from this machine only. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost') return true;
  if (isIP(bare) === 4) return bare.startsWith('127.');
  return bare === '::1' || /^::ffff:127\./.test(bare);
}

function isWildcard(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === '0.0.0.0' || bare === '::' || bare === '';
}

/** Whether a call of `url` would come in at a listener on `host` and `port`, as far as the texts can tell. */
export function reachesListener(
  url: string,
  listener: { readonly host: string; readonly port: number },
): boolean {
  const called = urlOf(url);
  if (called === null || listener.port === 0) return false;
  const port = called.port === '' ? (called.protocol === 'https:' ? 443 : 80) : Number(called.port);
  if (port !== listener.port) return false;
  const own = listener.host.toLowerCase();
  if (called.hostname.replace(/^\[|\]$/g, '') === own) return true;
  const calledIsHere = isLoopback(called.hostname) || isWildcard(called.hostname);
  return calledIsHere && (isLoopback(own) || isWildcard(own));
}
