/** Questions about the address are a few hundred bytes long; nothing larger is parsed to find one. */
const questionBytesMax = 16 * 1024;

/** The members of a small JSON object; null where the body is anything else, or larger than 16 KiB. */
export function smallJsonObject(body: Uint8Array): Readonly<Record<string, unknown>> | null {
  if (body.byteLength > questionBytesMax) return null;
  try {
    const value: unknown = JSON.parse(
      Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'),
    );
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null;
  }
}
