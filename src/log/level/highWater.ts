import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Clock, Timer } from '../../core/clock.ts';

/** How far the log was on disk: the number of its head, and the sequence number of its next envelope. */
export interface WaterLevel {
  readonly number: number;
  readonly nextSequence: number;
}

/** The note's name in the log's directory. */
export const highWaterFile = 'high-water';
const writeEveryMs = 1_000;
/** Two numbers of 16 digits, 8 hexadecimal ones, two blanks and a line's end: always as long, so written in place. */
const lineBytes = 16 + 1 + 16 + 1 + 8 + 1;

/**
 * A note beside the database of how far it was on disk at least. LevelDB takes a log file or a MANIFEST that was cut
 * short for one whose writer died in the middle of a record, and opens without a word: only from outside can it be told
 * that something was there. The note is never ahead of the disk (it follows synced batches), and at most a second behind
 * while the process lives. A torn note is no note.
 */
export class HighWater {
  readonly #path: string;
  readonly #clock: Clock;
  #level: WaterLevel | null = null;
  #written: WaterLevel | null = null;
  #timer: Timer | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(dir: string, clock: Clock) {
    this.#path = join(dir, highWaterFile);
    this.#clock = clock;
  }

  /** What has been noted by this process, else the last note that is whole; null: there is none, nothing is known. */
  async read(): Promise<WaterLevel | null> {
    if (this.#level !== null) return this.#level;
    const file = await open(this.#path, 'r').catch(() => null);
    if (file === null) return null;
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(lineBytes), 0, lineBytes, 0);
      return parseLine(buffer.toString('latin1', 0, bytesRead));
    } catch {
      return null;
    } finally {
      await file.close();
    }
  }

  /** A synced batch has been written. */
  note(level: WaterLevel): void {
    this.#level = level;
  }

  /** Writes what has been noted, again and again until `stop`. */
  start(): void {
    this.#timer = this.#clock.after(writeEveryMs, () => {
      void this.write().then(() => {
        if (this.#timer !== null) this.start();
      });
    });
  }

  /** Writes the last note and ends. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    await this.write();
  }

  /** Writes now what has been noted. A disk that does not take it is the committer's to notice. */
  write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write()).catch(() => undefined);
    return this.#writing;
  }

  async #write(): Promise<void> {
    const level = this.#level;
    if (level === null || level === this.#written) return;
    const file = await open(this.#path, 'r+').catch(() => open(this.#path, 'w', 0o600));
    try {
      await file.write(lineOf(level), 0);
      this.#written = level;
    } finally {
      await file.close();
    }
  }
}

function lineOf({ number, nextSequence }: WaterLevel): string {
  const numbers = `${String(number).padStart(16, '0')} ${String(nextSequence).padStart(16, '0')}`;
  return `${numbers} ${crc32(numbers).toString(16).padStart(8, '0')}\n`;
}

function parseLine(line: string): WaterLevel | null {
  const match = /^((\d{16}) (\d{16})) ([0-9a-f]{8})\n$/.exec(line);
  if (match === null) return null;
  const [, numbers = '', number, nextSequence, sum = ''] = match;
  if (crc32(numbers) !== Number.parseInt(sum, 16)) return null;
  return { number: Number(number), nextSequence: Number(nextSequence) };
}
