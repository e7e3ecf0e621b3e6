// A sender that puts exact bytes on a TCP socket: no HTTP client between the test and the wire, which would tidy up
// headers, targets and framing. See senderAnswer.ts for how answers are read, senderLoad.ts for load with a ledger.
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { parseAnswer } from './senderAnswer.ts';
import type { RawAnswer } from './senderAnswer.ts';

export { answerHeader } from './senderAnswer.ts';
export type { RawAnswer } from './senderAnswer.ts';

/** Why no answer came: what a sender would write into its own log. */
export class NoAnswerError extends Error {
  /** What came before the connection ended. */
  readonly received: Buffer;

  constructor(message: string, received: Buffer) {
    super(message);
    this.name = 'NoAnswerError';
    this.received = received;
  }
}

/** A request, written out by `requestBytes`. */
export interface RequestParams {
  readonly method?: string;
  /** As it shall stand on the wire, e.g. `/v1/bots/7/new-webhook?&command=%2FonWebhook`. */
  readonly target: string;
  /**
   * Names and values by turns, written as they are, in this order. `Host` and, where there is a body, `Content-Length`
   * are put in front unless they are named here (or `Transfer-Encoding` is).
   */
  readonly headers?: readonly string[];
  readonly body?: Uint8Array | string;
}

/** The exact bytes of an HTTP/1.1 request; header values are written as Latin-1. */
export function requestBytes({ method = 'POST', target, headers = [], body }: RequestParams): Buffer {
  const has = (name: string) => headers.some((word, at) => at % 2 === 0 && word.toLowerCase() === name);
  const content = body === undefined ? Buffer.alloc(0) : Buffer.from(body);
  const own: string[] = [];
  if (!has('host')) own.push('Host', 'hooks.test');
  if (body !== undefined && !has('content-length') && !has('transfer-encoding'))
    own.push('Content-Length', String(content.length));
  let head = `${method} ${target} HTTP/1.1\r\n`;
  const all = [...own, ...headers];
  for (let at = 0; at + 1 < all.length; at += 2) head += `${all[at] ?? ''}: ${all[at + 1] ?? ''}\r\n`;
  return Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), content]);
}

/** A body in the chunked coding, cut into pieces of `chunkBytes`; for requests with `Transfer-Encoding: chunked`. */
export function chunkedBytes(body: Uint8Array, chunkBytes: number): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += chunkBytes) {
    const piece = body.subarray(at, at + chunkBytes);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), Buffer.from(piece), Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}

/** One open connection of a sender. */
export interface RawConnection {
  readonly socket: Socket;
  /** Puts bytes on the wire; resolves when the system has taken them. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Reads the next answer.
   *
   * @param method - of the request it answers (an answer to HEAD has no body).
   * @throws NoAnswerError when the connection ends, or `deadlineMs` pass, before an answer's header is whole; where the
   * header came and the body broke off, the answer comes with `complete: false`.
   */
  answer(method?: string, deadlineMs?: number): Promise<RawAnswer>;
  /** Whether the peer has ended the connection. */
  ended(): boolean;
  /** Closes at once, as a caller that hangs up. */
  destroy(): void;
  /** Closes with a reset (RST), as a caller whose machine died. */
  reset(): void;
}

/** Connects to the host and port of `url`. @throws NoAnswerError when nobody listens there. */
export async function openConnection(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error) => reject(new NoAnswerError(error.message, Buffer.alloc(0))));
  });
  return readingConnection(socket);
}

function readingConnection(socket: Socket): RawConnection {
  let received: Buffer = Buffer.alloc(0);
  let hasEnded = false;
  let why = 'the connection was closed';
  let wake = () => {};
  socket.on('data', (piece: Buffer) => {
    received = received.length === 0 ? piece : Buffer.concat([received, piece]);
    wake();
  });
  socket.on('error', (error) => {
    why = error.message;
  });
  const onEnd = () => {
    hasEnded = true;
    wake();
  };
  socket.once('end', onEnd);
  socket.once('close', onEnd);

  return {
    socket,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => {
          if (error) reject(new NoAnswerError(error.message, received));
          else resolve();
        });
      }),
    async answer(method = 'POST', deadlineMs = 30_000) {
      const deadline = performance.now() + deadlineMs;
      for (;;) {
        const parsed = parseAnswer(received, hasEnded, method);
        if (parsed !== null) {
          received = received.subarray(parsed.length);
          return parsed.answer;
        }
        if (hasEnded) throw new NoAnswerError(why, received);
        const left = deadline - performance.now();
        if (left <= 0) throw new NoAnswerError(`no answer within ${deadlineMs} ms`, received);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
    ended: () => hasEnded,
    destroy: () => void socket.destroy(),
    reset: () => void socket.resetAndDestroy(),
  };
}

/**
 * Sends exact bytes over a new connection and reads one answer; the connection is closed afterwards.
 *
 * @throws NoAnswerError see `RawConnection.answer`.
 */
export async function sendRaw(
  url: string,
  bytes: Uint8Array,
  { method = 'POST', deadlineMs = 30_000 }: { method?: string; deadlineMs?: number } = {},
): Promise<RawAnswer> {
  const connection = await openConnection(url);
  try {
    // A server may answer and close before it has read everything: the answer counts, not the write's own error.
    connection.socket.write(bytes);
    return await connection.answer(method, deadlineMs);
  } finally {
    connection.destroy();
  }
}

/** Sends one request over a new connection and reads its answer. @throws NoAnswerError see `RawConnection.answer`. */
export function sendRequest(url: string, request: RequestParams, deadlineMs = 30_000): Promise<RawAnswer> {
  return sendRaw(url, requestBytes(request), { method: request.method ?? 'POST', deadlineMs });
}
