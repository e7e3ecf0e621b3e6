// Reads single values out of a request by the text that a configuration names their places with: what webhooks are put
// in order by, and known again by. A body is parsed at most once, however many values are read from it.
import { headerValue, type RawHeaders } from '../core/headers.ts';
import { queryValue } from './query.ts';

/**
 * JSON.parse of hostile input costs about 0.1 us a byte (5.9 MB of keys: 634 ms): a quarter MiB holds the loop for less
 * than 30 ms. Nothing is read from larger bodies, forms neither.
 */
const parsedBytesMax = 256 * 1024;

const formType = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/** A request that values are read from. */
export class KeySource {
  readonly target: string;
  /** Index of the target's `?`, or its length. */
  readonly pathEnd: number;
  readonly headers: RawHeaders;
  readonly #body: Uint8Array;
  #json: unknown;
  #isParsed = false;

  constructor(
    { target, headers, body }: Pick<KeySource, 'target' | 'headers'> & { readonly body: Uint8Array },
    pathEnd: number,
  ) {
    this.target = target;
    this.pathEnd = pathEnd;
    this.headers = headers;
    this.#body = body;
  }

  /** What the body says as JSON; undefined where it is none, or too large. Of repeated members the last counts. */
  get json(): unknown {
    if (!this.#isParsed) {
      this.#isParsed = true;
      this.#json = parsed(this.#text());
    }
    return this.#json;
  }

  /** The body of a urlencoded form as it stands; null where it is none, or too large. */
  get form(): string | null {
    const type = headerValue(this.headers, 'content-type');
    return type !== null && formType.test(type.trim()) ? this.#text() : null;
  }

  #text(): string | null {
    const body = this.#body;
    if (body.length === 0 || body.length > parsedBytesMax) return null;
    return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  }
}

/** What stands at one place of a request. */
export type KeyValue = string | number | boolean;

/** Gives the value at one place of a request, or null where there is none. Never throws. */
export type ReadValue = (source: KeySource) => KeyValue | null;

function parsed(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The tokens of an RFC 6901 pointer; empty for the whole document. */
function pointerTokens(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function child(value: unknown, token: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value) && !/^(?:0|[1-9]\d{0,9})$/.test(token)) return undefined;
  // Own members only: `__proto__` or `constructor` of a pointer must not reach what JSON did not say.
  return Object.hasOwn(value, token) ? (value as Record<string, unknown>)[token] : undefined;
}

function jsonValue(tokens: readonly string[], json: unknown): KeyValue | null {
  let value = json;
  for (const token of tokens) value = child(value, token);
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isPlain ? (value as KeyValue) : null;
}

function formValue({ form }: KeySource, name: string): string | null {
  return form === null ? null : queryValue(form, -1, name);
}

/**
 * Prepares the reading of one place: `header:NAME`, `query:NAME`, `form:NAME` (a urlencoded body's field), `param:NAME`
 * (the form's field, else the query's) or `json:/POINTER` (RFC 6901). Of repeated headers and fields the first counts.
 */
export function prepareValue(place: string): ReadValue {
  const colon = place.indexOf(':');
  const name = place.slice(colon + 1);
  switch (place.slice(0, colon)) {
    case 'header': {
      const lower = name.toLowerCase();
      return ({ headers }) => headerValue(headers, lower);
    }
    case 'query':
      return ({ target, pathEnd }) => queryValue(target, pathEnd, name);
    case 'form':
      return (source) => formValue(source, name);
    case 'param':
      return (source) => formValue(source, name) ?? queryValue(source.target, source.pathEnd, name);
    default: {
      const tokens = pointerTokens(name);
      return ({ json }) => jsonValue(tokens, json);
    }
  }
}
