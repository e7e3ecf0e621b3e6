import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

function rootAbove(dir: string): string {
  if (existsSync(join(dir, 'tsconfig.json'))) return dir;
  const above = dirname(dir);
  if (above === dir) throw new Error('the tests must run inside the repository');
  return rootAbove(above);
}

/** The repository's root, wherever this build lies below it. */
export const repositoryRoot = rootAbove(import.meta.dirname);
