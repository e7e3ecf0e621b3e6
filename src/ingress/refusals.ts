// Refusals as values, and the bytes that they are answered with. Nothing that a caller sent gets into them.
import { STATUS_CODES } from 'node:http';
import type { LimitReading } from '../access/index.ts';
import { problemOf, refusalCodes, refusals, type RefusalCode } from '../core/errors.ts';
import type { RawHeaders } from '../core/headers.ts';

/** What goes with a refusal beyond its code. */
export interface RefusalFacts {
  /** Null: the code's own default. */
  readonly retryAfterSeconds?: number | null;
  /** Shown as RateLimit-* fields. */
  readonly limit?: LimitReading | null;
  /** Answered with 503 whatever the code's own status is. */
  readonly isUnavailable?: boolean;
  /** Methods for the Allow field of a 405. */
  readonly allow?: string;
}

/** Why a request goes no further. A stage of the road gives either its result or one of these. */
export class Refusal {
  static readonly #plain = new Map<RefusalCode, Refusal>(
    refusalCodes.map((code) => [code, new Refusal(code, {})]),
  );

  readonly code: RefusalCode;
  readonly facts: RefusalFacts;

  constructor(code: RefusalCode, facts: RefusalFacts) {
    this.code = code;
    this.facts = facts;
  }

  /** The refusal that is nothing but its code; one object for each code. */
  static of(code: RefusalCode): Refusal {
    return Refusal.#plain.get(code) ?? new Refusal(code, {});
  }
}

/**
 * When a caller should come again, in seconds, unless the refusing part knows better. Every 429 and 503 has one. A full
 * log needs room to be made; what is merely busy passes in a second; a restart takes a few.
 */
const retryAfterSeconds: Readonly<Partial<Record<RefusalCode, number>>> = {
  'rate-limited': 1,
  'route-rate-limited': 1,
  'too-many-in-flight': 1,
  'too-many-connections': 1,
  'shutting-down': 5,
  'log-full': 60,
  'log-failing': 10,
  'log-busy': 1,
  'queued-unavailable': 30,
  // A certificate or key that could not be had: long enough not to press the host that has it.
  'sender-unverifiable': 30,
};

/**
 * A 401 must bear a challenge (RFC 9110, 15.5.2). The scheme is in no register (IANA has none for calls that are signed
 * in their sender's own way), so that no browser asks its user for a password.
 */
const challenge = ['WWW-Authenticate', 'Signature'];

/** A refusal's answer but for what changes from call to call. */
interface Prepared {
  readonly status: number;
  readonly body: Buffer;
  readonly headers: RawHeaders;
}

function prepare(code: RefusalCode, status: number): Prepared {
  const body = Buffer.from(JSON.stringify({ ...problemOf(code), status }));
  return {
    status,
    body,
    headers: [
      'Content-Type',
      'application/problem+json',
      'Content-Length',
      String(body.length),
      // A refusal says something about this moment only.
      'Cache-Control',
      'no-store',
      ...(status === 401 ? challenge : []),
    ],
  };
}

const prepared = new Map<RefusalCode, Prepared>(
  refusalCodes.map((code) => [code, prepare(code, refusals[code].status)]),
);
const preparedAsUnavailable = new Map<RefusalCode, Prepared>(
  refusalCodes.map((code) => [code, prepare(code, 503)]),
);

function preparedFor({ code, facts }: Refusal): Prepared {
  if (facts.isUnavailable === true) return preparedAsUnavailable.get(code) ?? prepare(code, 503);
  return prepared.get(code) ?? prepare(code, refusals[code].status);
}

/** The answer to a refusal: a status, a fresh header list to add to, and the problem's bytes (shared: not to be changed). */
export interface RefusalAnswer {
  readonly status: number;
  readonly headers: string[];
  readonly body: Buffer;
}

/**
 * The RFC 9457 answer to `refusal`. A limit is told in the three fields RateLimit-Limit, -Remaining and -Reset of
 * draft-ietf-httpapi-ratelimit-headers-06, which clients know; the later drafts' two structured fields are hardly read yet.
 */
export function answerTo(refusal: Refusal): RefusalAnswer {
  const { code, facts } = refusal;
  const { status, body, headers: fixed } = preparedFor(refusal);
  const headers = [...fixed];
  const retryAfter = facts.retryAfterSeconds ?? retryAfterSeconds[code] ?? null;
  if (retryAfter !== null) headers.push('Retry-After', String(Math.max(1, Math.ceil(retryAfter))));
  if (facts.limit) {
    headers.push(
      'RateLimit-Limit',
      String(facts.limit.limit),
      'RateLimit-Remaining',
      String(Math.max(0, Math.floor(facts.limit.remaining))),
      'RateLimit-Reset',
      String(Math.max(0, Math.ceil(facts.limit.resetSeconds))),
    );
  }
  if (facts.allow !== undefined) headers.push('Allow', facts.allow);
  return { status, headers, body };
}

/**
 * The same answer as bytes, for sockets that Node has no response object for: malformed requests, upgrades, connections
 * over a cap. The connection ends with it.
 */
export function rawAnswerTo(refusal: Refusal, nowMs: number): Buffer {
  const { status, headers, body } = answerTo(refusal);
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    head += `${headers[at] as string}: ${headers[at + 1] as string}\r\n`;
  }
  head += `Date: ${new Date(nowMs).toUTCString()}\r\nConnection: close\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}
