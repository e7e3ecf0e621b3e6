import type { Answered } from './attempt.ts';
import type { RawHeaders } from './headers.ts';

/** The head of a bot's answer, as it came from the bot host. */
export interface AnswerHead {
  readonly status: number;
  /** As received, hop-by-hop ones already gone. */
  readonly headers: RawHeaders;
}

/** Takes the body of an answer that is being relayed. Every method is harmless after the caller has gone. */
export interface AnswerWriter {
  /** Hands on a piece of the body; false asks the source to pause until the callback given to `onDrain` is called. */
  write(chunk: Uint8Array): boolean;
  onDrain(resume: () => void): void;
  /** The answer is whole. */
  end(): void;
  /** The answer broke off: the caller must be able to tell that it is not whole. */
  abort(): void;
  /**
   * True once the caller has gone: nobody waits for the rest, and the source may stop early. A source that has paused is
   * resumed then too. Left out: not known.
   */
  readonly gone?: boolean;
}

/**
 * Why the caller gets no answer of the bot. `queued`: still pending and none will come soon, the route's `whenQueued`
 * is due. `dead`: given up, and there was no answer to relay. `cancelled`: a person called it off. `delivered`: it was
 * answered before, but the answer was too long to be kept.
 */
export type NoAnswer = 'queued' | 'dead' | 'cancelled' | 'delivered';

/**
 * A caller that waits for one webhook's answer. Ingress makes it, delivery feeds it. Of all calls to `relay` and
 * `giveUp` only the first has an effect.
 */
export interface Caller {
  /** Starts relaying a final answer. Null when the caller waits no longer (budget over, hung up, already answered). */
  relay(head: AnswerHead): AnswerWriter | null;
  /** Tells the caller that no answer of the bot will come. */
  giveUp(why: NoAnswer): void;
}

/** Gives `caller` an answer that was kept with its attempt: whole, or not at all. */
export function relayKept(caller: Caller, answer: Answered): void {
  const { status, headers, body, bodyTruncated, complete } = answer;
  if (bodyTruncated || !complete) {
    caller.giveUp('delivered');
    return;
  }
  const writer = caller.relay({ status, headers });
  if (writer === null) return;
  if (body.length > 0) writer.write(body);
  writer.end();
}
