/** How a refused caller is answered: the HTTP status and a title that says nothing of the inside. */
interface Refusal {
  readonly status: number;
  readonly title: string;
}

/**
 * Every way in which a call on the public listener is refused. The code is stable: senders' operators, dashboards and
 * tests name it. The title is all that the caller is told.
 */
export const refusals = {
  'address-unknown': { status: 403, title: 'Your address could not be determined' },
  banned: { status: 403, title: 'Your address is banned' },
  'not-whitelisted': { status: 403, title: 'Your address is not on the whitelist' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'route-rate-limited': { status: 429, title: 'Too many requests for this route' },
  'no-route': { status: 404, title: 'There is no such route' },
  'method-not-allowed': { status: 405, title: 'Only GET and POST are taken here' },
  'link-token-missing': { status: 403, title: 'The link has no token' },
  'link-token-wrong': { status: 403, title: 'The link does not match its token' },
  'link-expired': { status: 403, title: 'The link has expired' },
  'link-revoked': { status: 403, title: 'The link has been revoked' },
  'parameter-fixed': { status: 403, title: 'A parameter of the call is fixed here' },
  'body-too-large': { status: 413, title: 'The body is larger than this route takes' },
  'body-too-slow': { status: 408, title: 'The request took too long to arrive' },
  'target-too-long': { status: 414, title: 'The request target is too long' },
  'headers-too-large': { status: 431, title: 'The header is larger than is taken here' },
  'malformed-request': { status: 400, title: 'The request is malformed' },
  'expectation-unknown': { status: 417, title: 'Only 100-continue can be expected here' },
  'signature-missing': { status: 401, title: 'The request is not signed' },
  'signature-malformed': { status: 401, title: 'The signature cannot be read' },
  'signature-wrong': { status: 401, title: 'The signature does not match' },
  'signature-stale': { status: 401, title: 'The signature is too old, or from the future' },
  'sender-address-wrong': { status: 403, title: 'The address is none of the sender' },
  'sender-unverifiable': { status: 503, title: 'The signature cannot be checked now' },
  'too-many-in-flight': { status: 503, title: 'Too many webhooks are in flight' },
  'too-many-connections': { status: 503, title: 'Too many connections' },
  'shutting-down': { status: 503, title: 'The service is shutting down' },
  'log-full': { status: 503, title: 'The log is full' },
  'log-failing': { status: 503, title: 'The log cannot be written' },
  'log-busy': { status: 503, title: 'The log is busy' },
  'queued-unavailable': { status: 503, title: 'The webhook was taken and will be delivered later' },
  'bot-host-unreachable': { status: 502, title: 'The bot host gave no answer' },
  'pass-through-failed': { status: 502, title: 'The host behind gave no answer' },
  'pass-through-refused': { status: 400, title: 'The request cannot be passed on safely' },
  'internal-error': { status: 500, title: 'Something went wrong here' },
} as const satisfies Record<string, Refusal>;

export type RefusalCode = keyof typeof refusals;

export const refusalCodes = Object.keys(refusals) as readonly RefusalCode[];

/** Errors that an operator, support or a script meets: on start, in the CLI, at the admin API. */
export const operatorErrors = {
  'config-invalid': { exitCode: 2, status: 422, title: 'The configuration is not valid' },
  'config-needs-restart': { exitCode: 2, status: 409, title: 'The change needs a restart' },
  'usage-wrong': { exitCode: 2, status: 400, title: 'The call is not valid' },
  'listen-failed': { exitCode: 3, status: 500, title: 'A listener could not be opened' },
  'admin-needs-tokens': { exitCode: 2, status: 500, title: 'The admin listener needs tokens off loopback' },
  'log-locked': { exitCode: 4, status: 503, title: 'Another process holds the log' },
  'log-not-found': { exitCode: 4, status: 503, title: 'There is no log' },
  'log-unavailable': { exitCode: 4, status: 503, title: 'The log cannot be opened' },
  'log-damaged': { exitCode: 4, status: 503, title: 'The log is damaged' },
  'log-newer': { exitCode: 4, status: 503, title: 'The log was written by a newer version' },
  'log-closed': { exitCode: 4, status: 503, title: 'The log is closed' },
  'server-unreachable': { exitCode: 5, status: 503, title: 'The server cannot be reached' },
  'server-refused': { exitCode: 5, status: 502, title: 'The server refused the call' },
  'not-authorized': { exitCode: 5, status: 401, title: 'A valid token is needed' },
  'role-too-low': { exitCode: 5, status: 403, title: 'The role does not allow this' },
  'webhook-not-found': { exitCode: 6, status: 404, title: 'There is no such webhook' },
  'entry-not-found': { exitCode: 6, status: 404, title: 'There is no such entry' },
  'state-conflict': { exitCode: 6, status: 409, title: 'The state does not allow this' },
  'demo-failed': { exitCode: 7, status: 500, title: 'The demo did not go as told' },
  interrupted: { exitCode: 130, status: 503, title: 'Interrupted' },
} as const satisfies Record<string, Refusal & { readonly exitCode: number }>;

export type OperatorErrorCode = keyof typeof operatorErrors;

export const operatorErrorCodes = Object.keys(operatorErrors) as readonly OperatorErrorCode[];

/** What may be told about an error beyond its code. */
export interface ErrorFacts {
  /** What went wrong, where, and what to do: for operators and logs, never for a public caller. Free of secrets. */
  readonly message: string;
  readonly cause?: unknown;
  /** Seconds after which a new try makes sense. */
  readonly retryAfterSeconds?: number;
}

/** Any error that Hookward itself raises, named by a code of one of the two catalogues. */
export class HookwardError extends Error {
  readonly code: RefusalCode | OperatorErrorCode;
  readonly retryAfterSeconds: number | null;

  constructor(code: RefusalCode | OperatorErrorCode, facts: ErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'HookwardError';
    this.code = code;
    this.retryAfterSeconds = facts.retryAfterSeconds ?? null;
  }
}

/** Whether `code` names a refusal on the public listener. */
export function isRefusalCode(code: string): code is RefusalCode {
  return Object.hasOwn(refusals, code);
}

/** The refusal that `error` stands for, or null where it is anything else. */
export function refusalOf(error: unknown): RefusalCode | null {
  return error instanceof HookwardError && isRefusalCode(error.code) ? error.code : null;
}

/** An RFC 9457 problem document. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
}

/** The problem that a refused caller is sent. It holds nothing that the caller sent. */
export function problemOf(code: RefusalCode): Problem {
  const { status, title } = refusals[code];
  return { type: `urn:hookward:problem:${code}`, title, status, code };
}
