// Damage at rest, as disks and people do it: one piece at a time, chosen by chance, to the files of a log that lies still.
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../src/core/random.ts';

/** What is done to a file. */
export const damageKinds = [
  'flip in .log',
  'flip in .ldb',
  'flip in MANIFEST',
  'flip in CURRENT',
  'cut .log',
  'cut .ldb',
  'cut MANIFEST',
  'zero a page of .log',
  'zero a page of .ldb',
  'lose CURRENT',
  'lose MANIFEST',
  'lose .ldb',
] as const;

export type DamageKind = (typeof damageKinds)[number];

/** What was done, for a message; null: there is no such file, or nothing in it. */
export function damage(logDir: string, kind: DamageKind, random: Random): string | null {
  const target = kind.slice(kind.lastIndexOf(' ') + 1);
  const dir = join(logDir, 'db');
  const paths = readdirSync(dir)
    .filter((name) => (target.startsWith('.') ? name.endsWith(target) : name.startsWith(target)))
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).size > 0)
    .sort();
  const path = paths[Math.floor(random.fraction() * paths.length)];
  if (path === undefined) return null;
  const { size } = statSync(path);
  const at = Math.floor(random.fraction() * size);
  if (kind.startsWith('lose')) rmSync(path);
  else if (kind.startsWith('cut')) truncateSync(path, at);
  else {
    const bytes = readFileSync(path);
    if (kind.startsWith('flip')) bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random.fraction() * 8));
    else bytes.fill(0, at - (at % 4096), Math.min(size, at - (at % 4096) + 4096));
    writeFileSync(path, bytes);
  }
  return `${kind}, ${path.slice(dir.length + 1)} at ${at} of ${size}`;
}
