import type { MiddlewareHandler } from 'hono';

/**
 * What a page of the console may do: load the console's own scripts, styles and images, and talk to its own address.
 * Nothing that a caller or a bot sent could run, even if it got into a page as HTML.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Puts the policy, and the other headers that keep a page to itself, on every answer of the console. */
export const strictHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  context.header('content-security-policy', contentSecurityPolicy);
  context.header('x-content-type-options', 'nosniff');
  context.header('x-frame-options', 'DENY');
  // Not `no-referrer`: under it browsers send `Origin: null` with forms, and ours could not be told from others'.
  context.header('referrer-policy', 'same-origin');
  context.header('cross-origin-opener-policy', 'same-origin');
};
