import { RecordUnreadable } from './record.ts';

/** Reads a payload from its start; every read is checked against its end. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** How many bytes have not been read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) throw new RecordUnreadable('it ends too early');
    this.#at = at + count;
    return at;
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  uint16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 5; count++) {
      const byte = this.uint8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new RecordUnreadable('a length has too many bytes');
  }

  /** A view of the next `count` bytes. */
  bytes(count: number): Buffer {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** A view of all that is left. */
  rest(): Buffer {
    return this.bytes(this.left);
  }

  /** Fails where something is left: a decoder that stops early has misread. */
  end(): void {
    if (this.left !== 0) throw new RecordUnreadable('it is longer than its content');
  }
}

/** The entry of `table` that `code` stands for. Tables are only ever added to at their end: codes are on disk. */
export function entryOf<T>(table: readonly T[], code: number): T {
  const entry = table[code];
  if (entry === undefined) throw new RecordUnreadable('it holds an unknown code');
  return entry;
}

/** How many bytes `value` takes as a varint; below 2^35. */
export function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

/** Writes `value` as a varint and returns where it ends. */
export function writeVarint(target: Buffer, at: number, value: number): number {
  let left = value;
  let end = at;
  while (left >= 0x80) {
    target[end++] = (left % 0x80) | 0x80;
    left = Math.floor(left / 0x80);
  }
  target[end++] = left;
  return end;
}
