import type { Random } from '../core/random.ts';

const linkIdPattern = /^[A-Za-z0-9_-]{1,64}$/;

/** Whether `text` can stand in a token as a link's id. */
export function isLinkId(text: string): boolean {
  return linkIdPattern.test(text);
}

/** A new link's id: 96 bits of chance in 16 characters, so that two links never share one. */
export function newLinkId(random: Pick<Random, 'bytes'>): string {
  return Buffer.from(random.bytes(12)).toString('base64url');
}
