import type { SenderProblem } from '../../core/senders.ts';

/** A time of signing in whole Unix seconds as milliseconds; null for any other text. */
export function unixSeconds(text: string): number | null {
  return /^\d{1,12}$/.test(text) ? Number(text) * 1000 : null;
}

/** Null where `signedAt` is no further than `toleranceMs` from `receivedAt`, before or after it (both milliseconds). */
export function staleness(signedAt: number, receivedAt: number, toleranceMs: number): SenderProblem | null {
  return Math.abs(receivedAt - signedAt) <= toleranceMs ? null : 'signature-stale';
}
