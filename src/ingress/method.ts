// What methods a route takes.
import type { WebhookMethod } from '../core/webhook.ts';
import type { Cors } from './cors.ts';
import type { Exchange } from './exchange.ts';
import { fixedAnswer } from './fixedAnswers.ts';
import { Refusal } from './refusals.ts';
import type { IngressRoute } from './settings.ts';

const withoutCors = new Refusal('method-not-allowed', { allow: 'GET, POST' });
const withCors = new Refusal('method-not-allowed', { allow: 'GET, POST, OPTIONS' });

/** What is refused where no route is known yet (CONNECT). */
export const methodNotAllowed = withoutCors;

/** What a route is asked for: to take a webhook, or what pages of other origins may do. */
export type Asked = { readonly method: WebhookMethod } | { readonly method: 'OPTIONS'; readonly cors: Cors };

const get: Asked = { method: 'GET' };
const post: Asked = { method: 'POST' };

/** GET and POST; OPTIONS where pages of other origins may call. */
export function checkMethod(method: string | undefined, { cors }: IngressRoute): Asked | Refusal {
  if (method === 'POST') return post;
  if (method === 'GET') return get;
  if (cors === null) return withoutCors;
  return method === 'OPTIONS' ? { method, cors } : withCors;
}

const noContent = fixedAnswer({ status: 204, contentType: '', body: '' });

/** Answers OPTIONS: what a page of `origin` may do here. Null: answered. */
export function answerOptions(exchange: Exchange, cors: Cors, origin: string | null): null {
  exchange.answerHeaders = cors.preflightHeaders(origin);
  exchange.send(noContent);
  return null;
}
