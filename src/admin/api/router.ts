import { OpenAPIHono } from '@hono/zod-openapi';
import { operatorErrors, refusals, type OperatorErrorCode, type RefusalCode } from '../../core/errors.ts';
import type { AdminEnv } from '../identity/auth.ts';

/**
 * An RFC 9457 problem for people who operate: other than on the public side it says what to do.
 *
 * @param retryAfterSeconds After which a new try makes sense; null: nobody knows.
 */
export function problem(
  code: OperatorErrorCode | RefusalCode,
  detail: string,
  retryAfterSeconds: number | null = null,
): Response {
  const { status, title } = { ...refusals, ...operatorErrors }[code];
  const body = { type: `urn:hookward:problem:${code}`, title, status, code, detail };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...(retryAfterSeconds !== null && { 'retry-after': String(Math.ceil(retryAfterSeconds)) }),
    },
  });
}

/** A router whose schema failures are problems too. */
export function createRouter(): OpenAPIHono<AdminEnv> {
  return new OpenAPIHono<AdminEnv>({
    defaultHook: (result) => {
      if (result.success) return undefined;
      const issues = result.error.issues.map(
        (issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`,
      );
      return problem('usage-wrong', issues.join('; '));
    },
  });
}
