// What every file of this folder exports, one file per sender: `sign`, which signs a request as the sender does, and
// `setup`, with which a route takes it for true.
import type { DocumentSource, SenderSettings } from '../../../src/senders/index.ts';
import type { WebhookMethod } from '../../../src/core/webhook.ts';

/** What may be chosen about a signed request; the rest is a typical event of the sender. */
export interface SignParams {
  /** One of the setup's `secrets`: the first unless told otherwise. */
  readonly secret?: string;
  /** The body, as the sender would write it before it signs. */
  readonly body?: string | Uint8Array;
  /** When it is signed, in milliseconds since the epoch: `signingTime` unless told otherwise. */
  readonly signedAt?: number;
  /** The public URL that is called: `calledUrl` unless told otherwise. */
  readonly url?: string;
}

/** A request as it goes on the wire to `url`. */
export interface SignedRequest {
  readonly method: WebhookMethod;
  readonly url: string;
  /** Path and query. */
  readonly target: string;
  /** Names and values by turns. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

export type Sign = (params?: SignParams) => SignedRequest;

/** How a route is configured for a sender. All keys are made up. */
export interface SenderSetup {
  /** Three secrets that `sign` can sign with; none where the preset takes none. */
  readonly secrets: readonly string[];
  readonly settings?: SenderSettings;
  /** The sender's addresses, where it is told by them; calls come from the first. */
  readonly addresses?: readonly string[];
  /** Serves what the preset fetches. */
  readonly documents?: DocumentSource;
  /** The header that the signature stands in, in lower case; null: it stands elsewhere, or there is none. */
  readonly signatureHeader: string | null;
  /** How far the time of signing may be off, in milliseconds; null: no time is signed, or none is held against it. */
  readonly toleranceMs: number | null;
}

/** Every signer signs at this time unless told otherwise. */
export const signingTime = Date.UTC(2026, 4, 17, 12, 0, 0);

export const calledUrl = 'https://hooks.example.com/in/payments?shop=7';

/** Path and query of `url`, exactly as they stand in it. */
export function targetOf(url: string): string {
  return url.replace(/^https?:\/\/[^/?#]*/, '');
}

export function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
}
