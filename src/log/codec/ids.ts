import type { WebhookId } from '../../core/ids.ts';

/** A webhook id takes 16 bytes; they sort as its text does. */
export const idBytes = 16;

/** Where each byte's two digits stand in the text `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`. */
const digitAt = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;

function digit(code: number): number {
  return code < 58 ? code - 48 : code - 87;
}

/** Writes an id (canonical text) as 16 bytes and returns where they end. */
export function writeId(target: Buffer, at: number, id: WebhookId): number {
  let end = at;
  for (const from of digitAt) {
    target[end++] = (digit(id.charCodeAt(from)) << 4) | digit(id.charCodeAt(from + 1));
  }
  return end;
}

/** The canonical text of the 16 bytes at `at`. */
export function readId(source: Buffer, at: number): WebhookId {
  const hex = source.toString('hex', at, at + idBytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as WebhookId;
}

/** The milliseconds since the epoch that an id (UUIDv7, RFC 9562) bears in its first 48 bits. */
export function idTimeMs(id: WebhookId): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
