// What every endpoint of the admin API says of itself: who may use it, what it answers, and how it says no.
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { operatorErrors, refusals, type OperatorErrorCode, type RefusalCode } from '../../core/errors.ts';
import { requireRole, type AdminEnv } from '../auth.ts';
import type { Asked } from '../operator.ts';
import type { Role } from '../tokens.ts';
import type { Sight } from '../views.ts';

/** Names of the two ways to say who calls, in the document's `securitySchemes`. */
export const securitySchemes = { token: 'token', session: 'session', csrf: 'csrf' } as const;

/** An RFC 9457 problem. */
export const problemView = z
  .object({
    type: z.string().openapi({ description: '`urn:hookward:problem:` and the code.' }),
    title: z.string(),
    status: z.number().int(),
    code: z.string().openapi({ description: 'Stable: what scripts look at.' }),
    detail: z.string().openapi({ description: 'What is wrong, and what to do.' }),
  })
  .openapi('Problem');

/** Lets callers from `least` on use an endpoint, and says so in the document. */
export function takes<R extends Role>(least: R) {
  return {
    middleware: requireRole(least),
    'x-least-role': least,
    security: [
      { [securitySchemes.token]: [] },
      { [securitySchemes.session]: [], [securitySchemes.csrf]: [] },
    ],
  };
}

/** An endpoint that asks nobody who calls. */
export const takesAnybody = { security: [], 'x-least-role': null };

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** What a success answers. */
export function answers<T extends z.ZodType>(schema: T, description: string) {
  return { 200: json(schema, description) };
}

/** What a call answers that has made something. */
export function makes<T extends z.ZodType>(schema: T, description: string) {
  return { 201: json(schema, description) };
}

/** A body of a call, which must be JSON. */
export function body<T extends z.ZodType>(schema: T, example?: z.input<T>) {
  const content = { 'application/json': { schema, ...(example !== undefined && { example }) } };
  return { body: { required: true, content } };
}

type ProblemCode = OperatorErrorCode | RefusalCode;

function problemAnswer(codes: readonly ProblemCode[]) {
  const known = { ...refusals, ...operatorErrors };
  const examples = Object.fromEntries(
    codes.map((code) => {
      const { status, title } = known[code];
      const detail = 'What is wrong, and what to do.';
      return [code, { value: { type: `urn:hookward:problem:${code}`, title, status, code, detail } }];
    }),
  );
  return {
    description: codes.map((code) => known[code].title).join(', or: '),
    content: { 'application/problem+json': { schema: problemView, examples } },
  };
}

/** Problems that an endpoint may answer with, by their codes. */
export function problems(...codes: readonly ProblemCode[]) {
  const known = { ...refusals, ...operatorErrors };
  const statuses = new Set(codes.map((code) => known[code].status));
  // Only documented: handlers throw problems, they do not return them.
  const none: object = Object.fromEntries(
    [...statuses]
      .sort((one, other) => one - other)
      .map((status) => [
        String(status),
        problemAnswer(codes.filter((code) => known[code].status === status)),
      ]),
  );
  return none as Record<never, never>;
}

/** What any endpoint that asks who calls may say no with. */
export const refusesCallers = ['not-authorized', 'role-too-low'] as const;

/** What any endpoint that reads or writes the log may fail with. */
export const logFails = ['log-closed', 'log-failing'] as const;

/** What any endpoint that takes a body may say no with. */
export const refusesBodies = ['usage-wrong', 'body-too-large'] as const;

/** Who asks for a change, and why. */
export function askedBy(context: Context<AdminEnv>, reason: string): Asked {
  return { by: context.get('principal').name, reason };
}

/** How much of webhooks the caller may see. */
export function sightOf(context: Context<AdminEnv>): Sight {
  return context.get('principal').role === 'viewer' ? 'masked' : 'whole';
}
