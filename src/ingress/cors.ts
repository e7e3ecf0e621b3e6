// Cross-origin calls: web pages that fetch a webhook URL (WHATWG Fetch, "HTTP-CORS protocol"). Header lists are made once
// for each configured origin; the caller's own Origin is only ever looked up, never sent back.
import type { RawHeaders } from '../core/headers.ts';
import { fieldValue } from './fixedAnswers.ts';

/** A route's cross-origin rule, as the configuration writes it. */
export interface CorsRule {
  /** Exact origins, or `*`. */
  readonly origins: readonly string[];
  /** Request headers that a page may set. */
  readonly headers: readonly string[];
  /** Milliseconds for which a browser may keep the preflight's answer. */
  readonly maxAge: number;
}

/** A rule made ready. */
export interface Cors {
  /** Added to every answer of the route. */
  answerHeaders(origin: string | null): RawHeaders;
  /** The header of the answer to OPTIONS. */
  preflightHeaders(origin: string | null): RawHeaders;
}

const allow = 'GET, POST, OPTIONS';

/**
 * Makes a rule ready. `idHeader` is the field that pages may read beside the simple ones.
 *
 * @throws HookwardError `config-invalid` for an origin or header that no header can carry.
 */
export function prepareCors(rule: CorsRule, idHeader: string): Cors {
  const isOpen = rule.origins.includes('*');
  // What a cache keeps for one origin must not be given to another; for `*` all get the same.
  const vary = isOpen ? [] : ['Vary', 'Origin'];
  const answerOf = (origin: string): RawHeaders => [
    'Access-Control-Allow-Origin',
    fieldValue(origin),
    'Access-Control-Expose-Headers',
    idHeader,
    ...vary,
  ];
  const preflightOf = (origin: string): RawHeaders => [
    ...answerOf(origin),
    'Access-Control-Allow-Methods',
    'GET, POST',
    ...(rule.headers.length === 0
      ? []
      : ['Access-Control-Allow-Headers', fieldValue(rule.headers.join(', '))]),
    'Access-Control-Max-Age',
    String(Math.floor(rule.maxAge / 1000)),
    'Allow',
    allow,
  ];
  const byOrigin = new Map(
    rule.origins.map((origin) => [origin, { answer: answerOf(origin), preflight: preflightOf(origin) }]),
  );
  const others = { answer: vary, preflight: [...vary, 'Allow', allow] };
  const listsFor = (origin: string | null) =>
    (origin === null ? undefined : byOrigin.get(isOpen ? '*' : origin)) ?? others;
  return {
    answerHeaders: (origin) => listsFor(origin).answer,
    preflightHeaders: (origin) => listsFor(origin).preflight,
  };
}

/** Whether the bot's own field must give way to ours, since two values would make browsers refuse the answer. */
export function isCorsField(lowerCaseName: string): boolean {
  return lowerCaseName.startsWith('access-control-');
}
