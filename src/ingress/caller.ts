// The caller of one accepted webhook, as delivery sees it. Owns the budget, who of several answers is the first, and how
// a bot's answer is handed on. Must never let anything that the caller does, or fails to do, reach the delivery.
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { AnswerHead, AnswerWriter, Caller, NoAnswer } from '../core/answer.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { RawHeaders } from '../core/headers.ts';
import type { WebhookId } from '../core/ids.ts';
import { isCorsField } from './cors.ts';
import type { Exchange } from './exchange.ts';
import { acceptedAnswer } from './fixedAnswers.ts';
import type { AnswerKind, IngressMetrics } from './ports.ts';
import { Refusal } from './refusals.ts';
import type { IngressRoute } from './settings.ts';

/**
 * How long a relayed answer may wait for a caller who does not read on. Shorter than an attempt may last: the attempt must
 * not fail, and be repeated, because its caller is slow.
 */
const stalledMs = 10_000;

/** What a caller is made of. */
export interface CallerFacts {
  readonly exchange: Exchange;
  readonly id: WebhookId;
  readonly idHeader: string;
  readonly route: IngressRoute;
  /** Monotonic milliseconds at which the request had arrived. */
  readonly requestEndedAt: number;
  readonly clock: Clock;
  readonly metrics: IngressMetrics;
  /** Where the caller is listed while it waits. */
  readonly waiting: Set<Caller>;
}

/** Fields of one connection alone (RFC 9110, 7.6.1): Node writes its own. */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function isSendable(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/** The fields of `headers` that Node is able to write: a bot host may send bytes that are not allowed in any. */
function sendable(headers: RawHeaders): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] as string;
    const value = headers[at + 1] as string;
    if (isSendable(name, value)) kept.push(name, value);
  }
  return kept;
}

/** Relays a body to the caller, as fast as the caller reads. */
class RelayedAnswer implements AnswerWriter {
  readonly #exchange: Exchange;
  readonly #clock: Clock;
  readonly #hasBody: boolean;
  #resume: (() => void) | null = null;
  #stalled: Timer | null = null;
  readonly #goOn = (): void => {
    this.#stalled?.cancel();
    this.#stalled = null;
    const resume = this.#resume;
    this.#resume = null;
    resume?.();
  };

  constructor(exchange: Exchange, clock: Clock, hasBody: boolean) {
    this.#exchange = exchange;
    this.#clock = clock;
    this.#hasBody = hasBody;
  }

  get gone(): boolean {
    return this.#exchange.isOver;
  }

  write(chunk: Uint8Array): boolean {
    if (this.#exchange.isOver || !this.#hasBody || chunk.length === 0) return true;
    return this.#exchange.response.write(chunk);
  }

  onDrain(resume: () => void): void {
    const { response } = this.#exchange;
    if (this.#exchange.isOver || !response.writableNeedDrain) {
      resume();
      return;
    }
    if (this.#resume === null) {
      response.once('drain', this.#goOn);
      this.#exchange.onOver(this.#goOn);
    }
    this.#resume = resume;
    this.#stalled ??= this.#clock.after(stalledMs, () => this.#exchange.breakOff());
  }

  end(): void {
    if (!this.#exchange.isOver) this.#exchange.finish();
  }

  abort(): void {
    if (!this.#exchange.isOver) this.#exchange.breakOff();
  }
}

/** A caller that is held for the bot's answer, within its route's budget. */
export class WaitingCaller implements Caller {
  readonly #facts: CallerFacts;
  #budget: Timer | null = null;
  #isAnswered = false;

  constructor(facts: CallerFacts) {
    this.#facts = facts;
    const { exchange, route, clock, waiting } = facts;
    waiting.add(this);
    exchange.onOver(() => this.#hangUp());
    if (this.#isAnswered) return;
    const left = exchange.startedAt + route.waitMs - clock.monotonic();
    this.#budget = clock.after(Math.max(0, left), () => this.giveUp('queued'));
  }

  relay(head: AnswerHead): AnswerWriter | null {
    if (this.#isAnswered) return null;
    // A final answer below 200 does not exist; writing one would leave the caller waiting for another.
    if (head.status < 200 || head.status > 999) {
      this.giveUp('dead');
      return null;
    }
    this.#answer('bot');
    const { exchange, clock } = this.#facts;
    const headers = this.#relayed(head.headers);
    try {
      exchange.writeHead(head.status, headers);
    } catch {
      exchange.writeHead(head.status, sendable(headers));
    }
    const hasBody = head.status !== 204 && head.status !== 304;
    return new RelayedAnswer(exchange, clock, hasBody);
  }

  giveUp(why: NoAnswer): void {
    if (this.#isAnswered) return;
    const { exchange, id, idHeader, route } = this.#facts;
    this.#answer(why === 'queued' ? 'queued' : 'unreachable');
    exchange.answerHeaders = [idHeader, id, ...exchange.answerHeaders];
    // Of a webhook that was given up or called off it would be untrue that it will be delivered later.
    if (why !== 'queued') exchange.refuse(Refusal.of('bot-host-unreachable'));
    else if (route.whenQueued === 'unavailable') exchange.refuse(Refusal.of('queued-unavailable'));
    else exchange.send(route.whenQueued === 'accept' ? acceptedAnswer(id) : route.whenQueued);
  }

  #answer(kind: AnswerKind): void {
    this.#isAnswered = true;
    this.#budget?.cancel();
    const { clock, metrics, route, requestEndedAt, waiting } = this.#facts;
    waiting.delete(this);
    metrics.answered(route.name, kind, (clock.monotonic() - requestEndedAt) / 1000);
  }

  #hangUp(): void {
    if (!this.#isAnswered) this.#answer('none');
  }

  /** The bot's fields in their order, but for those that are ours to say; then ours. */
  #relayed(headers: RawHeaders): string[] {
    const { exchange, id, idHeader, route } = this.#facts;
    const relayed: string[] = [];
    for (let at = 0; at + 1 < headers.length; at += 2) {
      const name = headers[at] as string;
      const lower = name.toLowerCase();
      const isOurs = lower === idHeader || hopByHop.has(lower) || (route.cors !== null && isCorsField(lower));
      if (!isOurs) relayed.push(name, headers[at + 1] as string);
    }
    relayed.push(idHeader, id, ...exchange.answerHeaders);
    return relayed;
  }
}
