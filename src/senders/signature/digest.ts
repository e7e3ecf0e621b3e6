// Digests that hold a secret and are no HMAC.
import { HookwardError } from '../../core/errors.ts';
import { sameBytes } from './hmac.ts';

/** Whether a signature is the digest of the text that `textOf` makes with one of the secrets. */
export type IsDigest = (signature: Uint8Array, digestOf: (secret: string) => Uint8Array) => boolean;

/**
 * Prepares the comparison with what a digest gives under `secrets`. Every one is tried, whichever fits.
 *
 * @throws HookwardError `config-invalid` for an empty secret, with which anybody could sign.
 */
export function digestUnder(secrets: readonly string[]): IsDigest {
  if (secrets.includes('')) throw new HookwardError('config-invalid', { message: 'a secret is empty' });
  return (signature, digestOf) => {
    let found = false;
    for (const secret of secrets) found = sameBytes(digestOf(secret), signature) || found;
    return found;
  };
}
