import type { CapturedRequest } from './webhook.ts';
import { headerValue } from './headers.ts';

// A host and a port, nothing else: what a caller puts into Host is signed and shown to bots, so it must not be able to
// bring in a path, a user, or text. 255 is the longest DNS name; with brackets and port that is a little more.
const authority = /^(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/**
 * The URL that the caller called. With a `publicBase` nothing of the request but its target counts; without, the scheme
 * is the listener's and the authority the caller's own Host, or `localhost` where that is missing or not plain.
 */
export function publicUrlOf(
  publicBase: string | null,
  request: Pick<CapturedRequest, 'target' | 'headers' | 'scheme'>,
): string {
  if (publicBase !== null) return publicBase + request.target;
  const host = headerValue(request.headers, 'host');
  return `${request.scheme}://${host !== null && authority.test(host) ? host : 'localhost'}${request.target}`;
}
