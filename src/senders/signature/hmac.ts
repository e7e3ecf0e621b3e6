// HMACs in constant time, over several secrets at once.
import { createHmac, createSecretKey, timingSafeEqual, type BinaryLike, type KeyObject } from 'node:crypto';
import { HookwardError } from '../../core/errors.ts';

export type HmacAlgorithm = 'sha1' | 'sha256' | 'sha512';

/** Whether two byte strings are equal, in a time that tells only their lengths. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && timingSafeEqual(one, other);
}

/**
 * Secrets as they stand in a configuration, made into keys once.
 *
 * @param bytesOf The key that a secret stands for; left out: its own UTF-8 bytes.
 * @throws HookwardError `config-invalid` for an empty one, which anybody could sign with.
 */
export function hmacKeys(
  secrets: readonly string[],
  bytesOf: (secret: string) => Buffer = (secret) => Buffer.from(secret, 'utf8'),
): readonly KeyObject[] {
  return secrets.map((secret) => {
    const bytes = bytesOf(secret);
    if (secret === '' || bytes.length === 0)
      throw new HookwardError('config-invalid', { message: 'a secret is empty' });
    return createSecretKey(bytes);
  });
}

/** The HMAC of the joined `parts`. */
export function hmacOf(algorithm: HmacAlgorithm, key: KeyObject, parts: readonly BinaryLike[]): Buffer {
  const hmac = createHmac(algorithm, key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** Whether one of `signatures` is the HMAC of the joined `parts` under one of `keys`. Every pair is compared. */
export function isSignedBy(params: {
  readonly algorithm: HmacAlgorithm;
  readonly keys: readonly KeyObject[];
  readonly parts: readonly BinaryLike[];
  readonly signatures: readonly Uint8Array[];
}): boolean {
  let found = false;
  for (const key of params.keys) {
    const right = hmacOf(params.algorithm, key, params.parts);
    for (const signature of params.signatures) found = sameBytes(right, signature) || found;
  }
  return found;
}
