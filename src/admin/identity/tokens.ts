import { createHash, timingSafeEqual } from 'node:crypto';

/** From least to most: each may do what those before it may. */
export const roles = ['viewer', 'support', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Whether `role` may do what `least` may. */
export function isAtLeast(role: Role, least: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(least);
}

/** Who makes a call. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
}

/** A bearer token as the configuration knows it: never the token itself. */
export interface TokenHash {
  readonly name: string;
  readonly role: Role;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** The holder of `token`, or null. Every configured hash is compared, in constant time each. */
export function holderOf(token: string, tokens: readonly TokenHash[]): TokenHash | null {
  const digest = createHash('sha256').update(token).digest();
  let holder: TokenHash | null = null;
  for (const known of tokens) {
    if (timingSafeEqual(digest, Buffer.from(known.sha256, 'hex'))) holder = known;
  }
  return holder;
}
