import type { WebhookId } from './ids.ts';
import type { SenderFinding } from './senders.ts';

/** The methods a webhook may have; everything else is refused with 405. */
export type WebhookMethod = 'GET' | 'POST';

/** One inbound request, byte for byte: nothing here is parsed and written again. */
export interface CapturedRequest {
  readonly method: WebhookMethod;
  /** Path and query as they stood on the wire, e.g. `/v1/bots/7/new-webhook?&command=%2FonWebhook`. */
  readonly target: string;
  /** Names and values by turns, in the order received, repeats and case kept; Latin-1 decoded as Node gives them. */
  readonly headers: readonly string[];
  /** The body's bytes, transfer coding removed, content coding untouched. */
  readonly body: Uint8Array;
  /** The client's address in canonical text (see `access/`), never a proxy's. */
  readonly ip: string;
  readonly scheme: 'http' | 'https';
}

/** A captured request that has been given an id and a route. Never changes once it is made. */
export interface Webhook {
  readonly id: WebhookId;
  /** The name of the route that took it. */
  readonly route: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly request: CapturedRequest;
  /** The bot that the path or the link names, for search; null where none is named. */
  readonly bot: string | null;
  /** The user that the link names, for search; null for a global webhook. */
  readonly user: string | null;
  /** The value of the route's `order.by`: webhooks of one key go one after another. Null: no order. */
  readonly orderKey: string | null;
  /** What is known of who sent it; null where its route names no sender. */
  readonly sender: SenderFinding | null;
  /**
   * The sender's own id of the event or payment, for search: the first part of the route's `dedupe.key`, or its digest
   * where it is too long. Null: it is not looked for, or not there.
   */
  readonly eventId: string | null;
  /**
   * What copies of the event are known by within the route; webhooks with the same have the same `eventId`, too. Null: it
   * is not looked for, or a part of it is not there.
   */
  readonly dedupeKey: string | null;
}
