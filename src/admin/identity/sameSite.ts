// Where a call comes from, as browsers say it. A page of another site must be able to change nothing here.
import { isLoopback } from '../loopback.ts';

/** The fields of a request that a page cannot forge. */
export interface CallOrigin {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`, which the browser itself makes of both addresses. */
  readonly fetchSite: string | undefined;
}

const authorityOf = (origin: string) => /^https?:\/\/([^/]+)$/.exec(origin)?.[1];

/** Whether a Host header names this machine's loopback: anything else is a web page's name rebound to it. */
export function isLoopbackHost(host: string | undefined): boolean {
  if (host === undefined) return false;
  return isLoopback(host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'));
}

/** Whether no page of another site can have caused the call, on a listener that takes calls of this machine only. */
export function isLocalCall({ host, origin, fetchSite }: CallOrigin): boolean {
  if (!isLoopbackHost(host) || fetchSite === 'cross-site' || fetchSite === 'same-site') return false;
  return origin === undefined || isLoopbackHost(authorityOf(origin));
}

/**
 * Whether the call comes from a page of this very origin, or from no page. Where the browser says so itself it counts
 * for more than a comparison with Host, which a proxy in front may have changed.
 */
export function isSameOrigin({ host, origin, fetchSite }: CallOrigin): boolean {
  if (fetchSite !== undefined) return fetchSite === 'same-origin' || fetchSite === 'none';
  return origin === undefined || (host !== undefined && authorityOf(origin) === host);
}
