// A disk of a drill's own: a file with a file system in it, mounted over a loop device.
import { mkdirSync } from 'node:fs';
import { open, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchDir } from '../../support/process.ts';
import { waitFor } from '../../support/waitFor.ts';
import { toUndo } from './cleanup.ts';
import { command } from './command.ts';

/** The file systems that logs are kept on. */
export type FileSystem = 'ext4' | 'xfs';

/** What making a disk needs, for `Drill.needs`. */
export const diskNeeds: Readonly<Record<FileSystem, readonly string[]>> = {
  ext4: ['root', 'mount', 'umount', 'mkfs.ext4'],
  xfs: ['root', 'mount', 'umount', 'mkfs.xfs'],
};

const mebibyte = 1024 * 1024;

/** A mounted disk. */
export class LoopDisk {
  /** Where it is mounted. */
  readonly path: string;
  readonly #image: string;
  readonly #filler: string;
  /** Ends all use of it and removes it. Whoever has files open on it must be gone. */
  readonly dispose: () => Promise<void>;

  private constructor(dir: string, remove: () => void) {
    this.path = join(dir, 'mounted');
    this.#image = join(dir, 'image');
    this.#filler = join(this.path, 'filler');
    this.dispose = toUndo(`the disk mounted on ${this.path}`, async () => {
      await this.#unmount();
      remove();
    });
  }

  /** Makes and mounts one of so many MiB; an xfs has 300 at least. */
  static async make(kind: FileSystem, mebibytes: number): Promise<LoopDisk> {
    const scratch = scratchDir('hookward-disk-');
    const disk = new LoopDisk(scratch.path, () => scratch.remove());
    mkdirSync(disk.path);
    const image = await open(disk.#image, 'w');
    await image.truncate(mebibytes * mebibyte);
    await image.close();
    // No blocks are set aside for root: full means full for every user.
    await command(`mkfs.${kind}`, kind === 'ext4' ? ['-q', '-m', '0', disk.#image] : ['-q', disk.#image]);
    await disk.mount();
    return disk;
  }

  async mount(): Promise<void> {
    await command('mount', ['-o', 'loop', this.#image, this.path]);
  }

  /** `MAJOR:MINOR` of its loop device, as cgroups name it. */
  async device(): Promise<string> {
    const { dev } = await stat(this.path, { bigint: true });
    // As the C library's makedev(3) puts them together, for numbers below 256.
    return `${(dev >> 8n) & 0xfffn}:${dev & 0xffn}`;
  }

  /** All that no fsync has brought to the disk is gone, at once, and every call fails from now on. */
  async powerOff(): Promise<void> {
    await command('xfs_io', ['-x', '-c', 'shutdown', this.path]);
  }

  /** After a power failure: as a machine that boots again finds it. */
  async powerOn(): Promise<void> {
    await this.#unmount();
    await this.mount();
  }

  async freeze(): Promise<() => Promise<void>> {
    await command('fsfreeze', ['-f', this.path]);
    return toUndo(`the freeze of ${this.path}`, () => command('fsfreeze', ['-u', this.path]));
  }

  /** Bytes that are free for anyone. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path);
    return bavail * bsize;
  }

  /** Writes a file until no more than `leaveBytes` are free: where that is 0, until not a block is had any more. */
  async fill(leaveBytes = 0): Promise<void> {
    const file = await open(this.#filler, 'a');
    try {
      for (let chunk = mebibyte; chunk >= 4096; chunk /= 16) {
        while ((await this.freeBytes()) - chunk >= leaveBytes || leaveBytes === 0) {
          const { bytesWritten } = await file.write(Buffer.alloc(chunk)).catch(passOverNoSpace);
          if (bytesWritten < chunk) break;
        }
      }
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Takes away what `fill` wrote. */
  async clear(): Promise<void> {
    await rm(this.#filler, { force: true });
  }

  async #unmount(): Promise<void> {
    // A process that was killed lets go of its files a moment later.
    await waitFor(
      `${this.path} to be unmounted`,
      async () => !(await isMounted(this.path)) || unmounts(this.path),
      20_000,
    );
  }
}

function passOverNoSpace(error: unknown): { bytesWritten: number } {
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return { bytesWritten: 0 };
  throw error;
}

async function isMounted(path: string): Promise<boolean> {
  // A file system that has been shut down answers with an error: it is mounted still.
  const here = await stat(path).catch(() => null);
  return here?.dev !== (await stat(join(path, '..'))).dev;
}

function unmounts(path: string): Promise<boolean> {
  return command('umount', [path]).then(
    () => true,
    () => false,
  );
}
