import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import type { Duplex } from 'node:stream';
import type { Failed } from '../core/attempt.ts';
import type { Clock } from '../core/clock.ts';
import type { BotHostTarget, PassThroughObserver } from './contract.ts';
import { failed, failureOf } from './failure.ts';
import { answerHeaders } from './headerFilter.ts';
import { answerWithProblem } from './problemAnswer.ts';
import { watchUpstream } from './upstream.ts';
import type { UpstreamWatch } from './upstream.ts';

/** One passed-through request, from the caller to the bot host and back. Both sides end together, whichever ends first. */
export class WebPassage {
  place = -1;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #target: BotHostTarget;
  readonly #clock: Clock;
  readonly #observer: PassThroughObserver;
  #upstream: ClientRequest | null = null;
  #watch: UpstreamWatch | null = null;
  #failed = false;

  constructor(params: {
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly target: BotHostTarget;
    readonly clock: Clock;
    readonly observer: PassThroughObserver;
    /** Called once, when the caller has its answer or has gone. */
    readonly ended: () => void;
  }) {
    this.#request = params.request;
    this.#response = params.response;
    this.#target = params.target;
    this.#clock = params.clock;
    this.#observer = params.observer;
    this.#response.once('close', () => {
      this.#letGo();
      params.ended();
    });
  }

  /** Sends the request's body by `upstream`, on which nothing was written yet, and relays what comes back. */
  sendBy(upstream: ClientRequest): void {
    this.#upstream = upstream;
    this.#watch = watchUpstream({ upstream, target: this.#target, clock: this.#clock });
    upstream.once('response', (answer: IncomingMessage) => this.#relay(answer));
    upstream.once('upgrade', (_: IncomingMessage, socket: Duplex) => {
      socket.destroy();
      this.#fail(failed('malformed-answer', 'the answer is an upgrade that nobody asked for', true));
    });
    upstream.once('close', () => {
      // Node tells some endings by no error. After an answer this does nothing.
      if (!this.#response.headersSent) this.fail(new Error('the connection ended'));
    });
    this.#request.pipe(upstream);
    if (this.#response.destroyed) this.#letGo();
  }

  /** Ends the passage with an error: the caller gets a problem, or sees its answer broken off. */
  fail(error: unknown): void {
    this.#fail(this.#watch?.failureOf(error) ?? failureOf(error, false));
  }

  /** Breaks the passage off at once. */
  break(): void {
    this.#response.destroy();
  }

  #fail({ cause, detail }: Failed): void {
    if (this.#failed || this.#response.writableEnded || this.#response.destroyed) return;
    this.#failed = true;
    this.#observer.failed(cause, detail);
    answerWithProblem(this.#response, 'pass-through-failed');
  }

  #relay(answer: IncomingMessage): void {
    this.#watch?.end();
    const status = answer.statusCode ?? 502;
    try {
      this.#response.writeHead(status, answer.statusMessage ?? '', answerHeaders(answer.rawHeaders));
    } catch (error) {
      // Node's client takes some characters in a status line that its server does not send.
      this.fail(error);
      return;
    }
    this.#observer.answered(status);
    // Destroys the response where the answer breaks off, and the answer where the caller goes.
    pipeline(answer, this.#response, () => undefined);
  }

  /** The caller has its answer or has gone: nothing more is sent, and what still comes of its body is thrown away. */
  #letGo(): void {
    const upstream = this.#upstream;
    if (upstream === null || (this.#response.writableFinished && upstream.writableFinished)) return;
    this.#request.unpipe(upstream);
    this.#request.resume();
    upstream.destroy();
  }
}
