// JSON read so that it can be written again the way its sender wrote it: JSON.parse would make 1.0 of 1 and round what
// lies beyond 2^53, and keeps the last of repeated members without a word.

import { readBytesMax } from './readBounds.ts';

/** A value as it stands in the text. */
export type JsonNode =
  | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly value: string }
  /** A number, `true`, `false` or `null`, as written. */
  | { readonly kind: 'token'; readonly text: string };

/** A member of an object, from `start` (its name's quote) up to `end` in the text. */
export interface JsonMember {
  readonly name: string;
  readonly value: JsonNode;
  readonly start: number;
  readonly end: number;
}

/** An object in the order that it was written in. */
export interface JsonObject {
  readonly text: string;
  readonly members: readonly JsonMember[];
}

/** Theirs nest three or four levels. */
const depthMax = 32;

const space = /[ \t\n\r]*/y;
/** A string without escapes: what stands in it is what it means. */
const plainString = /"[^"\\\x00-\x1f]*"/y;
const token = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a body that is one JSON object. Null where it is anything else, is no UTF-8, repeats a member's name, nests
 * deeper than 32 levels or is larger than 64 KiB.
 */
export function jsonObject(body: Uint8Array): JsonObject | null {
  if (body.byteLength > readBytesMax) return null;
  try {
    const text = utf8.decode(body);
    const root = new Reader(text).document();
    return root.kind === 'object' ? { text, members: root.members } : null;
  } catch {
    return null;
  }
}

/** The text of a string member; null where there is no such member, or it is no string. */
export function stringMember(members: readonly JsonMember[], name: string): string | null {
  const value = members.find((member) => member.name === name)?.value;
  return value?.kind === 'string' ? value.value : null;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonNode {
    const value = this.#value(0);
    if (this.#at !== this.#text.length) throw this.#wrong();
    return value;
  }

  #value(depth: number): JsonNode {
    if (depth > depthMax) throw this.#wrong();
    this.#skip(space);
    const value = this.#bareValue(depth);
    this.#skip(space);
    return value;
  }

  #bareValue(depth: number): JsonNode {
    const first = this.#text[this.#at];
    if (first === '{') return { kind: 'object', members: this.#members(depth) };
    if (first === '[') return { kind: 'array', items: this.#list(']', () => this.#value(depth + 1)) };
    if (first === '"') return { kind: 'string', value: this.#string() };
    const text = this.#skip(token);
    if (text === '') throw this.#wrong();
    return { kind: 'token', text };
  }

  #members(depth: number): readonly JsonMember[] {
    const names = new Set<string>();
    return this.#list('}', () => {
      this.#skip(space);
      const start = this.#at;
      const name = this.#string();
      if (names.has(name)) throw this.#wrong();
      names.add(name);
      this.#skip(space);
      this.#expect(':');
      this.#skip(space);
      const value = this.#bareValue(depth + 1);
      const end = this.#at;
      this.#skip(space);
      return { name, value, start, end };
    });
  }

  /** What stands between the bracket here and `close`, parted by commas. */
  #list<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    this.#at++;
    this.#skip(space);
    if (this.#text[this.#at] !== close) {
      items.push(item());
      while (this.#text[this.#at] === ',') {
        this.#at++;
        items.push(item());
      }
    }
    this.#expect(close);
    return items;
  }

  #string(): string {
    const start = this.#at;
    const plain = this.#skip(plainString);
    if (plain !== '') return plain.slice(1, -1);
    this.#expect('"');
    for (; this.#text[this.#at] !== '"'; this.#at++) {
      if (this.#at >= this.#text.length) throw this.#wrong();
      if (this.#text[this.#at] === '\\') this.#at++;
    }
    this.#at++;
    // JSON.parse knows every escape, and refuses what must not stand in a string.
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) throw this.#wrong();
    this.#at++;
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #wrong(): SyntaxError {
    return new SyntaxError(`not the JSON that is read here, at character ${this.#at}`);
  }
}
