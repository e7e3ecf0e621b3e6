import { constants } from 'node:fs';
import { copyFile, link, mkdir, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HookwardError } from '../../core/errors.ts';
import { databaseDir } from './format.ts';
import { openError, openLevel } from './open.ts';
import type { Database } from './store.ts';

const namePrefix = 'verify-';
/** LevelDB's own notes, which it begins anew at each opening, and its lock. */
const notCopied = new Set(['LOG', 'LOG.old', 'LOCK']);

/** Called as bytes are copied. */
export type OnCopied = (done: number, total: number) => void;

/** A file of a database. */
interface DatabaseFile {
  readonly name: string;
  readonly bytes: number;
}

async function filesOf(dir: string): Promise<readonly DatabaseFile[]> {
  const files: DatabaseFile[] = [];
  for (const name of await readdir(dir)) {
    const facts = await stat(join(dir, name));
    if (facts.isFile() && !notCopied.has(name)) files.push({ name, bytes: facts.size });
  }
  return files;
}

/**
 * A copy of a log's database beside it, to be opened in its place: opening converts LevelDB's log files and throws away
 * what it cannot read of them, and what is looked into must stay as it is. While there is one, it holds the original's
 * lock, so that no server runs, or starts.
 */
export class WorkCopy {
  /** The copy's own directory; the database is in `database`. */
  readonly dir: string;
  #files: readonly DatabaseFile[];
  readonly #from: string;
  readonly #lock: Database;

  private constructor(dir: string, facts: { files: readonly DatabaseFile[]; from: string; lock: Database }) {
    this.dir = dir;
    this.#files = facts.files;
    this.#from = facts.from;
    this.#lock = facts.lock;
  }

  get database(): string {
    return databaseDir(this.dir);
  }

  /** How many bytes `fill` copies. */
  get bytes(): number {
    return this.#files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Takes the lock and makes room for the copy.
   *
   * @throws HookwardError `log-locked`, `log-not-found`, `log-unavailable`
   */
  static async prepare(logDir: string): Promise<WorkCopy> {
    const from = databaseDir(logDir);
    if ((await stat(from).catch(() => null)) === null) {
      throw new HookwardError('log-not-found', { message: `There is no log in ${logDir}.` });
    }
    const dir = await mkdtemp(join(logDir, namePrefix));
    try {
      const lock = await takeLock(from, join(dir, 'lock'));
      await removeOthers(logDir, dir);
      await mkdir(databaseDir(dir));
      return new WorkCopy(dir, { files: await filesOf(from), from, lock });
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      throw error;
    }
  }

  /** Copies everything; file systems that can share blocks take no room for it. */
  async fill(onCopied: OnCopied): Promise<void> {
    const total = this.bytes;
    let done = 0;
    for (const { name, bytes } of this.#files) {
      await copyFile(join(this.#from, name), join(this.database, name), constants.COPYFILE_FICLONE);
      done += bytes;
      onCopied(done, total);
    }
  }

  /** Removes the copied files, and looks anew at what there is to copy. */
  async empty(): Promise<void> {
    await rm(this.database, { recursive: true, force: true });
    await mkdir(this.database);
    this.#files = await filesOf(this.#from);
  }

  /** Removes it, as far as it is still there, and lets the lock go. */
  async end(): Promise<void> {
    await this.#lock.close();
    await rm(this.dir, { recursive: true, force: true });
  }
}

/**
 * Locks the database in `from` without opening it: an empty one in `to`, whose file LOCK is the same one under a second
 * name, since the system's lock is on the file and not on its name.
 */
async function takeLock(from: string, to: string): Promise<Database> {
  await (await open(join(from, 'LOCK'), 'a')).close();
  await mkdir(to);
  try {
    await link(join(from, 'LOCK'), join(to, 'LOCK'));
  } catch (error) {
    throw new HookwardError('log-unavailable', {
      message: `The log in ${from} cannot be locked, since its file system takes no hard links. Copy the log's directory to another one and verify it there.`,
      cause: error,
    });
  }
  try {
    return await openLevel(to, { createIfMissing: true });
  } catch (error) {
    throw openError(dirname(from), error);
  }
}

/** Removes what verifications that were killed have left. The caller holds the lock. */
async function removeOthers(logDir: string, own: string): Promise<void> {
  for (const name of await readdir(logDir)) {
    const path = join(logDir, name);
    if (name.startsWith(namePrefix) && path !== own) await rm(path, { recursive: true, force: true });
  }
}
