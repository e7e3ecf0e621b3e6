import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { HookwardError } from '../../core/errors.ts';
import { howToMend, isDamage, levelCode, rootMessage } from './errors.ts';
import { databaseDir, markReady, prepareDir } from './format.ts';
import type { Database } from './store.ts';

/** Opens LevelDB. Tests put a wrapper in its place. */
export type OpenDatabase = (
  location: string,
  options: { readonly createIfMissing: boolean },
) => Promise<Database>;

const mebibyte = 1024 * 1024;

/** Opens the database with the settings that the log wants. */
export const openLevel: OpenDatabase = async (location, { createIfMissing }) => {
  const db: Database = new Level<Buffer, Buffer>(location, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    createIfMissing,
    // Twice the default: fewer, larger files when webhooks come fast, for 16 MiB of memory at most.
    writeBufferSize: 8 * mebibyte,
    cacheSize: 16 * mebibyte,
    // 10 GiB in the default's 2 MiB would be 5 000 files, five times what stays open.
    maxFileSize: 8 * mebibyte,
  });
  await db.open();
  return db;
};

/** What an opening brought to light. */
export interface Opened {
  readonly db: Database;
  /** Lines of LevelDB's own log that say that it threw something away. */
  readonly dropped: readonly string[];
}

/** Why the database of the log in `dir` could not be opened, in the log's own words. */
export function openError(dir: string, error: unknown): HookwardError {
  const text = rootMessage(error);
  const database = databaseDir(dir);
  switch (levelCode(error)) {
    case 'LEVEL_LOCKED':
      return new HookwardError('log-locked', {
        message: `Another process holds the log in ${dir}. If a server runs, use its admin API; never delete the file LOCK.`,
        cause: error,
      });
    case 'LEVEL_CORRUPTION':
    case 'LEVEL_INVALID_ARGUMENT':
      return new HookwardError('log-damaged', {
        message: `The log in ${database} is damaged (${text}). Nothing was changed. ${howToMend}`,
        cause: error,
      });
    default:
      if (isDamage(error)) {
        return new HookwardError('log-damaged', {
          message: `The log in ${database} has lost a file or a part of one (${text}). Nothing was changed. ${howToMend}`,
          cause: error,
        });
      }
      return /does not exist \(create_if_missing is false\)/.test(text)
        ? new HookwardError('log-damaged', {
            message: `The log in ${database} has lost its file CURRENT. Nothing was changed. ${howToMend}`,
            cause: error,
          })
        : new HookwardError('log-unavailable', {
            message: `The log in ${database} cannot be opened (${text}). Check log.dir, its rights and its disk.`,
            cause: error,
            retryAfterSeconds: 5,
          });
  }
}

const droppedLinesMax = 20;

/** What LevelDB wrote about data that it dropped at this opening. It begins a new file `LOG` at each. */
export async function droppedLines(database: string): Promise<string[]> {
  const text = await readFile(join(database, 'LOG'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => /dropping|ignoring error/i.test(line))
    .slice(0, droppedLinesMax);
}

/**
 * Opens the log's database, creating it only where there was none before.
 *
 * @throws HookwardError `log-not-found`, `log-damaged`, `log-newer`, `log-locked`, `log-failing`.
 */
export async function openDatabase(params: {
  readonly dir: string;
  readonly create: boolean;
  readonly open: OpenDatabase;
}): Promise<Opened> {
  const { dir, create, open } = params;
  try {
    const { createIfMissing, unready } = await prepareDir(dir, create);
    const db = await open(databaseDir(dir), { createIfMissing });
    try {
      if (unready) await markReady(dir);
      return { db, dropped: await droppedLines(databaseDir(dir)) };
    } catch (error) {
      await db.close().catch(() => undefined);
      throw error;
    }
  } catch (error) {
    throw error instanceof HookwardError ? error : openError(dir, error);
  }
}
