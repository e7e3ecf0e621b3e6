import type { RawHeaders } from '../core/headers.ts';
import type { Webhook } from '../core/webhook.ts';

/** Makes the options headers of one attempt (DESIGN, section 8). */
export interface Signer {
  sign(params: {
    /** What was found of its sender is told as `sender` and `verified`. */
    readonly webhook: Webhook;
    /** The public URL that the caller called: scheme, host and target. */
    readonly url: string;
    /** The request's headers without hop-by-hop ones and without forged copies of ours. */
    readonly headers: RawHeaders;
    readonly attempt: number;
    readonly replay: number;
    /** Time of this attempt, milliseconds since the epoch. */
    readonly now: number;
  }): RawHeaders;
}
