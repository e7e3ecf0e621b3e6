// One pass over a request's raw header for what the road must know before it reads a body. `req.headers` would build an
// object, join repeats and lose a `__proto__`; the raw list shows what was sent.
import type { IncomingMessage } from 'node:http';
import type { RawHeaders } from '../core/headers.ts';
import { Refusal } from './refusals.ts';

/** What the header says about the message's framing and about who calls. */
export interface RequestHead {
  /** Whether a body follows (RFC 9112, 6.3). */
  readonly hasBody: boolean;
  /** The body's length as declared; null for a chunked one. */
  readonly contentLength: number | null;
  readonly origin: string | null;
}

/**
 * The authority's characters (RFC 3986, 3.2) without user info; anything else (`/`, `@`, space ...) would let a URL that
 * is built from Host name another host or path.
 */
const hostValue = /^[A-Za-z0-9._~!$&'()*+,;=:%[\]-]*$/;

/** Values of the few fields that are looked at. */
class HeadReader {
  hosts = 0;
  isHostSound = true;
  codings = 0;
  isChunked = false;
  contentLength: number | null = null;
  origin: string | null = null;

  read(name: string, value: string): void {
    // Lengths first: of a dozen fields only the few that have one of these are folded and compared.
    switch (name.length) {
      case 4:
        if (name.toLowerCase() === 'host') this.#host(value);
        return;
      case 6:
        if (name.toLowerCase() === 'origin') this.origin = value;
        return;
      case 14:
        // Digits only, one value: the parser has refused everything else.
        if (name.toLowerCase() === 'content-length') this.contentLength = Number(value);
        return;
      case 17:
        if (name.toLowerCase() === 'transfer-encoding') this.#coding(value);
        return;
      default:
    }
  }

  #host(value: string): void {
    this.hosts += 1;
    this.isHostSound &&= hostValue.test(value);
  }

  #coding(value: string): void {
    this.codings += 1;
    this.isChunked = value.length === 7 && value.toLowerCase() === 'chunked';
  }

  /**
   * Exactly one Host in HTTP/1.1 (RFC 9112, 3.2), which Node does not ask for. The one transfer coding that is taken off
   * is `chunked`: any other, an empty one or a second one would be lost, or read differently behind us; and none with
   * a Content-Length or in HTTP/1.0 (RFC 9112, 6.1: a sign of smuggling).
   */
  isSound(isHttp10: boolean): boolean {
    if (!this.isHostSound || this.hosts > 1 || (this.hosts === 0 && !isHttp10)) return false;
    if (this.codings === 0) return true;
    return this.codings === 1 && this.isChunked && this.contentLength === null && !isHttp10;
  }
}

/** A request as Node's parser gives it. */
export type ParsedMessage = Pick<IncomingMessage, 'rawHeaders' | 'httpVersion'>;

/**
 * Reads the head of a request, or says why it is refused. Node's parser takes `HTTP/0.9` and `HTTP/2.0` in a request line
 * too, for which none of these rules are made.
 *
 * @param headersMax Most header lines taken.
 */
export function readHead(
  { rawHeaders, httpVersion }: ParsedMessage,
  headersMax: number,
): RequestHead | Refusal {
  const isHttp10 = httpVersion === '1.0';
  if (!isHttp10 && httpVersion !== '1.1') return Refusal.of('malformed-request');
  const headers: RawHeaders = rawHeaders;
  if (headers.length > headersMax * 2) return Refusal.of('headers-too-large');
  const reader = new HeadReader();
  for (let at = 0; at + 1 < headers.length; at += 2) {
    reader.read(headers[at] as string, headers[at + 1] as string);
  }
  if (!reader.isSound(isHttp10)) return Refusal.of('malformed-request');
  const { contentLength, origin, isChunked } = reader;
  return { hasBody: isChunked || (contentLength ?? 0) > 0, contentLength, origin };
}
