import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { HookwardError } from '../core/errors.ts';
import { isLoopback } from './loopback.ts';

/** From least to most: each may do what those before it may. */
export const roles = ['viewer', 'support', 'admin'] as const;
export type Role = (typeof roles)[number];

/** A bearer token as the configuration knows it: never the token itself. */
export interface TokenHash {
  readonly name: string;
  readonly role: Role;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Who makes a call. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
}

/** What handlers find in the request's context. */
export interface AdminEnv {
  Variables: { principal: Principal };
}

/** The holder of `token`, or null. Every configured hash is compared, in constant time each. */
function holderOf(token: string, tokens: readonly TokenHash[]): Principal | null {
  const digest = createHash('sha256').update(token).digest();
  let holder: Principal | null = null;
  for (const { name, role, sha256 } of tokens) {
    if (timingSafeEqual(digest, Buffer.from(sha256, 'hex'))) holder = { name, role };
  }
  return holder;
}

/** Whether a Host header names this machine's loopback: anything else is a web page's name rebound to it. */
function isLoopbackHost(host: string | undefined): boolean {
  if (host === undefined) return false;
  return isLoopback(host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'));
}

/** A browser says so when one of its pages calls another site; no page has business here without a token. */
function comesFromForeignPage(origin: string | undefined, fetchSite: string | undefined): boolean {
  return (
    (origin !== undefined && !isLoopbackHost(/^https?:\/\/([^/]+)$/.exec(origin)?.[1])) ||
    fetchSite === 'cross-site' ||
    fetchSite === 'same-site'
  );
}

/**
 * Finds out who calls. With tokens configured every call needs one of them; without, the listener stands on loopback
 * only, and a call that a web page could have caused (rebound name, foreign origin) is refused.
 */
export function authenticate(tokens: () => readonly TokenHash[]): MiddlewareHandler<AdminEnv> {
  return async (context, next) => {
    const known = tokens();
    if (known.length === 0) {
      const { origin, host, 'sec-fetch-site': fetchSite } = context.req.header();
      if (!isLoopbackHost(host) || comesFromForeignPage(origin, fetchSite)) {
        throw new HookwardError('not-authorized', {
          message: 'Without tokens only calls to a loopback name that no web page makes are taken.',
        });
      }
      context.set('principal', { name: 'local', role: 'admin' });
    } else {
      const bearer = /^Bearer ([\x21-\x7e]{1,256})$/.exec(context.req.header('authorization') ?? '')?.[1];
      const principal = bearer === undefined ? null : holderOf(bearer, known);
      if (principal === null) {
        throw new HookwardError('not-authorized', {
          message: 'Send one of the configured tokens as a bearer token.',
        });
      }
      context.set('principal', principal);
    }
    await next();
  };
}

/** Refuses callers below `least`. */
export function requireRole(least: Role): MiddlewareHandler<AdminEnv> {
  return async (context, next) => {
    const { role } = context.get('principal');
    if (roles.indexOf(role) < roles.indexOf(least)) {
      throw new HookwardError('role-too-low', {
        message: `This needs the role ${least}; the token has ${role}.`,
      });
    }
    await next();
  };
}
