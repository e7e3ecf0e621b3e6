// A bot's answer on its way to the caller. Must never let anything that the caller does, or fails to do, reach the delivery.
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { AnswerHead, AnswerWriter } from '../core/answer.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { RawHeaders } from '../core/headers.ts';
import type { Arrival } from './arrival.ts';
import { isCorsField } from './cors.ts';
import type { Exchange } from './exchange.ts';
import { isOwnField } from './ownFields.ts';

/**
 * How long a relayed answer may wait for a caller who does not read on. Shorter than an attempt may last: the attempt must
 * not fail, and be repeated, because its caller is slow.
 */
const stalledMs = 10_000;

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

/** The bot's fields in their order, but for those that are ours to say; then `own`. */
function relayedFields({ route, settings }: Arrival, bots: RawHeaders, own: RawHeaders): string[] {
  const relayed: string[] = [];
  for (let at = 0; at + 1 < bots.length; at += 2) {
    const name = bots[at] as string;
    const lower = name.toLowerCase();
    const isOurs =
      isOwnField(settings.fields, lower) ||
      hopByHop.has(lower) ||
      (route.cors !== null && isCorsField(lower));
    if (!isOurs) relayed.push(name, bots[at + 1] as string);
  }
  relayed.push(...own);
  return relayed;
}

/** Begins to relay an answer, with `own` fields behind the bot's; its body is then written to what is returned. */
export function beginRelaying(
  arrival: Arrival,
  { status, headers }: AnswerHead,
  { own, clock }: { readonly own: RawHeaders; readonly clock: Clock },
): AnswerWriter {
  const { exchange } = arrival;
  const fields = relayedFields(arrival, headers, own);
  try {
    exchange.writeHead(status, fields);
  } catch {
    exchange.writeHead(status, sendable(fields));
  }
  return new RelayedAnswer(exchange, clock, status !== 204 && status !== 304);
}
