import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncPath } from './format.ts';

const chunkBytes = 1024 * 1024;

/**
 * A file that takes up room so that it can be given up: LevelDB cannot open on a full disk, since its recovery writes a
 * table. Its bytes do not compress and do not repeat, or a clever file system would keep nothing free for us.
 */
export class Ballast {
  readonly #path: string;
  readonly #bytes: number;

  constructor(dir: string, bytes: number) {
    this.#path = join(dir, 'ballast');
    this.#bytes = bytes;
  }

  /** What it takes up. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether it is there, whole. */
  async isThere(): Promise<boolean> {
    if (this.#bytes === 0) return true;
    const found = await stat(this.#path).catch(() => null);
    return found !== null && found.size >= this.#bytes;
  }

  /** Makes it. A half-made one is removed again. */
  async make(): Promise<void> {
    const unfinished = `${this.#path}.new`;
    try {
      const file = await open(unfinished, 'w');
      try {
        const noise = new Noise();
        for (let left = this.#bytes; left > 0; left -= chunkBytes) {
          await file.write(noise.next(Math.min(left, chunkBytes)));
        }
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(unfinished, this.#path);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  /** Gives it up; says whether there was one. */
  async release(dir: string): Promise<boolean> {
    if (this.#bytes === 0 || (await stat(this.#path).catch(() => null)) === null) return false;
    await rm(this.#path, { force: true });
    await syncPath(dir).catch(() => undefined);
    return true;
  }
}

/** Bytes without a pattern that a file system would find (xorshift32); nothing secret. */
class Noise {
  #state = 0x9e37_79b9;

  next(bytes: number): Uint8Array {
    const words = new Uint32Array(Math.ceil(bytes / 4));
    let state = this.#state;
    for (let index = 0; index < words.length; index++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[index] = state;
    }
    this.#state = state;
    return new Uint8Array(words.buffer, 0, bytes);
  }
}
