// Which requests may be passed on by http-proxy at all. Pure; it judges what stood on the wire (method, raw target, raw
// headers), never what Node made of it. When in doubt it refuses: a request that two servers may read in two ways is how
// requests are smuggled, and a path that two servers may read in two ways is how a route's checks are gone round.
import { METHODS } from 'node:http';
import type { RawHeaders } from '../core/headers.ts';
import { headerValues } from '../core/headers.ts';
import type { PassThroughRefusal } from './contract.ts';
import { isPlainHost } from './forwardedHeaders.ts';

/** The head of a request, as `IncomingMessage` has it. */
export interface InboundHead {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly httpVersion: string;
  readonly rawHeaders: RawHeaders;
}

/**
 * Methods for which a chunked body is not passed on. http-proxy 1.18.1 turns it into `Content-Length: 0` on DELETE and
 * OPTIONS and sends the body all the same, as the next request (CVE-2026-29057); for the others Node's client sends no
 * chunks of itself. Such bodies mean nothing anyway (RFC 9110, 9.3).
 */
const methodsWithoutChunks: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

/** TRACE would echo our headers to the caller; CONNECT is no request for a bot host; SOURCE is Icecast's, not HTTP's. */
const methodsRefused: ReadonlySet<string> = new Set(['TRACE', 'CONNECT', 'SOURCE']);

/** Node's parser also takes `RTSP/1.0` for HTTP/1.0, and with it methods of which no HTTP server knows the framing. */
const methodsOfHttp: ReadonlySet<string> = new Set(METHODS);

/** What must not stand anywhere in a target: controls, blanks, a fragment. */
const neverInTarget = /[\0- \x7f#]/;

/**
 * What must not stand in a path. Hosts behind read these as another path, which may be a route's own:
 * a backslash; an empty segment (http-proxy and nginx merge slashes); `.` and `..`, plain, coded, or with `;` behind;
 * a coded slash, backslash or control; coded letters, digits, `-`, `.`, `_`, which no honest client codes (RFC 3986, 2.3).
 */
const neverInPath =
  /\\|\/\/|\/(?:\.|%2e){1,2}(?:[/;]|$)|%(?:2f|5c|[01][0-9a-f]|7f|2d|2e|5f|3[0-9]|[46][1-9a-f]|[57][0-9a])/i;

function isPlainTarget(target: string): boolean {
  if (!target.startsWith('/') || neverInTarget.test(target)) return false;
  const query = target.indexOf('?');
  return !neverInPath.test(query === -1 ? target : target.slice(0, query));
}

function isOneHost(head: InboundHead): boolean {
  const [host, ...more] = headerValues(head.rawHeaders, 'host');
  if (host === undefined) return head.httpVersion === '1.0';
  return more.length === 0 && isPlainHost(host);
}

/** Exactly one way to tell where the body ends: none, one length, or chunks alone. */
function isPlainlyFramed(head: InboundHead, method: string): boolean {
  const lengths = headerValues(head.rawHeaders, 'content-length');
  const codings = headerValues(head.rawHeaders, 'transfer-encoding');
  if (codings.length === 0) return lengths.length === 0 || (lengths.length === 1 && isLength(lengths[0]));
  return (
    codings.length === 1 &&
    codings[0]?.toLowerCase() === 'chunked' &&
    lengths.length === 0 &&
    head.httpVersion === '1.1' &&
    !methodsWithoutChunks.has(method)
  );
}

function isLength(value: string | undefined): boolean {
  return value !== undefined && /^\d{1,15}$/.test(value);
}

/** Why the request is not passed on, or null where it may be. */
export function refusalOf(head: InboundHead): PassThroughRefusal | null {
  const method = head.method ?? '';
  if (methodsRefused.has(method) || !methodsOfHttp.has(method)) return 'method';
  if (!isPlainTarget(head.url ?? '')) return 'target';
  if (!isOneHost(head)) return 'host';
  if (!isPlainlyFramed(head, method)) return 'framing';
  return null;
}

/** Why the upgrade is not passed on, or null where it may be: only WebSockets are (RFC 6455, 4.1), and without a body. */
export function upgradeRefusalOf(head: InboundHead): PassThroughRefusal | null {
  const refusal = refusalOf(head);
  if (refusal !== null) return refusal;
  const upgrades = headerValues(head.rawHeaders, 'upgrade');
  const options = headerValues(head.rawHeaders, 'connection').join(',').toLowerCase().split(',');
  const isWebSocket =
    head.method === 'GET' &&
    head.httpVersion === '1.1' &&
    upgrades.length === 1 &&
    upgrades[0]?.toLowerCase() === 'websocket' &&
    options.some((option) => option.trim() === 'upgrade');
  if (!isWebSocket) return 'upgrade';
  const hasBody = headerValues(head.rawHeaders, 'content-length').some((length) => Number(length) > 0);
  return hasBody ? 'framing' : null;
}
