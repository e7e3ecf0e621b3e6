// Standard Webhooks 1.0.0, signature version v1. Pure and free of the server's code: the bot's verifier shares it.
import { createHmac, type KeyObject } from 'node:crypto';

/** What is signed: the id, the Unix seconds and the payload, a full stop between. Neither of the first two may hold one. */
export function signedText(id: string, timestamp: string, payload: string): string {
  return `${id}.${timestamp}.${payload}`;
}

/** `v1,` and the base64 HMAC-SHA256 of `text` (as UTF-8). */
export function signatureV1(key: KeyObject, text: string): string {
  return `v1,${createHmac('sha256', key).update(text, 'utf8').digest('base64')}`;
}
