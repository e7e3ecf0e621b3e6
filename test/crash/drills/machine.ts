// What a drill asks of the machine, and what the results say of it: no host name, no path.
import { accessSync, constants } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { delimiter, join } from 'node:path';

function isThere(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function isMet(need: string): boolean {
  if (need === 'root') return process.getuid?.() === 0;
  if (need.startsWith('/')) return isThere(need, constants.W_OK);
  // mkfs and its like lie where only root looks.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => isThere(join(folder, need), constants.X_OK));
}

/** Which of `needs` (programs by name, paths that must be writable, `root`) this machine lacks. */
export function missing(needs: readonly string[]): readonly string[] {
  return needs.filter((need) => !isMet(need));
}

/** The machine in one line each: kernel, Node, processor and memory. */
export function machine(): readonly string[] {
  const [first] = cpus();
  return [
    `Kernel ${type()} ${release()}`,
    `Node ${process.version}`,
    `${cpus().length} x ${first?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  ];
}
