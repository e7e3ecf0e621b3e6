import { cpSync, readdirSync, rmSync } from 'node:fs';

/** Copies tried: a compaction ends after a few. */
const triesMax = 100;

const namesIn = (dir: string) => readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort().join('\n');

/**
 * Copies the directory of a log that is open: just what a killed process leaves behind. A kill is one moment, a copy is
 * not: LevelDB's own thread may take files away or add some meanwhile, so a copy counts only if none came or went.
 */
export function copyAsKilled(from: string, to: string): void {
  for (let tries = 1; ; tries += 1) {
    const before = namesIn(from);
    try {
      cpSync(from, to, { recursive: true });
      if (namesIn(from) === before) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    rmSync(to, { recursive: true, force: true });
    if (tries === triesMax)
      throw new Error(`files came and went during ${String(triesMax)} copies of ${from}`);
  }
}
