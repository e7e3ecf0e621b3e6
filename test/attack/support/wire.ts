// Reads HTTP/1.1 requests off raw bytes with no library in between, once as a bot host that forgives nothing and once as
// the judge who must know what a caller has really sent. One grammar (RFC 9112) for both.
import { headerValues } from '../../../src/core/headers.ts';

/** One request as it stood on the wire. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  /** Names and values by turns, Latin-1, optional white space taken off. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** What bytes amount to. */
export interface Reading {
  /** The requests that can be read in one way only, in order. */
  readonly requests: readonly WireRequest[];
  /** Why nothing behind them counts; null where they are all, or the next one is not whole yet. */
  readonly fault: string | null;
  /** Where the first byte stands that belongs to none of them. */
  readonly end: number;
}

/**
 * `strict`: what a proxy may send. `lenient`: what a recipient may take besides (RFC 9112, 2.2 and 7.1): empty lines
 * before a request, several blanks in its line, a bare LF as the end of a line, chunk extensions, trailers, any form of target. Also `RTSP/1.0`, which Node's parser reads,
 * and frames, as HTTP/1.0.
 */
export type Rigour = 'strict' | 'lenient';

/** Thrown inside: the bytes can be read in two ways, or in none. */
class Fault extends Error {}

/** Thrown inside: more bytes must come. */
class Unfinished extends Error {}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const digits = /^\d{1,15}$/;
/** A value's bytes: visible ones, blanks between them, and everything above ASCII. */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

class Reader {
  at: number;
  readonly #bytes: Buffer;
  readonly #rigour: Rigour;

  constructor(bytes: Buffer, at: number, rigour: Rigour) {
    this.#bytes = bytes;
    this.at = at;
    this.#rigour = rigour;
  }

  get isStrict(): boolean {
    return this.#rigour === 'strict';
  }

  line(): string {
    const feed = this.#bytes.indexOf(0x0a, this.at);
    if (feed < 0) throw new Unfinished();
    const isBare = this.#bytes[feed - 1] !== 0x0d || feed === this.at;
    if (isBare && this.isStrict) throw new Fault('a line ends with a bare LF');
    const text = this.#bytes.toString('latin1', this.at, isBare ? feed : feed - 1);
    if (text.includes('\r')) throw new Fault('a CR stands inside a line');
    this.at = feed + 1;
    return text;
  }

  take(length: number): Buffer {
    if (this.#bytes.length < this.at + length) throw new Unfinished();
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  request(): WireRequest {
    let line = this.line();
    while (line === '' && !this.isStrict) line = this.line();
    const [method = '', target = '', version = '', ...more] = line.split(this.isStrict ? ' ' : / +/);
    if (more.length > 0 || !token.test(method)) throw new Fault('the request line is malformed');
    const isOlder = version === 'HTTP/1.0' || version === 'RTSP/1.0';
    if (version !== 'HTTP/1.1' && (this.isStrict || !isOlder)) throw new Fault('the version');
    const targets = this.isStrict ? /^\/[\x21\x22\x24-\x7e]*$/ : /^[\x21-\xff]+$/;
    if (!targets.test(target)) throw new Fault('the target is malformed');
    const headers = this.#fields();
    return { method, target, headers, body: this.#body(headers, isOlder) };
  }

  #fields(): string[] {
    const headers: string[] = [];
    for (;;) {
      const line = this.line();
      if (line === '') return headers;
      const colon = line.indexOf(':');
      const name = line.slice(0, Math.max(colon, 0));
      if (!token.test(name)) throw new Fault('a field name is malformed');
      const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '');
      if (!fieldValue.test(value)) throw new Fault('a field value has a control character');
      headers.push(name, value);
    }
  }

  #body(headers: readonly string[], isHttp10: boolean): Buffer {
    const hosts = headerValues(headers, 'host');
    if (hosts.length > 1 || (hosts.length === 0 && !isHttp10)) throw new Fault('not exactly one Host');
    const lengths = headerValues(headers, 'content-length');
    const codings = headerValues(headers, 'transfer-encoding');
    if (lengths.length + codings.length > 1) throw new Fault('more than one way to find the end');
    const [length] = lengths;
    if (length !== undefined) {
      if (!digits.test(length)) throw new Fault('the length is no number');
      return this.take(Number(length));
    }
    const [coding] = codings;
    if (coding === undefined) return Buffer.alloc(0);
    if (coding.toLowerCase() !== 'chunked' || isHttp10) throw new Fault('another coding than chunked');
    return this.#chunks();
  }

  #chunks(): Buffer {
    const pieces: Buffer[] = [];
    for (;;) {
      const [size = '', ...extensions] = this.line().split(/[ \t]*;/);
      if (!/^[0-9a-f]{1,8}$/i.test(size)) throw new Fault('a chunk size is malformed');
      if (this.isStrict && extensions.length > 0) throw new Fault('a chunk has an extension');
      const length = Number.parseInt(size, 16);
      if (length === 0) {
        if (this.#fields().length > 0 && this.isStrict) throw new Fault('there are trailers');
        return Buffer.concat(pieces);
      }
      pieces.push(this.take(length));
      if (this.line() !== '') throw new Fault('a chunk does not end where it says');
    }
  }
}

/** Reads all requests that `bytes` hold from `from` on. Never throws. */
export function readRequests(bytes: Buffer, rigour: Rigour, from = 0): Reading {
  const requests: WireRequest[] = [];
  let end = from;
  while (end < bytes.length) {
    const reader = new Reader(bytes, end, rigour);
    try {
      requests.push(reader.request());
      end = reader.at;
    } catch (error) {
      if (error instanceof Unfinished) break;
      if (error instanceof Fault) return { requests, fault: error.message, end };
      throw error;
    }
  }
  return { requests, fault: null, end };
}
