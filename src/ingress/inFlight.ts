import type { Caller } from '../core/answer.ts';

/** The bounds of what is held at once. */
export interface InFlightLimits {
  readonly inFlightMax: number;
  readonly inFlightBytesMax: number;
}

/**
 * How many webhooks are being read, written or answered, and the bytes of their bodies: what an overload would fill the
 * memory with. Bytes count as they arrive, so that a declared length alone takes no room from others.
 */
export class InFlight {
  /** Callers that are held for an answer. */
  readonly waiting = new Set<Caller>();
  #webhooks = 0;
  #bytes = 0;

  get webhooks(): number {
    return this.#webhooks;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a place for a webhook whose body declares `expectedBytes` (0: unknown); false where there is none. */
  enter(limits: InFlightLimits, expectedBytes: number): boolean {
    if (this.#webhooks >= limits.inFlightMax) return false;
    if (this.#bytes + expectedBytes > limits.inFlightBytesMax) return false;
    this.#webhooks += 1;
    return true;
  }

  /** Takes room for bytes that arrived; false where there is none, and nothing is taken. */
  hold(limits: InFlightLimits, bytes: number): boolean {
    if (this.#bytes + bytes > limits.inFlightBytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Gives back one place and the bytes held with it. */
  leave(bytes: number): void {
    this.#webhooks -= 1;
    this.#bytes -= bytes;
  }
}
