import { connect, type Socket } from 'node:net';
import { waitFor } from '../../support/waitFor.ts';

/** One answer as it stood on the wire. */
export interface RawAnswer {
  readonly status: number;
  /** Names and values by turns. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** The problem's code, where the body is a problem. */
  readonly code: string | null;
  header(name: string): string | null;
  all(name: string): string[];
}

/** Takes one answer off the front of `bytes`; null where it is not whole yet (or, without length, not closed). */
function takeAnswer(bytes: Buffer, isClosed: boolean): { answer: RawAnswer; used: number } | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [statusLine = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  const headers = lines.flatMap((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const all = (name: string) =>
    headers.filter((_, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === name);
  const framed = takeBody(bytes.subarray(headEnd + 4), { status, all, isClosed });
  if (framed === null) return null;
  const body = framed.body;
  const isProblem = all('content-type')[0] === 'application/problem+json';
  const code = isProblem ? (JSON.parse(body.toString()) as { code: string }).code : null;
  const answer = { status, headers, body, code, all, header: (name: string) => all(name)[0] ?? null };
  return { answer, used: headEnd + 4 + framed.used };
}

function takeBody(
  bytes: Buffer,
  about: { status: number; all: (name: string) => string[]; isClosed: boolean },
): { body: Buffer; used: number } | null {
  if (about.status < 200 || about.status === 204 || about.status === 304)
    return { body: Buffer.alloc(0), used: 0 };
  const length = about.all('content-length')[0];
  if (length !== undefined) {
    const used = Number(length);
    return bytes.length < used ? null : { body: bytes.subarray(0, used), used };
  }
  if (about.all('transfer-encoding')[0] === 'chunked') return takeChunks(bytes);
  return about.isClosed ? { body: bytes, used: bytes.length } : null;
}

function takeChunks(bytes: Buffer): { body: Buffer; used: number } | null {
  const pieces: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return null;
    if (size === 0) return { body: Buffer.concat(pieces), used: next };
    pieces.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}

/** A caller that writes what it likes, byte for byte. */
export class RawClient {
  readonly socket: Socket;
  isClosed = false;
  #chunks: Buffer[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    // A reset is one of the ways in which a connection may end.
    socket.on('error', () => undefined);
    socket.on('end', () => (this.isClosed = true));
    socket.on('close', () => (this.isClosed = true));
  }

  /** What has been received and not taken as an answer. */
  get received(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  write(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** The next answer, once it is whole. */
  async answer(): Promise<RawAnswer> {
    const taken = await waitFor('an answer', () => {
      const one = takeAnswer(this.received, this.isClosed);
      if (one === null && this.isClosed)
        throw new Error(`closed before a whole answer: ${JSON.stringify(this.received.toString('latin1'))}`);
      return one;
    });
    this.#chunks = [this.received.subarray(taken.used)];
    return taken.answer;
  }

  closed(): Promise<true> {
    return waitFor('the connection to be closed', () => this.isClosed);
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** Opens a connection to `port` on loopback. */
export function openClient(port: number): Promise<RawClient> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => resolve(new RawClient(socket)));
  });
}

/** A request's bytes: `head` is the request line and further header lines; Host, and Content-Length of a body, are added. */
export function request(head: string, body?: string | Uint8Array): Buffer {
  const [line = '', ...fields] = head.split('\n').map((text) => text.trim());
  const bytes = body === undefined ? null : Buffer.from(body as Uint8Array);
  const own = bytes === null ? [] : [`Content-Length: ${bytes.length}`];
  const text = [`${line} HTTP/1.1`, 'Host: hooks.example', ...fields, ...own, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(text, 'latin1'), bytes ?? Buffer.alloc(0)]);
}
