import { open } from 'node:fs/promises';

/** A file's content and who may read it. */
export interface ReadFile {
  readonly bytes: Uint8Array;
  /** Whether any account of the machine may read the file; false where the system has no such notion. */
  readonly readableByOthers: boolean;
}

/**
 * Reads a file whole, but no more than `bytesMax + 1` bytes of it: a longer file is known by that one byte.
 *
 * @throws the system's error (`ENOENT`, `EACCES`, `EISDIR` ...).
 */
export type FileReader = (path: string, bytesMax: number) => Promise<ReadFile>;

const readableByOthersBit = 0o004;

/** Reads from the disk. */
export const readFileFromDisk: FileReader = async (path, bytesMax) => {
  const handle = await open(path, 'r');
  try {
    // Asked of the open file, so that what is judged is what is read.
    const { mode } = await handle.stat();
    const buffer = new Uint8Array(bytesMax + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) break;
    }
    const readableByOthers = process.platform !== 'win32' && (mode & readableByOthersBit) !== 0;
    return { bytes: buffer.slice(0, length), readableByOthers };
  } finally {
    await handle.close();
  }
};

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  EISDIR: 'it is a directory',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
};

/** Why a file could not be read, in words. */
export function readFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? (code === '' ? 'it cannot be read' : `it cannot be read (${code})`);
}

/** The text of UTF-8 bytes, without a byte order mark; null where they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
