import type { ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RefusalCode } from '../core/errors.ts';
import { problemOf } from '../core/errors.ts';

/**
 * Answers with the problem of `code` (RFC 9457). The connection is closed after it: what may still come of a refused
 * request's body is not read. Once a head has been sent the answer is broken off instead, so that the caller can tell.
 */
export function answerWithProblem(answer: ServerResponse, code: RefusalCode): void {
  if (answer.headersSent) {
    answer.destroy();
    return;
  }
  const { status, body } = problemBody(code);
  answer.writeHead(status, [
    'Content-Type',
    'application/problem+json',
    'Content-Length',
    String(body.length),
    'Cache-Control',
    'no-store',
    'Connection',
    'close',
  ]);
  answer.end(body);
}

/** Writes the same to a bare socket, on which nothing was written before; the socket is still to be ended. */
export function writeProblem(socket: Duplex, code: RefusalCode): void {
  const { status, body } = problemBody(code);
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${body.length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n${body.toString()}`,
  );
}

function problemBody(code: RefusalCode): { readonly status: number; readonly body: Buffer } {
  const problem = problemOf(code);
  return { status: problem.status, body: Buffer.from(JSON.stringify(problem)) };
}
