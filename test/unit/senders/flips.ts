// Single bits of a request, and which of them a sender may leave unsigned.
import { isDeepStrictEqual } from 'node:util';
import type { UnsignedPart } from '../../../src/senders/index.ts';
import { targetOf, type SignedRequest } from '../../support/signing/contract.ts';

/** What a preset says about what is not signed. */
export interface Unsigned {
  readonly parts: readonly UnsignedPart[];
  /** Of the fields of query and form those that are signed, in lower case; of none where the whole is. */
  readonly signedFields: readonly string[];
}

const flippedText = (text: string, bit: number) => {
  const at = bit >> 3;
  const code = text.charCodeAt(at) ^ (1 << (bit & 7));
  return text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
};

function withTarget(request: SignedRequest, target: string): SignedRequest {
  const origin = request.url.slice(0, request.url.length - targetOf(request.url).length);
  return { ...request, target, url: origin + target };
}

/** How many bits a request has: of its target, of the values of its headers, of its body; and one for the method. */
export function bitsOf({ target, headers, body }: SignedRequest): number {
  const values = headers.filter((_, at) => at % 2 === 1);
  return 1 + 8 * (target.length + values.join('').length + body.byteLength);
}

/** The request with one bit turned over; the first turns GET into POST and back. */
export function flipped(request: SignedRequest, bit: number): SignedRequest {
  if (bit === 0) return { ...request, method: request.method === 'GET' ? 'POST' : 'GET' };
  let rest = bit - 1;
  if (rest < 8 * request.target.length) return withTarget(request, flippedText(request.target, rest));
  rest -= 8 * request.target.length;
  for (let at = 1; at < request.headers.length; at += 2) {
    const value = request.headers[at] ?? '';
    if (rest < 8 * value.length) {
      const headers = [...request.headers];
      headers[at] = flippedText(value, rest);
      return { ...request, headers };
    }
    rest -= 8 * value.length;
  }
  const body = Buffer.from(request.body);
  body[rest >> 3] = (body[rest >> 3] ?? 0) ^ (1 << (rest & 7));
  return { ...request, body };
}

type Fields = readonly (readonly [string, string])[];

const fieldsIn = (text: string): Fields =>
  [...new URLSearchParams(text)].sort((one, other) => (one.join('=') < other.join('=') ? -1 : 1));

/** Whether two lists of fields differ in none that is signed. */
function sameSignedFields(one: string, other: string, signed: readonly string[]): boolean {
  const kept = (text: string) => fieldsIn(text).filter(([name]) => signed.includes(name.toLowerCase()));
  return isDeepStrictEqual(kept(one), kept(other));
}

const textOf = ({ body }: SignedRequest) => Buffer.from(body).toString('utf8');

/** Whether two bodies say the same: as JSON, or as a form. */
function sameMeaning(one: string, other: string): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(one), JSON.parse(other));
  } catch {
    return !one.startsWith('{') && isDeepStrictEqual(fieldsIn(one), fieldsIn(other));
  }
}

const splitTarget = ({ target }: SignedRequest) => {
  const at = target.indexOf('?');
  return at === -1 ? [target, ''] : [target.slice(0, at), target.slice(at)];
};

function isBodyUnsigned(request: SignedRequest, other: SignedRequest, unsigned: Unsigned): boolean {
  const [one, two] = [textOf(request), textOf(other)];
  const { parts, signedFields } = unsigned;
  return (
    one === two ||
    parts.includes('body') ||
    (parts.includes('body-spelling') && sameMeaning(one, two)) ||
    (parts.includes('body-fields') && sameSignedFields(one, two, signedFields))
  );
}

function isQueryUnsigned(one: string, other: string, { parts, signedFields }: Unsigned): boolean {
  return (
    one === other ||
    parts.includes('query') ||
    (parts.includes('query-fields') && sameSignedFields(one.slice(1), other.slice(1), signedFields))
  );
}

/** Whether two requests differ in nothing but what is not signed. Headers that bear a signature are `signatureHeaders`. */
export function differOnlyUnsigned(
  request: SignedRequest,
  other: SignedRequest,
  unsigned: Unsigned,
  signatureHeaders: readonly string[],
): boolean {
  const { parts } = unsigned;
  const [path = '', query = ''] = splitTarget(request);
  const [otherPath = '', otherQuery = ''] = splitTarget(other);
  const changedHeader = request.headers.findIndex((value, at) => value !== other.headers[at]);
  const headerName = changedHeader === -1 ? null : (request.headers[changedHeader - 1] ?? '').toLowerCase();
  return (
    (request.method === other.method || parts.includes('method')) &&
    (path === otherPath || parts.includes('path')) &&
    isQueryUnsigned(query, otherQuery, unsigned) &&
    (headerName === null || (parts.includes('headers') && !signatureHeaders.includes(headerName))) &&
    isBodyUnsigned(request, other, unsigned)
  );
}
