// Files of senders' addresses: read within a bound, and written so that nobody ever reads half of one.
import { createReadStream } from 'node:fs';
import { open, realpath, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { HookwardError } from '../../core/errors.ts';
import { parseSenderAddresses, type SenderAddressBook } from '../../senders/index.ts';
import { printable } from '../terminal/terminal.ts';

/** The shipped file has 4 KiB; whatever is larger than this is another file. */
const bytesMax = 1024 * 1024;

/** Readable by the account that the server runs as: nothing in it is secret. */
const fileMode = 0o644;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  ENOTDIR: 'there is no such file or directory',
  EISDIR: 'it is a directory',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'its file system is read-only',
  ENOSPC: 'the disk is full',
};

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : '');

const reasonOf = (error: unknown) => reasons[codeOf(error)] ?? codeOf(error);

/** @throws HookwardError `usage-wrong` for what is too large or no text, and whatever the stream throws. */
async function readText(stream: AsyncIterable<Uint8Array>, name: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > bytesMax)
      throw new HookwardError('usage-wrong', { message: `${name} is larger than 1 MiB.` });
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new HookwardError('usage-wrong', { message: `${name} is not UTF-8 text.`, cause });
  }
}

/** @throws HookwardError `config-invalid` that names the file, the sender and the address at fault. */
function parsed(text: string, name: string): SenderAddressBook {
  try {
    return parseSenderAddresses(text);
  } catch (error) {
    if (!(error instanceof HookwardError)) throw error;
    throw new HookwardError(error.code, { message: printable(`${name}: ${error.message}`), cause: error });
  }
}

/**
 * Reads the file that somebody names, `-` for standard input; a relative one begins at `cwd`.
 *
 * @throws HookwardError `usage-wrong` where it cannot be read, `config-invalid` where it holds something else.
 */
export async function readNamedAddresses(file: string, cwd: string): Promise<SenderAddressBook> {
  const name = file === '-' ? 'standard input' : file;
  const stream = file === '-' ? process.stdin : createReadStream(resolve(cwd, file));
  try {
    return parsed(await readText(stream as AsyncIterable<Uint8Array>, name), name);
  } catch (error) {
    if (error instanceof HookwardError) throw error;
    const message = `${printable(name)} cannot be read: ${reasonOf(error)}.`;
    throw new HookwardError('usage-wrong', { message, cause: error });
  }
}

/**
 * The addresses in the file of the configuration's `senderAddresses`; none where there is no such file yet.
 *
 * @throws HookwardError `config-invalid`
 */
export async function readOperatorsAddresses(path: string): Promise<SenderAddressBook> {
  try {
    return parsed(await readText(createReadStream(path), path), path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    if (error instanceof HookwardError) throw error;
    const message = `${path}, which senderAddresses names, cannot be read: ${reasonOf(error)}.`;
    throw new HookwardError('config-invalid', { message, cause: error });
  }
}

/** Where a symbolic link leads, so that the link itself is not replaced. */
async function target(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path;
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', fileMode);
  try {
    // What a narrower umask took away.
    await file.chmod(fileMode);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Puts the addresses in the place of `path` at once: whoever reads it has the old file or the new one, after a power cut
 * too.
 *
 * @throws HookwardError `config-invalid` where it cannot be written; then the old file is as it was.
 */
export async function writeAddresses(path: string, book: SenderAddressBook): Promise<void> {
  const final = await target(path);
  const fresh = `${final}.${process.pid}.new`;
  try {
    await writeSynced(fresh, `${JSON.stringify(book, null, 2)}\n`);
    await rename(fresh, final);
    const directory = await open(dirname(final), 'r');
    await directory.sync().finally(() => directory.close());
  } catch (error) {
    await rm(fresh, { force: true });
    const message = `${path}, which senderAddresses names, cannot be written: ${reasonOf(error)}.`;
    throw new HookwardError('config-invalid', { message, cause: error });
  }
}
