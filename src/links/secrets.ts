import { createSecretKey, hash, timingSafeEqual, type KeyObject } from 'node:crypto';
import { HookwardError } from '../core/errors.ts';

/** A key of the `hookward` scheme. */
export interface LinkKey {
  /** Stands in the link: 1 to 32 letters, digits, `-` or `_`. */
  readonly id: string;
  /** At least 16 characters. */
  readonly secret: string;
}

const keyIdPattern = /^[A-Za-z0-9_-]{1,32}$/;
const secretLengthMin = 16;

/**
 * Keys by id, in the order given.
 *
 * @throws HookwardError `config-invalid` for a malformed id, a repeated one, or a short secret.
 */
export function linkSecrets(keys: readonly LinkKey[]): Map<string, KeyObject> {
  const secrets = new Map<string, KeyObject>();
  keys.forEach(({ id, secret }, index) => {
    const fault = !keyIdPattern.test(id)
      ? 'needs an id of 1 to 32 letters, digits, - or _'
      : secrets.has(id)
        ? 'has the id of an earlier one'
        : secret.length < secretLengthMin
          ? `needs a secret of at least ${secretLengthMin} characters`
          : null;
    if (fault !== null) {
      throw new HookwardError('config-invalid', { message: `link key ${index + 1} ${fault}` });
    }
    secrets.set(id, createSecretKey(Buffer.from(secret, 'utf8')));
  });
  return secrets;
}

/** Whether two texts are the same, in a time that tells nothing of where they differ: their digests are compared. */
export function sameText(one: string, other: string): boolean {
  return timingSafeEqual(hash('sha256', one, 'buffer'), hash('sha256', other, 'buffer'));
}
