// The fields of a query and of a form. Pure and free of the server's code: the bot's verifier shares it.
import { parse } from 'node:querystring';

/** A field's value; a list where the name occurs more than once, in the order of occurrence. */
export type FieldValue = string | string[];

/** Fields by name. Has no prototype: a field named `__proto__` or `constructor` is data like any other. */
export type Fields = Record<string, FieldValue>;

const formMediaType = 'application/x-www-form-urlencoded';

/** Whether a Content-Type names a URL-encoded form, parameters such as `charset` aside. */
export function isForm(contentType: string | null): boolean {
  if (contentType === null) return false;
  const end = contentType.indexOf(';');
  return (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase() === formMediaType;
}

/** The query of a URL or a request target, without its `?`; empty where there is none. */
export function queryOf(url: string): string {
  const start = url.indexOf('?');
  if (start === -1) return '';
  const end = url.indexOf('#', start);
  return end === -1 ? url.slice(start + 1) : url.slice(start + 1, end);
}

/**
 * The fields of `query`, then those of `form` (both URL-encoded text). `+` is a space; empty pairs are skipped; bytes
 * that are not UTF-8 become U+FFFD and a malformed percent sequence stays as it is: it never throws. A name that occurs
 * in both has both values, so that a field added to the query cannot pass for the form's.
 *
 * `node:querystring` does just this, and keeps nothing but own properties. Its usual limit of 1,000 names is off: it
 * would drop the rest in silence, and the texts given here are bounded.
 */
export function parseFields(query: string, form: string): Fields {
  const text = form === '' ? query : `${query}&${form}`;
  return parse(text, '&', '=', { maxKeys: 0 }) as Fields;
}
