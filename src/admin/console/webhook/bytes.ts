// Bodies as people read them: as text where they are text, as a dump of bytes where they are not. All of it bounded.
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

/** What a body may grow to when its content coding is taken off: a page shows less than this anyway. */
const decodedBytesMax = 512 * 1024;

const bytesPerLine = 16;

/** The text that `bytes` are in UTF-8, or null where they are none. */
export function utf8Text(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** `bytes` without their last character of UTF-8: what to read where a cut may have gone through it. */
export function withoutCutCharacter(bytes: Uint8Array): Uint8Array {
  let at = bytes.length - 1;
  // A character has at most three bytes after its first.
  while (at > bytes.length - 4 && at > 0 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return bytes.subarray(0, Math.max(0, at));
}

/** The value of the first header of this name (lower case), or null. */
export function headerOf(headers: readonly (readonly [string, string])[], name: string): string | null {
  return headers.find(([given]) => given.toLowerCase() === name)?.[1] ?? null;
}

/** A body without its content coding. `coding`: what was taken off; null: nothing was, or it could not be. */
export interface Decoded {
  readonly bytes: Uint8Array;
  readonly coding: string | null;
  /** The coding could not be taken off, or the body would have become too large. */
  readonly isStillCoded: boolean;
}

const decoders: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => gunzipSync(bytes, { maxOutputLength: decodedBytesMax }),
  'x-gzip': (bytes) => gunzipSync(bytes, { maxOutputLength: decodedBytesMax }),
  deflate: (bytes) => inflateSync(bytes, { maxOutputLength: decodedBytesMax }),
  br: (bytes) => brotliDecompressSync(bytes, { maxOutputLength: decodedBytesMax }),
};

/** Takes the content coding off, for reading. */
export function decoded(bytes: Uint8Array, headers: readonly (readonly [string, string])[]): Decoded {
  const coding = headerOf(headers, 'content-encoding')?.trim().toLowerCase() ?? '';
  if (coding === '' || coding === 'identity' || bytes.length === 0) {
    return { bytes, coding: null, isStillCoded: false };
  }
  try {
    const decode = Object.hasOwn(decoders, coding) ? decoders[coding] : undefined;
    if (decode !== undefined) return { bytes: decode(bytes), coding, isStillCoded: false };
  } catch {
    // Not what it says it is, or too much of it: shown as it came.
  }
  return { bytes, coding: null, isStillCoded: true };
}

/** `00000010  68 6f 6f 6b …  |hook…|`, a line for sixteen bytes of the first `bytesMax`. */
export function hexDump(bytes: Uint8Array, bytesMax: number): string {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, bytesMax); at += bytesPerLine) {
    const line = bytes.subarray(at, Math.min(at + bytesPerLine, bytesMax));
    const hex = [...line].map((byte) => byte.toString(16).padStart(2, '0'));
    const left = hex.slice(0, 8).join(' ').padEnd(23);
    const right = hex.slice(8).join(' ').padEnd(23);
    const text = [...line]
      .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
      .join('');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${left}  ${right}  |${text}|`);
  }
  return lines.join('\n');
}
