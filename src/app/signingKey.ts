import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
  try {
    // 'wx' fails where the file is there already: two processes can never make two keys.
    writeFileSync(path, `${generate()}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8').trim();
}
