// Answers that do not come from a bot: acknowledgements, "queued", redirects.
import { validateHeaderValue } from 'node:http';
import { HookwardError } from '../core/errors.ts';
import type { FixedReply } from '../core/fixedReply.ts';
import type { RawHeaders } from '../core/headers.ts';

/** An answer whose bytes are known before the call. */
export interface FixedAnswer {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: Buffer;
}

/**
 * `value`, if a header field can carry it.
 *
 * @throws HookwardError `config-invalid`
 */
export function fieldValue(value: string): string {
  try {
    validateHeaderValue('configured', value);
    return value;
  } catch (cause) {
    throw new HookwardError('config-invalid', {
      message: 'a configured value cannot stand in a header',
      cause,
    });
  }
}

/**
 * Prepares a fixed answer; statuses that cannot have a body (RFC 9110, 6.4.1) get none, nor its fields.
 *
 * @throws HookwardError `config-invalid` for a content type that no header can carry.
 */
export function fixedAnswer({ status, contentType, body }: FixedReply): FixedAnswer {
  if (status === 204 || status === 304) return { status, headers: [], body: Buffer.alloc(0) };
  const bytes = Buffer.from(body);
  const type = bytes.length === 0 ? [] : ['Content-Type', fieldValue(contentType)];
  return { status, headers: [...type, 'Content-Length', String(bytes.length)], body: bytes };
}

/** Says in JSON where the webhook stands: 202 while it is still to be delivered, 200 once it has been. */
export function stateAnswer(id: string, state: 'pending' | 'delivered'): FixedAnswer {
  const body = Buffer.from(`{"id":"${id}","state":"${state}"}`);
  return {
    status: state === 'pending' ? 202 : 200,
    headers: ['Content-Type', 'application/json', 'Content-Length', String(body.length)],
    body,
  };
}

const noBody = Buffer.alloc(0);

/**
 * 303 to `address`, or null where the address is not one that a browser may be sent to. Characters that a header cannot
 * carry are percent-encoded first.
 */
export function redirectAnswer(address: string): FixedAnswer | null {
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return null;
  const location = /^[\x21-\x7e]+$/.test(address) ? address : new URL(address).href;
  return { status: 303, headers: ['Location', location, 'Content-Length', '0'], body: noBody };
}
