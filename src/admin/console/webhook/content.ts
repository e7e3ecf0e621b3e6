// What a body holds, laid out for reading by what its bytes are, not by what its header claims alone.
import { decoded, headerOf, utf8Text, withoutCutCharacter } from './bytes.ts';
import { indentJson } from './indentJson.ts';

export type HeaderPairs = readonly (readonly [string, string])[];

/** A body laid out. `text` may have been cut: `isCut`. */
export type Content =
  | { readonly kind: 'empty' }
  | { readonly kind: 'binary' }
  | { readonly kind: 'json' | 'text'; readonly text: string; readonly isCut: boolean }
  | {
      readonly kind: 'form';
      readonly fields: readonly (readonly [string, string])[];
      readonly isCut: boolean;
    };

/** A body laid out, and what was done to it before. */
export interface ContentView {
  readonly content: Content;
  readonly coding: string | null;
  readonly isStillCoded: boolean;
}

/** More is not laid out: nobody reads it in a page, and it costs the server. */
const laidOutBytesMax = 256 * 1024;

const fieldsMax = 200;

/** Fields of a query or a urlencoded body, decoded; a plus stands for a blank. */
export function formFields(text: string): readonly (readonly [string, string])[] {
  return [...new URLSearchParams(text)].slice(0, fieldsMax);
}

function contentOf(bytes: Uint8Array, headers: HeaderPairs, lengthMax: number): Content {
  if (bytes.length === 0) return { kind: 'empty' };
  const isLong = bytes.length > laidOutBytesMax;
  const head = bytes.subarray(0, laidOutBytesMax);
  const text = utf8Text(head) ?? (isLong ? utf8Text(withoutCutCharacter(head)) : null);
  if (text === null || text.includes('\0')) return { kind: 'binary' };
  const isForm = (headerOf(headers, 'content-type') ?? '')
    .toLowerCase()
    .startsWith('application/x-www-form-urlencoded');
  if (isForm && !isLong) {
    const fields = formFields(text);
    return { kind: 'form', fields, isCut: fields.length === fieldsMax };
  }
  const json = isLong ? null : indentJson(text);
  const shown = json ?? text;
  return {
    kind: json === null ? 'text' : 'json',
    text: shown.slice(0, lengthMax),
    isCut: isLong || shown.length > lengthMax,
  };
}

/** Lays a body out, at most `lengthMax` characters of it. */
export function viewContent(bytes: Uint8Array, headers: HeaderPairs, lengthMax: number): ContentView {
  const { bytes: plain, coding, isStillCoded } = decoded(bytes, headers);
  return { content: contentOf(plain, headers, lengthMax), coding, isStillCoded };
}
