// What every endpoint of the admin API says of itself: who may use it, what it answers, and how it says no.
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { operatorErrors, refusals } from '../../core/errors.ts';
import { requireRole, type AdminEnv } from '../identity/auth.ts';
import type { Asked } from '../operator.ts';
import type { Role } from '../identity/tokens.ts';

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

/** Problems that the document tells of, by their codes: those of one endpoint differ in their status. */
export const documentedProblems = [
  'usage-wrong',
  'body-too-large',
  'not-authorized',
  'role-too-low',
  'webhook-not-found',
  'entry-not-found',
  'state-conflict',
  'log-failing',
  'too-many-connections',
] as const;

type DocumentedProblem = (typeof documentedProblems)[number];

const factsOf = (code: DocumentedProblem) => ({ ...refusals, ...operatorErrors })[code];

/** The answer of a problem, for the document. */
export function problemAnswer(code: DocumentedProblem) {
  const { status, title } = factsOf(code);
  const example = { type: `urn:hookward:problem:${code}`, title, status, code, detail: title };
  return {
    description: title,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example } },
  };
}

/** Problems that an endpoint may answer with. Only documented: handlers throw problems, they do not return them. */
export function problems(...codes: readonly DocumentedProblem[]): object {
  return Object.fromEntries(
    codes.map((code) => [factsOf(code).status, { $ref: `#/components/responses/${code}` }]),
  );
}

/** What any endpoint that asks who calls may say no with. */
export const refusesCallers = ['not-authorized', 'role-too-low'] as const;

/** What any endpoint that reads or writes the log may fail with. */
export const logFails = ['log-failing'] as const;

/** What any endpoint that takes a body may say no with. */
export const refusesBodies = ['usage-wrong', 'body-too-large'] as const;

/** Who asks for a change, and why. */
export function askedBy(context: Context<AdminEnv>, reason: string): Asked {
  return { by: context.get('principal').name, reason };
}
