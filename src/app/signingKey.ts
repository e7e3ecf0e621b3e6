import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { HookwardError } from '../core/errors.ts';

/** Holds the key that is made where the configuration names none, so that bots can check calls from the first start on. */
const fileName = 'signing.key';

/**
 * The signing key kept beside the log; made at the first call, readable by its owner alone.
 *
 * @param dir The log's directory.
 * @param generate Makes a fresh key.
 * @throws HookwardError `log-unavailable` where the directory cannot be written.
 */
export function keptSigningKey(dir: string, generate: () => string): string {
  try {
    return readOrMake(dir, generate);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error';
    throw new HookwardError('log-unavailable', {
      message:
        `The signing key cannot be kept in ${dir} (${reason}). ` +
        'Let log.dir name a directory that this account can write, or set signing.keys.',
      cause: error,
    });
  }
}

function readOrMake(dir: string, generate: () => string): string {
  const path = join(dir, fileName);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (!existsSync(path)) make(path, `${generate()}\n`);
  const key = readFileSync(path, 'utf8').trim();
  if (key === '')
    throw new Error(`${fileName} is empty: restore it from a backup, or delete it to have a new one made`);
  return key;
}

/**
 * Brings the key to the disk whole before it has its name: a server that signs with a key which a power failure takes
 * away again leaves its bots with one that nobody has.
 */
function make(path: string, text: string): void {
  const unfinished = `${path}.${process.pid}.new`;
  writeFileSync(unfinished, text, { mode: 0o600, flush: true });
  try {
    // Fails where the name is taken: two processes can never make two keys.
    linkSync(unfinished, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(unfinished, { force: true });
  }
  syncDirectory(dirname(path));
}

function syncDirectory(dir: string): void {
  const handle = openSync(dir, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
