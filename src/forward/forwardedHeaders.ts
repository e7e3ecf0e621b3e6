import type { RawHeaders } from '../core/headers.ts';
import { headerValue } from '../core/headers.ts';

/** A host name or address with an optional port, and nothing that could break out of a header's syntax. */
const plainHost = /^[A-Za-z0-9._:[\]-]{1,261}$/;
const token = /^[A-Za-z0-9.-]+$/;

/** Whether the value of Host is a name or an address with an optional port, and nothing else. */
export function isPlainHost(host: string): boolean {
  return plainHost.test(host);
}

/**
 * `Forwarded` (RFC 7239) and its older kin, about one request.
 *
 * They are written anew and never appended to what the caller sent: bots take the left-most address as often as the
 * right-most, and only when there is one alone is it the same and not forgeable. `ip` is the client's address behind
 * every trusted proxy, so nothing that was true is lost. Every other header in which proxies put addresses (X-Real-IP,
 * CF-Connecting-IP ...) is passed on as it came, and is the caller's word.
 */
export function forwardedHeaders(params: {
  /** The client's address in canonical text. */
  readonly ip: string;
  readonly scheme: 'http' | 'https';
  /** The request's headers: their Host is told. */
  readonly headers: RawHeaders;
}): string[] {
  const { ip, scheme } = params;
  const host = headerValue(params.headers, 'host');
  const node = ip.includes(':') ? `"[${ip}]"` : ip;
  if (host === null || !isPlainHost(host)) {
    return ['Forwarded', `for=${node};proto=${scheme}`, 'X-Forwarded-For', ip, 'X-Forwarded-Proto', scheme];
  }
  const quoted = token.test(host) ? host : `"${host}"`;
  return [
    'Forwarded',
    `for=${node};host=${quoted};proto=${scheme}`,
    'X-Forwarded-For',
    ip,
    'X-Forwarded-Proto',
    scheme,
    'X-Forwarded-Host',
    host,
  ];
}
