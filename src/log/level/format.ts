import { constants } from 'node:fs';
import { access, mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { HookwardError } from '../../core/errors.ts';
import { howToMend } from './errors.ts';

/**
 * `format.json` beside the database says which version wrote it and whether it has ever been ready. LevelDB deletes a
 * whole database in silence when it is opened with leave to create and its file CURRENT is missing (25 000 records were
 * gone so): leave is given only while this file says that there is nothing to lose.
 */
interface Format {
  readonly version: number;
  readonly state: 'creating' | 'ready';
}

/**
 * The layout of keys and records that this code writes; it reads the earlier ones, too. 2: envelopes may hold a sender
 * and a dedupe key, which code for 1 takes for damage, and there are the key spaces `dedupe` and `duplicate`. 3: envelopes
 * may hold an event id, and `dedupe` has another prefix and form; the first opening writes its entries anew. An event that
 * 2 took is not known again by 3: a copy of it that comes after the change is delivered, too.
 */
const formatVersion = 3;

const fileName = 'format.json';
const databaseName = 'db';

/** Where LevelDB's own files lie in the log's directory. */
export function databaseDir(dir: string): string {
  return join(dir, databaseName);
}

/** Whether a file or directory is there. */
async function isThere(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

function damaged(message: string, cause?: unknown): HookwardError {
  return new HookwardError('log-damaged', { message, cause });
}

function parseFormat(dir: string, text: string): Format {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(`${join(dir, fileName)} is not JSON. ${howToMend}`, error);
  }
  const { version, state } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (typeof version !== 'number' || (state !== 'creating' && state !== 'ready')) {
    throw damaged(`${join(dir, fileName)} does not say a version and a state. ${howToMend}`);
  }
  if (version > formatVersion) {
    throw new HookwardError('log-newer', {
      message: `The log in ${dir} has format ${version}; this version of Hookward reads up to ${formatVersion}. Start a newer version.`,
    });
  }
  return { version, state };
}

/** Reads the format file; null where there is none. @throws HookwardError `log-damaged`, `log-newer`. */
export async function readFormat(dir: string): Promise<Format | null> {
  let text: string;
  try {
    text = await readFile(join(dir, fileName), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  return parseFormat(dir, text);
}

/** Flushes a file or a directory to the disk. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces the format file so that after any crash it is the old one or the new one. */
async function writeFormat(dir: string, format: Format): Promise<void> {
  const path = join(dir, fileName);
  const handle = await open(`${path}.new`, 'w');
  try {
    await handle.writeFile(`${JSON.stringify(format)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.new`, path);
  await syncPath(dir);
}

/**
 * Decides whether the database may be made, and makes the directory for it.
 *
 * @param create false: there must be a log already.
 * @returns whether LevelDB may create the database, and whether the format file has still to say that it is ready, or by
 *   which version it is written from now on.
 * @throws HookwardError `log-not-found`, `log-damaged`, `log-newer`.
 */
export async function prepareDir(
  dir: string,
  create: boolean,
): Promise<{ readonly createIfMissing: boolean; readonly unready: boolean }> {
  const database = databaseDir(dir);
  const format = await readFormat(dir);
  const hasCurrent = await isThere(join(database, 'CURRENT'));
  if (format?.state === 'ready' || (format === null && hasCurrent)) {
    if (hasCurrent) return { createIfMissing: false, unready: format?.version !== formatVersion };
    throw damaged(
      `The log in ${dir} has been in use, but ${join(database, 'CURRENT')} is missing. Nothing was changed. ` +
        howToMend,
    );
  }
  if (format === null && (await hasFiles(database))) {
    throw damaged(
      `${database} holds files, but neither its CURRENT nor ${join(dir, fileName)} is there. Nothing was changed. ` +
        `${howToMend} Or name another directory.`,
    );
  }
  if (!create) {
    throw new HookwardError('log-not-found', { message: `There is no log in ${dir}.` });
  }
  if (format === null) {
    // Its records hold payments and personal data: nobody but the owner may look in.
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await writeFormat(dir, { version: formatVersion, state: 'creating' });
  }
  return { createIfMissing: true, unready: true };
}

async function hasFiles(path: string): Promise<boolean> {
  const names = await readdir(path).catch(() => []);
  return names.length > 0;
}

/** Says in the format file that the log is ready, and written by this version. */
export function writeReady(dir: string): Promise<void> {
  return writeFormat(dir, { version: formatVersion, state: 'ready' });
}

/** Flushes every file of a database, and its directory, to the disk. */
export async function syncDatabase(database: string): Promise<void> {
  for (const name of await readdir(database)) if (name !== 'LOCK') await syncPath(join(database, name));
  await syncPath(database);
}

/**
 * Makes a fresh database outlast a power loss, then says so in the format file; one of an earlier format is said to be of
 * this one before anything is written to it. LevelDB 1.20 does not sync the
 * MANIFEST of a new database (fixed upstream in 2021, 8f18614), so every file of it is synced here.
 */
export async function markReady(dir: string): Promise<void> {
  await syncDatabase(databaseDir(dir));
  await writeReady(dir);
}
