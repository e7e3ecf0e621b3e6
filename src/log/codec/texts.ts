import type { ByteReader } from './bytes.ts';
import { varintBytes, writeVarint } from './bytes.ts';
import { RecordUnreadable } from './record.ts';

/**
 * All texts of a record, written as one run: their lengths, then all characters joined. One native write for a header
 * of forty strings costs a tenth of forty writes. Latin-1 (what headers are) takes a byte a character; where any
 * character is beyond it the whole run is UTF-16, so that every JavaScript string comes back as it was, lone surrogates
 * included.
 */
export interface PackedTexts {
  readonly texts: readonly (string | null)[];
  readonly joined: string;
  readonly wide: boolean;
  /** What `writeTexts` will take. */
  readonly bytes: number;
}

// On a one-byte string V8 knows without looking that this cannot match.
const beyondLatin1 = /[^\u0000-\u00ff]/;

/** Measures `texts` for `writeTexts`. */
export function packTexts(texts: readonly (string | null)[]): PackedTexts {
  let joined = '';
  let bytes = varintBytes(texts.length) + 1;
  for (const text of texts) {
    if (text === null) {
      bytes += 1;
    } else {
      joined += text;
      bytes += varintBytes(text.length + 1);
    }
  }
  const wide = beyondLatin1.test(joined);
  return { texts, joined, wide, bytes: bytes + joined.length * (wide ? 2 : 1) };
}

/** Writes packed texts and returns where they end. */
export function writeTexts(target: Buffer, at: number, packed: PackedTexts): number {
  let end = writeVarint(target, at, packed.texts.length);
  for (const text of packed.texts) end = writeVarint(target, end, text === null ? 0 : text.length + 1);
  target[end++] = packed.wide ? 1 : 0;
  return end + target.write(packed.joined, end, packed.wide ? 'utf16le' : 'latin1');
}

/** Reads what `writeTexts` wrote. */
export function readTexts(reader: ByteReader): (string | null)[] {
  const count = reader.varint();
  // Every text takes a byte at least: a count beyond that is damage, and must not become an allocation.
  if (count > reader.left) throw new RecordUnreadable('it names more texts than it can hold');
  const lengths = new Array<number>(count);
  let total = 0;
  for (let index = 0; index < count; index++) {
    const length = reader.varint() - 1;
    lengths[index] = length;
    if (length > 0) total += length;
  }
  const wide = reader.uint8() === 1;
  const joined = reader.bytes(wide ? total * 2 : total).toString(wide ? 'utf16le' : 'latin1');
  const texts = new Array<string | null>(count);
  let from = 0;
  for (let index = 0; index < count; index++) {
    const length = lengths[index] ?? -1;
    texts[index] = length < 0 ? null : joined.slice(from, from + length);
    from += Math.max(0, length);
  }
  return texts;
}

/** The text at `index`, which must be there. */
export function textAt(texts: readonly (string | null)[], index: number): string {
  const text = texts[index];
  if (text === null || text === undefined) throw new RecordUnreadable('a text is missing');
  return text;
}
