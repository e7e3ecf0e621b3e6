import type { ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RefusalCode } from '../core/errors.ts';
import { problemOf } from '../core/errors.ts';

/** When a caller should come again after `shutting-down`, the one 503 here: a restart takes a few seconds. */
const retryAfterSeconds = 5;

/**
 * Answers with the problem of `code` (RFC 9457). The connection is closed after it: what may still come of a refused
 * request's body is not read. Once a head has been sent the answer is broken off instead, so that the caller can tell.
 */
export function answerWithProblem(answer: ServerResponse, code: RefusalCode): void {
  if (answer.headersSent) {
    answer.destroy();
    return;
  }
  const { status, headers, body } = problemAnswer(code);
  answer.writeHead(status, headers);
  answer.end(body);
}

/** Writes the same to a bare socket, on which nothing was written before; the socket is still to be ended. */
export function writeProblem(socket: Duplex, code: RefusalCode): void {
  const { status, headers, body } = problemAnswer(code);
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`];
  for (let at = 0; at + 1 < headers.length; at += 2)
    lines.push(`${headers[at] as string}: ${headers[at + 1] as string}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** The body is plain ASCII, so its length in bytes is that of the text. */
function problemAnswer(code: RefusalCode): {
  readonly status: number;
  readonly headers: string[];
  readonly body: string;
} {
  const problem = problemOf(code);
  const body = JSON.stringify(problem);
  const headers = [
    'Content-Type',
    'application/problem+json',
    'Content-Length',
    String(body.length),
    'Cache-Control',
    'no-store',
    'Connection',
    'close',
  ];
  if (problem.status === 503) headers.push('Retry-After', String(retryAfterSeconds));
  return { status: problem.status, headers, body };
}
