import { createHash } from 'node:crypto';

/** The log keeps keys in its indexes and its lists: longer ones are told apart just as well by their digest. */
const keyCharsMax = 200;

/** `key` as it is kept: itself, or its digest where it is longer than 200 characters. */
export function boundedKey(key: string): string {
  if (key.length <= keyCharsMax) return key;
  return `sha256:${createHash('sha256').update(key).digest('base64url')}`;
}
