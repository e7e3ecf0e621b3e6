// Pure and free of the server's code: the bot's verifier shares it.
import { createSecretKey, type KeyObject } from 'node:crypto';

const prefix = 'whsec_';

/** Standard Webhooks 1.0.0: a secret is 24 to 64 random bytes. Shorter ones, an empty one above all, sign nothing. */
const keyBytesMin = 24;
const keyBytesMax = 64;

/** Canonical base64 with its padding, so that a typing error is found here and not in production. */
const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The text form of a signing key's bytes. */
export function signingKeyText(bytes: Uint8Array): string {
  return prefix + Buffer.from(bytes).toString('base64');
}

/**
 * The key that `text` stands for: base64 of 24 to 64 bytes behind `whsec_` (which may be left out, as in the reference
 * libraries). Null where it is anything else.
 */
export function parseSigningKey(text: string): KeyObject | null {
  const encoded = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  if (!base64Pattern.test(encoded)) return null;
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.length < keyBytesMin || bytes.length > keyBytesMax ? null : createSecretKey(bytes);
}
