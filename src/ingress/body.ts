// Receives a body, bounded. Bytes are kept as they came: one chunk is taken as it is, several are joined once.
import type { Exchange } from './exchange.ts';
import type { InFlight, InFlightLimits } from './inFlight.ts';
import { Refusal } from './refusals.ts';

/** The caller went away, or the connection was cut, before the body's end: there is nothing to keep. */
export const brokenOff = Symbol('brokenOff');

export type ReceivedBody = Buffer | Refusal | typeof brokenOff;

export interface BodyBounds {
  /** The route's. */
  readonly bodyBytesMax: number;
  readonly inFlight: InFlight;
  readonly limits: InFlightLimits;
}

const noBody = Buffer.alloc(0);

/**
 * So many pieces are joined at once while more arrive: a chunked upload of single bytes would otherwise hold a hundred
 * times its size in buffer objects.
 */
const piecesMax = 64;

/** Collects one body; gives its result once. */
class BodyReader {
  readonly #exchange: Exchange;
  readonly #bounds: BodyBounds;
  readonly #resolve: (result: ReceivedBody) => void;
  #first: Buffer | null = null;
  /** Used from the second piece on. */
  #pieces: Buffer[] | null = null;
  /** How many of the pieces, from the first on, are joined ones. */
  #joined = 0;
  #bytes = 0;
  readonly #onData = (chunk: Buffer): void => this.#take(chunk);
  readonly #onEnd = (): void => this.#complete();

  constructor(exchange: Exchange, bounds: BodyBounds, resolve: (result: ReceivedBody) => void) {
    this.#exchange = exchange;
    this.#bounds = bounds;
    this.#resolve = resolve;
  }

  begin(): void {
    this.#exchange.onOver(() => this.#resolve(brokenOff));
    this.#exchange.request.on('data', this.#onData).on('end', this.#onEnd);
  }

  #take(chunk: Buffer): void {
    const { bodyBytesMax, inFlight, limits } = this.#bounds;
    this.#bytes += chunk.length;
    if (this.#bytes > bodyBytesMax) this.#refuse('body-too-large');
    else if (!inFlight.hold(limits, chunk.length)) this.#refuse('too-many-in-flight');
    else this.#keep(chunk);
  }

  #keep(chunk: Buffer): void {
    this.#exchange.heldBytes += chunk.length;
    if (this.#first === null) {
      this.#first = chunk;
      return;
    }
    const pieces = (this.#pieces ??= [this.#first]);
    pieces.push(chunk);
    if (pieces.length - this.#joined < piecesMax) return;
    pieces.push(Buffer.concat(pieces.splice(this.#joined)));
    this.#joined = pieces.length;
  }

  #complete(): void {
    this.#exchange.isBodyUnread = false;
    if (this.#pieces !== null) this.#resolve(Buffer.concat(this.#pieces, this.#bytes));
    else this.#resolve(this.#first ?? noBody);
  }

  /** Lets go of what was collected; the rest flows by unheard until the exchange deals with it. */
  #refuse(code: 'body-too-large' | 'too-many-in-flight'): void {
    this.#first = null;
    this.#pieces = null;
    this.#exchange.request.off('data', this.#onData).off('end', this.#onEnd);
    this.#resolve(Refusal.of(code));
  }
}

/**
 * The whole body; a refusal where it is announced, or turns out, larger than is taken, or where too much is in flight;
 * `brokenOff` where it never ends. From here on the exchange has a place in flight, until it is over.
 */
export function receiveBody(exchange: Exchange, bounds: BodyBounds): ReceivedBody | Promise<ReceivedBody> {
  if (exchange.isOver) return brokenOff;
  const announced = exchange.bodyLength ?? 0;
  if (announced > bounds.bodyBytesMax) return Refusal.of('body-too-large');
  if (!bounds.inFlight.enter(bounds.limits, announced)) return Refusal.of('too-many-in-flight');
  exchange.onOver(() => bounds.inFlight.leave(exchange.heldBytes));
  if (!exchange.isBodyUnread) return noBody;
  if (exchange.expectation === 'continue') exchange.response.writeContinue();
  return new Promise((resolve) => new BodyReader(exchange, bounds, resolve).begin());
}
