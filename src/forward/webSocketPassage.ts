import type { ClientRequest, IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import type { Duplex } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import type { BotHostTarget, PassThroughObserver } from './contract.ts';
import { failureOf } from './failure.ts';
import { rawAnswerHead, switchingHeaders } from './passThroughHeaders.ts';
import { writeProblem } from './problemAnswer.ts';
import { endSocket, watchUpstream } from './upstream.ts';
import type { UpstreamWatch } from './upstream.ts';

/** One passed-through WebSocket, from the request for it to the end of both its connections. */
export class WebSocketPassage {
  readonly #socket: Duplex;
  readonly #target: BotHostTarget;
  readonly #clock: Clock;
  readonly #observer: PassThroughObserver;
  #upstream: ClientRequest | null = null;
  #watch: UpstreamWatch | null = null;
  #bot: Duplex | null = null;
  #answered = false;

  /** Hung up before the bot host agreed. Node still reads, up to its buffer's size, and so sees the end. */
  readonly #gone = (): void => void this.#socket.destroy();

  constructor(params: {
    readonly socket: Duplex;
    readonly target: BotHostTarget;
    readonly clock: Clock;
    readonly observer: PassThroughObserver;
    /** Called once, when the caller's connection is closed. */
    readonly ended: () => void;
  }) {
    this.#socket = params.socket;
    this.#target = params.target;
    this.#clock = params.clock;
    this.#observer = params.observer;
    this.#socket.once('end', this.#gone);
    this.#socket.once('close', () => {
      if (this.#bot === null) this.#upstream?.destroy();
      else endSocket(this.#bot, this.#clock);
      params.ended();
    });
  }

  /** Follows `upstream`, on which http-proxy has just put its own listeners, and nothing has happened yet. */
  follow(upstream: ClientRequest): void {
    this.#upstream = upstream;
    this.#watch = watchUpstream({ upstream, target: this.#target, clock: this.#clock });
    // http-proxy's own would write the answer with a coding that Node has already taken off.
    upstream.removeAllListeners('response');
    upstream.once('response', (answer: IncomingMessage) => this.#relayRefusal(answer));
    // Before http-proxy's, which writes the answer's head from the headers that it finds.
    upstream.prependOnceListener('upgrade', (answer: IncomingMessage, bot: Duplex) =>
      this.#open(answer, bot),
    );
    if (this.#socket.destroyed) upstream.destroy();
  }

  /** Ends the passage with an error: the caller gets a problem where it has had no answer yet. */
  fail(error: unknown): void {
    if (this.#socket.destroyed || this.#bot !== null) return;
    const { cause, detail } = this.#watch?.failureOf(error) ?? failureOf(error, false);
    this.#observer.failed(cause, detail);
    if (!this.#answered) writeProblem(this.#socket, 'pass-through-failed');
    this.#answered = true;
    this.#socket.off('end', this.#gone);
    endSocket(this.#socket, this.#clock);
  }

  /** Breaks the passage off at once. */
  break(): void {
    this.#bot?.destroy();
    this.#socket.destroy();
  }

  #open(answer: IncomingMessage, bot: Duplex): void {
    this.#watch?.end();
    this.#socket.off('end', this.#gone);
    this.#bot = bot;
    bot.on('error', () => undefined);
    bot.once('close', () => endSocket(this.#socket, this.#clock));
    answer.headers = switchingHeaders(answer.rawHeaders);
    this.#observer.webSocketOpened();
    this.#socket.once('close', () => this.#observer.webSocketClosed());
  }

  /** The bot host answered with something other than an upgrade: the caller gets that answer, and nothing after it. */
  #relayRefusal(answer: IncomingMessage): void {
    this.#watch?.end();
    this.#socket.off('end', this.#gone);
    this.#answered = true;
    const status = answer.statusCode ?? 502;
    this.#observer.answered(status);
    const { rawHeaders, statusMessage: reason = '' } = answer;
    this.#socket.write(rawAnswerHead({ status, reason, rawHeaders }));
    pipeline(answer, this.#socket, () => endSocket(this.#socket, this.#clock));
  }
}
