// One request to a bot host and its answer, as undici's dispatch drives it. It owns the bounds of an attempt: the time,
// the bytes kept, and how far an answer that nobody waits for is read.
import type { Dispatcher } from 'undici';
import type { AnswerHead, AnswerWriter } from '../core/answer.ts';
import type { AttemptOutcome, FailureCause } from '../core/attempt.ts';
import { answerKeptBytesMax } from '../core/attempt.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { failed, failureOf } from './failure.ts';
import { answerHeaders } from './headerFilter.ts';

const nothing = new Uint8Array(0);

/**
 * Takes undici's callbacks in the order of its older handler interface: with it an exchange costs 29 us here, with the
 * newer one (which parses the headers into an object that we do not want) 32 us. Both belong to all of undici 7.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  place = -1;
  readonly #onHead: (head: AnswerHead) => AnswerWriter | null;
  readonly #settled: (outcome: AttemptOutcome) => void;
  readonly #timer: Timer;
  #open = true;
  #abort: (() => void) | null = null;
  #head: AnswerHead | null = null;
  #writer: AnswerWriter | null = null;
  #resume: () => void = () => undefined;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #truncated = false;
  #paused = false;

  constructor(params: {
    readonly clock: Clock;
    readonly timeoutMs: number;
    readonly onHead: (head: AnswerHead) => AnswerWriter | null;
    /** Called once, with the outcome. */
    readonly settled: (outcome: AttemptOutcome) => void;
  }) {
    this.#onHead = params.onHead;
    this.#settled = params.settled;
    this.#timer = params.clock.after(params.timeoutMs, () => {
      this.end('timeout', `no whole answer within ${params.timeoutMs} ms`);
    });
  }

  /** Ends the exchange from outside. Once the answer's head has come the outcome is that answer, not whole. */
  end(cause: FailureCause, words: string): void {
    if (!this.#open) return;
    const outcome =
      this.#head === null ? failed(cause, words, this.#abort !== null) : this.#answered(this.#head, false);
    this.#settle(outcome);
    this.#abort?.();
  }

  onConnect(abort: () => void): void {
    // It waited for a connection until its time was over. Throwing drops it and leaves the connection whole; `abort`
    // would destroy it.
    if (!this.#open) throw new Error('the attempt has ended');
    this.#abort = abort;
  }

  onHeaders(status: number, rawHeaders: Buffer[], resume: () => void): boolean {
    if (status < 200 || !this.#open) return true;
    this.#resume = resume;
    this.#head = { status, headers: answerHeaders(rawHeaders.map(latin1)) };
    this.#writer = this.#onHead(this.#head);
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (!this.#open) return true;
    this.#keep(chunk);
    const writer = this.#writer;
    if (writer !== null && writer.gone !== true) return writer.write(chunk) || this.#pause(writer);
    if (this.#truncated && this.#head !== null) {
      // Nobody waits for the rest: it is not read, and the connection that still carries it is given up.
      this.#settle(this.#answered(this.#head, true));
      this.#abort?.();
    }
    return true;
  }

  onComplete(): void {
    if (!this.#open || this.#head === null) return;
    this.#settle(this.#answered(this.#head, true));
  }

  onError(error: Error): void {
    if (!this.#open) return;
    const sent = this.#abort !== null;
    this.#settle(this.#head === null ? failureOf(error, sent) : this.#answered(this.#head, false));
  }

  #keep(chunk: Buffer): void {
    const room = answerKeptBytesMax - this.#keptBytes;
    if (chunk.length > room) this.#truncated = true;
    if (room === 0) return;
    const piece = chunk.length > room ? chunk.subarray(0, room) : chunk;
    this.#kept.push(piece);
    this.#keptBytes += piece.length;
  }

  /** False, unless the writer had room again before it returned. */
  #pause(writer: AnswerWriter): boolean {
    this.#paused = true;
    let returned = false;
    writer.onDrain(() => {
      if (!this.#paused) return;
      this.#paused = false;
      if (returned && this.#open) this.#resume();
    });
    returned = true;
    return !this.#paused;
  }

  #answered(head: AnswerHead, complete: boolean): AttemptOutcome {
    const [first = nothing, ...more] = this.#kept;
    return {
      kind: 'answered',
      status: head.status,
      headers: head.headers,
      body: more.length === 0 ? first : Buffer.concat(this.#kept),
      bodyTruncated: this.#truncated,
      complete,
    };
  }

  #settle(outcome: AttemptOutcome): void {
    this.#open = false;
    this.#timer.cancel();
    this.#settled(outcome);
    if (outcome.kind === 'answered' && outcome.complete) this.#writer?.end();
    else this.#writer?.abort();
  }
}

function latin1(bytes: Buffer): string {
  return bytes.toString('latin1');
}
