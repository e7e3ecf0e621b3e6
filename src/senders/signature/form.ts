// The fields of a form-encoded body, read strictly.

/** A name and its value, decoded. */
export type FormField = readonly [name: string, value: string];

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const percent = 0x25;

/** `+` is a space, `%HH` a byte; null where a `%` has no two hex digits behind it, or the bytes are no UTF-8. */
function decoded(text: string): string | null {
  const spaced = text.replaceAll('+', ' ');
  const bytes = Buffer.from(spaced, 'latin1');
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    let byte = bytes[at] ?? 0;
    if (byte === percent) {
      const digits = spaced.slice(at + 1, at + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(digits)) return null;
      byte = Number.parseInt(digits, 16);
      at += 2;
    }
    bytes[length] = byte;
    length += 1;
  }
  try {
    return utf8.decode(bytes.subarray(0, length));
  } catch {
    return null;
  }
}

/** The fields in the order sent, empty pieces between `&` left out; null where one cannot be decoded. */
export function formFields(body: Uint8Array): readonly FormField[] | null {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  const fields: FormField[] = [];
  for (const piece of text.split('&')) {
    if (piece === '') continue;
    const sign = piece.indexOf('=');
    const name = decoded(sign === -1 ? piece : piece.slice(0, sign));
    const value = sign === -1 ? '' : decoded(piece.slice(sign + 1));
    if (name === null || value === null) return null;
    fields.push([name, value]);
  }
  return fields;
}
