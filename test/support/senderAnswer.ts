// Reads HTTP/1.1 answers off a socket byte by byte, so that a test sees what a sender really gets: header order, case and
// repeats, and whether the answer is whole. Strict on framing: what it cannot read is an error, not a guess.

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly reason: string;
  /** Names and values by turns, in order, case kept, Latin-1. */
  readonly headers: readonly string[];
  /** The body, chunked coding removed. */
  readonly body: Buffer;
  /** False where the connection ended before the answer did. */
  readonly complete: boolean;
  /** 1xx answers that came before, by status. */
  readonly interim: readonly number[];
  /** Everything that came over the wire for this answer, framing included. */
  readonly wire: Buffer;
}

/** The first value of a header (name in any case), or null. */
export function answerHeader(answer: RawAnswer, name: string): string | null {
  const wanted = name.toLowerCase();
  for (let at = 0; at + 1 < answer.headers.length; at += 2) {
    if (answer.headers[at]?.toLowerCase() === wanted) return answer.headers[at + 1] ?? null;
  }
  return null;
}

/** What the bytes so far amount to: an answer and its length in bytes, or null while more must come. */
export interface Parsed {
  readonly answer: RawAnswer;
  readonly length: number;
}

/**
 * Reads one answer from the beginning of `bytes`.
 *
 * @param ended - the connection has ended: what is there is all there will be.
 * @param method - of the request; an answer to HEAD has no body.
 * @throws Error where the bytes are not HTTP/1.1.
 */
export function parseAnswer(bytes: Buffer, ended: boolean, method: string): Parsed | null {
  const interim: number[] = [];
  let at = 0;
  for (;;) {
    const headEnd = bytes.indexOf('\r\n\r\n', at);
    if (headEnd < 0) return null;
    const { status, reason, headers } = parseHead(bytes.toString('latin1', at, headEnd));
    at = headEnd + 4;
    if (status >= 100 && status < 200 && status !== 101) {
      interim.push(status);
      continue;
    }
    const body = readBody(bytes.subarray(at), { ended, hasBody: hasBody(status, method), headers });
    if (body === null) return null;
    const length = at + body.length;
    const wire = bytes.subarray(0, length);
    const { content, complete } = body;
    return { answer: { status, reason, headers, body: content, complete, interim, wire }, length };
  }
}

function hasBody(status: number, method: string): boolean {
  return method !== 'HEAD' && status !== 101 && status !== 204 && status !== 304;
}

function parseHead(text: string): { status: number; reason: string; headers: string[] } {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const match = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(statusLine);
  if (match === null) throw new Error(`not a status line: ${JSON.stringify(statusLine)}`);
  const headers = lines.flatMap((line) => {
    const colon = line.indexOf(':');
    if (colon <= 0) throw new Error(`not a header line: ${JSON.stringify(line)}`);
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { status: Number(match[1]), reason: match[2] ?? '', headers };
}

interface Body {
  readonly content: Buffer;
  readonly length: number;
  readonly complete: boolean;
}

interface Framing {
  readonly ended: boolean;
  readonly hasBody: boolean;
  readonly headers: readonly string[];
}

function readBody(rest: Buffer, framing: Framing): Body | null {
  if (!framing.hasBody) return { content: Buffer.alloc(0), length: 0, complete: true };
  const values = (name: string) =>
    framing.headers.filter((_, at) => at % 2 === 1 && framing.headers[at - 1]?.toLowerCase() === name);
  const codings = values('transfer-encoding');
  if (codings.length > 0) {
    if (codings.join().toLowerCase() !== 'chunked') throw new Error(`unknown coding: ${codings.join()}`);
    return readChunks(rest, framing.ended);
  }
  const [declared, ...others] = values('content-length');
  if (others.some((other) => other !== declared)) throw new Error('two lengths of one answer');
  if (declared === undefined) {
    return framing.ended ? { content: Buffer.from(rest), length: rest.length, complete: true } : null;
  }
  const length = Number(declared);
  if (rest.length >= length)
    return { content: Buffer.from(rest.subarray(0, length)), length, complete: true };
  return framing.ended ? { content: Buffer.from(rest), length: rest.length, complete: false } : null;
}

function readChunks(rest: Buffer, ended: boolean): Body | null {
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) break;
    const line = rest.toString('latin1', at, lineEnd);
    const size = /^[0-9a-fA-F]+/.exec(line);
    if (size === null) throw new Error(`not a chunk's size: ${JSON.stringify(line)}`);
    const length = Number.parseInt(size[0], 16);
    const begin = lineEnd + 2;
    if (length === 0) {
      const end = trailersEnd(rest, begin);
      if (end === null) break;
      return { content: Buffer.concat(pieces), length: end, complete: true };
    }
    if (rest.length < begin + length + 2) {
      pieces.push(rest.subarray(begin, begin + length));
      break;
    }
    if (rest.toString('latin1', begin + length, begin + length + 2) !== '\r\n')
      throw new Error('a chunk does not end where its size says');
    pieces.push(rest.subarray(begin, begin + length));
    at = begin + length + 2;
  }
  return ended ? { content: Buffer.concat(pieces), length: rest.length, complete: false } : null;
}

function trailersEnd(rest: Buffer, begin: number): number | null {
  if (rest.toString('latin1', begin, begin + 2) === '\r\n') return begin + 2;
  const end = rest.indexOf('\r\n\r\n', begin);
  return end < 0 ? null : end + 4;
}
