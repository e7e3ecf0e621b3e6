import { statfs } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';
import { HookwardError } from '../../core/errors.ts';
import { Damage } from './damage.ts';
import type { FreeBytes } from './diskGuard.ts';
import { levelCode, rootMessage } from './errors.ts';
import { readFormat } from './format.ts';
import { HighWater } from './highWater.ts';
import { Inspection } from './inspection.ts';
import { mend } from './mend.ts';
import { droppedLines, openLevel } from './open.ts';
import { Store } from './store.ts';
import type { VerifyProgress, VerifyReport } from './verifyReport.ts';
import { Findings, reportOf, unopenedReport } from './verifyReport.ts';
import { WorkCopy } from './workCopy.ts';

/** How a log is verified. */
export interface VerifyParams {
  readonly dir: string;
  /** Mend what is wrong. */
  readonly repair: boolean;
  readonly clock: Clock;
  readonly onProgress: (progress: VerifyProgress) => void;
  /** The operating system, for tests to put another in its place. */
  readonly freeBytes?: FreeBytes;
}

/** What was found and, where it was mended, what there is now. */
export interface Verified {
  readonly found: VerifyReport;
  readonly mended: {
    /** Where the log is as it was before. */
    readonly backup: string;
    readonly after: VerifyReport;
  } | null;
}

/** Beyond the copy, for what opening and mending write. */
const spareBytes = 64 * 1024 * 1024;

const freeBytesOfDisk: FreeBytes = async (dir) => {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
};

/**
 * Reads a whole log that no server holds: every checksum, every index entry against its webhook, every counter. It works
 * on a copy beside it; only a repair changes the log, by putting the mended copy in its place and keeping what was there.
 *
 * @throws HookwardError `log-locked`, `log-not-found`, `log-newer`, `log-unavailable` (no room for the copy).
 */
export async function verifyLog(params: VerifyParams): Promise<Verified> {
  const { dir, repair, clock, onProgress } = params;
  const formatWrong = await isFormatWrong(dir);
  const copy = await WorkCopy.prepare(dir);
  try {
    await checkRoom(params, copy.bytes);
    await copy.fill((done, total) => onProgress({ step: 'copying', done, total }));
    const found = await inspectCopy(params, copy, formatWrong);
    if (!repair || found.isSound) return { found, mended: null };
    const backup = await mend({ dir, copy, found, clock, onProgress });
    await copy.empty();
    await copy.fill(() => undefined);
    return { found, mended: { backup, after: await inspectCopy(params, copy, false) } };
  } finally {
    await copy.end();
  }
}

async function isFormatWrong(dir: string): Promise<boolean> {
  try {
    return (await readFormat(dir)) === null;
  } catch (error) {
    if (error instanceof HookwardError && error.code === 'log-damaged') return true;
    throw error;
  }
}

async function checkRoom({ dir, freeBytes = freeBytesOfDisk }: VerifyParams, bytes: number): Promise<void> {
  const free = await freeBytes(dir);
  const needed = bytes + spareBytes;
  if (free >= needed) return;
  throw new HookwardError('log-unavailable', {
    message: `Verifying needs ${needed} bytes of room for a copy of the log, and ${free} are free on the disk of ${dir}. Make room there, or copy the log's directory to another disk and verify it there.`,
  });
}

/** Opens a copy as a start would, and reads all of it. */
async function inspectCopy(
  { dir, clock, onProgress }: VerifyParams,
  copy: WorkCopy,
  formatWrong: boolean,
): Promise<VerifyReport> {
  const level = await new HighWater(dir, clock).read();
  const damage = new Damage({
    noticed: () => undefined,
    committed: () => undefined,
    modeChanged: () => undefined,
  });
  let db;
  try {
    db = await openLevel(copy.database, { createIfMissing: false });
  } catch (error) {
    if (levelCode(error) === '') throw error;
    return unopenedReport(rootMessage(error), formatWrong);
  }
  try {
    const findings = new Findings();
    const inspection = new Inspection(new Store(db, damage), (finding) => findings.add(finding));
    let done = 0;
    await inspection.run((bytes) => {
      done += bytes;
      const total = Math.max(done, inspection.head?.marks.recordBytes ?? copy.bytes);
      onProgress({ step: 'reading', done, total });
    });
    const dropped = await droppedLines(copy.database);
    return reportOf({ inspection, findings, damage, dropped, level, formatWrong });
  } finally {
    await db.close();
  }
}
