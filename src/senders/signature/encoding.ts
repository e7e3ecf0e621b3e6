// Signatures as text: read strictly, so that no second spelling of a right signature passes.

/** The bytes of lower-case hex, as every sender here writes it; null for anything else. */
export function hexBytes(text: string): Buffer | null {
  return text.length % 2 === 0 && /^[0-9a-f]+$/.test(text) ? Buffer.from(text, 'hex') : null;
}

/** The bytes of canonical base64 with its padding; null for anything else. */
export function base64Bytes(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : null;
}

/** The bytes of canonical base64url without padding; null for anything else. */
export function base64urlBytes(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === text ? bytes : null;
}
