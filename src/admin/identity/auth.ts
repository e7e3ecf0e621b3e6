import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { HookwardError } from '../../core/errors.ts';
import { isLocalCall, isSameOrigin, type CallOrigin } from './sameSite.ts';
import type { Session, Sessions } from './sessionContract.ts';
import { isSameSecret } from './sessions.ts';
import { holderOf, isAtLeast, type Principal, type Role, type TokenHash } from './tokens.ts';

/** What handlers find in the request's context. */
export interface AdminEnv {
  Bindings: Partial<HttpBindings>;
  Variables: {
    principal: Principal;
    /** What a form must carry as `csrf`, and a script as `x-csrf-token`; null: the caller came without a session. */
    csrf: string | null;
  };
}

/** The cookie of a login. */
export const sessionCookie = 'hookward_session';

/** What tells callers apart. */
export interface AuthParts {
  readonly tokens: () => readonly TokenHash[];
  readonly sessions: Sessions;
}

type AdminContext = Context<AdminEnv>;

/** Where a call comes from. */
export function originOf(context: AdminContext): CallOrigin {
  const { host, origin, 'sec-fetch-site': fetchSite } = context.req.header();
  return { host, origin, fetchSite };
}

function refused(message: string): HookwardError {
  return new HookwardError('not-authorized', { message });
}

function localCaller(context: AdminContext): Principal {
  if (isLocalCall(originOf(context))) return { name: 'local', role: 'admin' };
  throw refused('Without tokens only calls to a loopback name that no web page makes are taken.');
}

function bearer(authorization: string, tokens: readonly TokenHash[]): Principal {
  const token = /^Bearer ([\x21-\x7e]{1,256})$/.exec(authorization)?.[1];
  const holder = token === undefined ? null : holderOf(token, tokens);
  if (holder === null) throw refused('Send one of the configured tokens as a bearer token.');
  return { name: holder.name, role: holder.role };
}

/** The session's own secret, as a script or a form sends it. */
async function csrfOf(context: AdminContext): Promise<string> {
  const header = context.req.header('x-csrf-token');
  if (header !== undefined) return header;
  const isForm = /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(
    context.req.header('content-type') ?? '',
  );
  const form = isForm ? await context.req.parseBody().catch(() => null) : null;
  const field = form?.['csrf'];
  return typeof field === 'string' ? field : '';
}

/** A cookie comes along whatever page makes the call: what changes something must prove that it is one of ours. */
async function refuseForged(context: AdminContext, session: Session): Promise<void> {
  if (['GET', 'HEAD', 'OPTIONS'].includes(context.req.method)) return;
  if (!isSameOrigin(originOf(context))) throw refused('The call comes from a page of another site.');
  if (isSameSecret(await csrfOf(context), session.csrf)) return;
  throw refused("The call lacks its session's token: load the page anew, and try again.");
}

/** The session that a call names, or null. */
export function sessionOf(context: AdminContext, sessions: Sessions): Session | null {
  const id = getCookie(context, sessionCookie);
  return id === undefined ? null : sessions.find(id);
}

/**
 * Finds out who calls: the holder of a bearer token, or of a login. Without configured tokens the listener stands on
 * loopback only, and a call that a web page could have caused (rebound name, foreign origin) is refused.
 */
export function authenticate({ tokens, sessions }: AuthParts): MiddlewareHandler<AdminEnv> {
  return async (context, next) => {
    const known = tokens();
    const authorization = context.req.header('authorization');
    const session = known.length === 0 || authorization !== undefined ? null : sessionOf(context, sessions);
    if (session !== null) await refuseForged(context, session);
    context.set('csrf', session?.csrf ?? null);
    context.set(
      'principal',
      known.length === 0 ? localCaller(context) : (session?.principal ?? bearer(authorization ?? '', known)),
    );
    await next();
  };
}

/** Refuses callers below `least`. */
export function requireRole(least: Role): MiddlewareHandler<AdminEnv> {
  return async (context, next) => {
    const { role } = context.get('principal');
    if (!isAtLeast(role, least)) {
      throw new HookwardError('role-too-low', {
        message: `This needs the role ${least}; the token has ${role}.`,
      });
    }
    await next();
  };
}
