// The fields of a form-encoded body, read strictly.

/** A name and its value, decoded. */
export type FormField = readonly [name: string, value: string];

/** Senders send tens of fields; a body of a megabyte could hold half a million. */
const fieldsMax = 1_000;

/** `+` is a space, `%HH` a byte of UTF-8; null where it is not that. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/**
 * The fields in the order sent, empty pieces between `&` left out. Null where the body is no form: bytes beyond ASCII,
 * escapes that are no UTF-8, more than 1000 fields.
 */
export function formFields(body: Uint8Array): readonly FormField[] | null {
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
