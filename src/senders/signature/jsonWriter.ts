// Writes JSON the way the languages of senders write it: compact, numbers as they were read.
import type { JsonMember, JsonNode } from './jsonTree.ts';

/** How a language writes JSON. */
export interface JsonStyle {
  /** A string with its quotes. */
  readonly quoted: (value: string) => string;
  /** Which objects have their members sorted by name: none, the outermost, or all. */
  readonly sorted: 'none' | 'outermost' | 'all';
}

const unicodeEscape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** As JSON.stringify does. */
export const quotedByJavaScript = (value: string): string => JSON.stringify(value);

/** As PHP's json_encode does: slashes escaped, and all but ASCII. */
export const quotedByPhp = (value: string): string =>
  JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, unicodeEscape);

/** As PHP's json_encode does with JSON_UNESCAPED_UNICODE, which spares all but the two line separators. */
export const quotedByPhpInUnicode = (value: string): string =>
  JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replace(/[\u2028\u2029]/g, unicodeEscape);

/** As Python's json.dumps does: all but printable ASCII escaped. */
export const quotedByPython = (value: string): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, unicodeEscape);

/** The object of `members` in compact JSON. */
export function writtenObject(members: readonly JsonMember[], style: JsonStyle): string {
  const inner: JsonStyle = style.sorted === 'outermost' ? { ...style, sorted: 'none' } : style;
  const ordered = style.sorted === 'none' ? members : sortedByName(members);
  return `{${ordered.map(({ name, value }) => `${style.quoted(name)}:${written(value, inner)}`).join(',')}}`;
}

/** In the order of JavaScript's sort and PHP's ksort, which are one for names that are no numbers. */
export function sortedByName<T extends { readonly name: string }>(named: readonly T[]): readonly T[] {
  return named.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function written(node: JsonNode, style: JsonStyle): string {
  switch (node.kind) {
    case 'object':
      return writtenObject(node.members, style);
    case 'array':
      return `[${node.items.map((item) => written(item, style)).join(',')}]`;
    case 'string':
      return style.quoted(node.value);
    case 'token':
      return node.text;
  }
}
