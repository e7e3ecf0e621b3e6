// The fields of a form-encoded body, read strictly.
import { readBytesMax } from './readBounds.ts';

/** A name and its value, decoded. */
export type FormField = readonly [name: string, value: string];

/** Senders send tens of fields; the largest body that is read could hold thirty thousand. */
const fieldsMax = 1_000;

/** `+` is a space, `%HH` a byte of UTF-8; null where it is not that. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replace(/\+/g, ' '));
  } catch {
    return null;
  }
}

/**
 * The fields in the order sent, empty pieces between `&` left out. Null where the body is no form: bytes beyond ASCII,
 * escapes that are no UTF-8, more than 1000 fields, more than 64 KiB.
 */
export function formFields(body: Uint8Array): readonly FormField[] | null {
  if (body.byteLength > readBytesMax) return null;
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  if (/[\u0080-\u00ff]/.test(text)) return null;
  const pieces = text.split('&', fieldsMax + 1);
  if (pieces.length > fieldsMax) return null;
  const fields: FormField[] = [];
  for (const piece of pieces) {
    if (piece === '') continue;
    const sign = piece.indexOf('=');
    const name = decoded(sign === -1 ? piece : piece.slice(0, sign));
    const value = sign === -1 ? '' : decoded(piece.slice(sign + 1));
    if (name === null || value === null) return null;
    fields.push([name, value]);
  }
  return fields;
}
