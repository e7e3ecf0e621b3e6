import { crc32 } from 'node:zlib';

/**
 * The frame round everything that the log keeps: a version byte, the payload, and a CRC-32 over key, version and
 * payload. LevelDB as it is shipped checks nothing on reads (56 of 60 flipped bits came back as silently wrong bytes),
 * so no payload is believed before its checksum has been.
 *
 * A record is built in one allocation, key and value side by side, so that the checksum is one call:
 *
 *     | key | version (1) | payload | crc (4) |
 *           '------------- value -------------'
 */

/** What this code writes. It reads this version only; a higher one is refused when the log is opened. */
const recordVersion = 1;

const versionBytes = 1;
const checksumBytes = 4;

/** What a record costs beyond its key and payload. */
export const frameBytes = versionBytes + checksumBytes;

/** A record ready to be written. */
export interface SealedRecord {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** A record's bytes cannot be what was written. The one error that a decoder throws. */
export class RecordUnreadable extends Error {
  constructor(why: string) {
    super(`the record cannot be read: ${why}`);
    this.name = 'RecordUnreadable';
  }
}

/** Room for a record. The key belongs at 0, the payload at `payloadAt(keyBytes)`; `sealRecord` does the rest. */
export function newRecord(keyBytes: number, payloadBytes: number): Buffer {
  return Buffer.allocUnsafe(keyBytes + payloadBytes + frameBytes);
}

/** Where the payload begins in a buffer made by `newRecord`. */
export function payloadAt(keyBytes: number): number {
  return keyBytes + versionBytes;
}

/** Adds version and checksum to a filled buffer of `newRecord`. */
export function sealRecord(buffer: Buffer, keyBytes: number): SealedRecord {
  buffer[keyBytes] = recordVersion;
  const end = buffer.length - checksumBytes;
  buffer.writeUInt32LE(crc32(buffer.subarray(0, end)), end);
  return { key: buffer.subarray(0, keyBytes), value: buffer.subarray(keyBytes) };
}

/** A record of `key` and `payload`, for what is written rarely. */
export function makeRecord(key: Uint8Array, payload: Uint8Array): SealedRecord {
  const buffer = newRecord(key.length, payload.length);
  buffer.set(key, 0);
  buffer.set(payload, payloadAt(key.length));
  return sealRecord(buffer, key.length);
}

/**
 * The payload of a record that has been read, a view into `value`.
 *
 * @throws RecordUnreadable where checksum or version do not fit.
 */
export function openRecord(key: Uint8Array, value: Buffer): Buffer {
  const end = value.length - checksumBytes;
  if (end < versionBytes) throw new RecordUnreadable('it is too short');
  if (crc32(value.subarray(0, end), crc32(key)) !== value.readUInt32LE(end)) {
    throw new RecordUnreadable('its checksum does not match');
  }
  if (value[0] !== recordVersion) {
    throw new RecordUnreadable(`its version is ${String(value[0])}, not ${recordVersion}`);
  }
  return value.subarray(versionBytes, end);
}
