// One request and its answer: what the stages of the road share. Owns how an answer is written (once), how an unread body
// is dealt with, and the moment at which the exchange is over.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Timer } from '../core/clock.ts';
import type { RawHeaders } from '../core/headers.ts';
import type { FixedAnswer } from './fixedAnswers.ts';
import type { Peers } from './peers.ts';
import { answerTo, type Refusal } from './refusals.ts';

/** An unwanted body of at most this length is read off the wire, so that the connection can be used on. */
const unreadBytesMax = 64 * 1024;

/**
 * Before a connection is closed on a longer one, so much of it is read and thrown away, for so long at most: closing on
 * unread bytes resets the connection, and the reset discards an answer that the caller has not read yet (RFC 9112, 9.6).
 */
const lingerBytesMax = 256 * 1024;
const lingerMs = 2_000;

/** How long an answer may lie in our buffers without the caller taking all of it. */
const answerTakenMs = 30_000;

/** What the listener lends to every exchange. */
export interface ExchangeHost {
  readonly clock: Clock;
  readonly peers: Pick<Peers, 'addressOf'>;
  /** No more requests are taken: connections end with the answers that are due. */
  readonly isStopping: boolean;
}

/** What the caller asks for before it sends its body (RFC 9110, 10.1.1). */
export type Expectation = 'none' | 'continue' | 'unknown';

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly expectation: Expectation;
  /** Monotonic milliseconds at which the head had arrived. */
  readonly startedAt: number;
  /** Requests of this connection that are not answered yet, this one included. */
  openOnConnection = 1;
  /** Added to every answer, once the route is known (CORS). */
  answerHeaders: RawHeaders = [];
  /** Whether there may be a body that has not been read to its end. */
  isBodyUnread = true;
  /** The body's length as announced; null: not announced, so of any length. */
  bodyLength: number | null = null;
  /** Bytes of the body that count as held (see inFlight.ts). */
  heldBytes = 0;

  readonly #host: ExchangeHost;
  readonly #whenOver: (() => void)[] = [];
  #isOver = false;
  #patience: Timer | null = null;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    host: ExchangeHost,
    expectation: Expectation,
  ) {
    this.request = request;
    this.response = response;
    this.expectation = expectation;
    this.#host = host;
    this.startedAt = host.clock.monotonic();
  }

  /** Who stands at the other end of the connection; undefined where it has gone. */
  get peer(): string | undefined {
    return this.#host.peers.addressOf(this.request.socket);
  }

  get isStopping(): boolean {
    return this.#host.isStopping;
  }

  /** The answer has been sent to its end, or the caller has gone. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Calls `run` when the exchange is over; at once where it is already. */
  onOver(run: () => void): void {
    if (this.#isOver) run();
    else this.#whenOver.push(run);
  }

  /** For the listener: the answer has been sent, or the connection has gone. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#patience?.cancel();
    for (const run of this.#whenOver) run();
  }

  /** Sends a whole answer; `headers` stand before its own. */
  send({ status, headers, body }: FixedAnswer, before: RawHeaders = []): void {
    const { isBodyUnread, bodyLength, response } = this;
    if (isBodyUnread && (bodyLength === null || bodyLength > unreadBytesMax))
      response.shouldKeepAlive = false;
    this.writeHead(status, [...before, ...headers, ...this.answerHeaders]);
    // Where the connection is used on, Node reads the rest of the request off the wire itself. (It never is after an
    // `Expect` that was not met: nobody knows whether the body comes.)
    if (isBodyUnread && !response.shouldKeepAlive) this.#linger(body);
    else this.finish(body);
  }

  /** Answers with the refusal's problem. */
  refuse(refusal: Refusal): void {
    // A banned caller pays for a new connection each time.
    if (refusal.code === 'banned') this.response.shouldKeepAlive = false;
    this.send(answerTo(refusal));
  }

  /** Writes the status and a flat header list, in its order. */
  writeHead(status: number, headers: string[]): void {
    if (this.#host.isStopping) this.response.shouldKeepAlive = false;
    this.response.writeHead(status, headers);
  }

  /** Ends the answer, and sees to it that a caller who does not take it is not waited for without end. */
  finish(body?: Uint8Array): void {
    this.response.end(body);
    // Mostly the kernel has taken all of it by now. An answer that is queued behind an earlier one has no socket yet.
    const { socket } = this.response;
    if (socket === null || socket.writableLength === 0 || this.#isOver) return;
    this.#patience = this.#host.clock.after(answerTakenMs, () => socket.destroy());
  }

  /** Ends the connection at once: the caller sees that the answer is not whole. */
  breakOff(): void {
    this.request.socket.destroy();
  }

  /** Sends the answer whole, but ends it, and with it the connection, only when the caller has stopped sending. */
  #linger(body: Uint8Array): void {
    const { request, response } = this;
    if (body.length > 0) response.write(body);
    let unread = lingerBytesMax;
    const end = () => response.end();
    const timer = this.#host.clock.after(lingerMs, end);
    this.onOver(() => timer.cancel());
    request.on('end', end).on('data', (chunk: Buffer) => {
      unread -= chunk.length;
      if (unread <= 0) end();
    });
  }
}
