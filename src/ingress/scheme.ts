import { headerValues, type RawHeaders } from '../core/headers.ts';

/** The last element of a list field that may be spread over several lines: what the nearest proxy wrote. */
function lastElement(headers: RawHeaders, name: string): string | null {
  const last = headerValues(headers, name).at(-1);
  return last === undefined
    ? null
    : last
        .slice(last.lastIndexOf(',') + 1)
        .trim()
        .toLowerCase();
}

/**
 * The scheme by which a trusted proxy was called: X-Forwarded-Proto, else Forwarded (RFC 7239, 5.4); `http` where it says
 * neither. Only for headers of a peer that is trusted.
 */
export function forwardedScheme(headers: RawHeaders): 'http' | 'https' {
  const proto = lastElement(headers, 'x-forwarded-proto');
  if (proto !== null) return proto === 'https' ? 'https' : 'http';
  const element = lastElement(headers, 'forwarded');
  return element !== null && /(?:^|;)\s*proto="?https"?\s*(?:;|$)/.test(element) ? 'https' : 'http';
}
