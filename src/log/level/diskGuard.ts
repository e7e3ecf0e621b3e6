import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '../../core/clock.ts';
import type { Ballast } from './ballast.ts';
import { databaseDir } from './format.ts';

/** Free bytes of the file system that holds `dir`, for one who is not root. */
export type FreeBytes = (dir: string) => Promise<number>;

/** How often the room is looked at. */
const checkEveryMs = 1_000;
/** Files are measured this many checks apart: a log of 10 GiB has over a thousand. */
const measureEveryChecks = 10;

/** After this many bytes written (or an eighth of the floor, if that is more) the room is looked at out of turn. */
const writtenMin = 4 * 1024 * 1024;

/** What the guard is made of. */
export interface DiskGuardParams {
  readonly dir: string;
  readonly freeBytesMin: number;
  readonly ballast: Ballast;
  readonly clock: Clock;
  readonly freeBytes: FreeBytes;
  /** Called when the verdict changes. */
  readonly onChange: () => void;
}

/**
 * Keeps the log off the end of the disk: below the floor webhooks are refused before LevelDB meets a failed write, which
 * loses acknowledged records. Above it (and a sixteenth, so that the verdict does not flutter) they are taken again.
 */
export class DiskGuard {
  readonly #params: DiskGuardParams;
  #timer: Timer | null = null;
  #running = false;
  #checking: Promise<void> | null = null;
  #checks = 0;
  #written = 0;
  #isFull = false;
  #free = 0;
  #used = 0;

  constructor(params: DiskGuardParams) {
    this.#params = params;
  }

  /** The room is below the floor. */
  get isFull(): boolean {
    return this.#isFull;
  }

  get freeBytes(): number {
    return this.#free;
  }

  /** Bytes of the log's files, as last measured. */
  get diskBytes(): number {
    return this.#used;
  }

  /** Looks once, then again and again until `stop`. */
  async start(): Promise<void> {
    this.#running = true;
    await this.check();
    this.#plan();
  }

  /** Ends the watch; waits for a look that is under way. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = null;
    await this.#checking;
  }

  #plan(): void {
    if (!this.#running) return;
    this.#timer = this.#params.clock.after(checkEveryMs, () => {
      void this.check().then(() => this.#plan());
    });
  }

  /** After much has been written there is no waiting for the next look. */
  noteWritten(bytes: number): void {
    this.#written += bytes;
    if (!this.#running || this.#written < Math.max(writtenMin, this.#params.freeBytesMin / 8)) return;
    this.#written = 0;
    void this.check();
  }

  /** Looks now. */
  check(): Promise<void> {
    this.#checking ??= this.#look().finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  async #look(): Promise<void> {
    const { dir, freeBytesMin, freeBytes, onChange } = this.#params;
    try {
      if (this.#checks % measureEveryChecks === 0) this.#used = await bytesOfFiles(databaseDir(dir));
      this.#checks += 1;
      this.#free = await freeBytes(dir);
    } catch {
      // A disk that does not answer is the committer's to notice: it writes.
      return;
    }
    const enough = freeBytesMin + freeBytesMin / 16;
    const isFull = this.#free < (this.#isFull ? enough : freeBytesMin);
    const changed = isFull !== this.#isFull;
    this.#isFull = isFull;
    if (changed) onChange();
    await this.#tendBallast();
  }

  /** Makes the ballast where there is room for it twice over. */
  async #tendBallast(): Promise<void> {
    const { ballast, freeBytesMin } = this.#params;
    if (!this.#running || this.#free < freeBytesMin + 2 * ballast.bytes || (await ballast.isThere())) return;
    await ballast.make().catch(() => undefined);
  }
}

async function bytesOfFiles(dir: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(dir)) {
    // A file may go between the two calls.
    bytes += (await stat(join(dir, name)).catch(() => null))?.size ?? 0;
  }
  return bytes;
}
