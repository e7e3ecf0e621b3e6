import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import type { Clock } from '../../core/clock.ts';
import { HookwardError } from '../../core/errors.ts';
import { makeRecord } from '../codec/record.ts';
import { Damage } from './damage.ts';
import { databaseDir, syncDatabase, syncPath, writeReady } from './format.ts';
import { HighWater, highWaterFile } from './highWater.ts';
import { Holds } from './holds.ts';
import { Inspection } from './inspection.ts';
import type { Finding } from './inspection.ts';
import { DueLanes } from './lanes.ts';
import { openLevel } from './open.ts';
import { nameFromWebhook, recover } from './recovery.ts';
import { Store } from './store.ts';
import type { Database } from './store.ts';
import type { VerifyProgress, VerifyReport } from './verifyReport.ts';
import type { WorkCopy } from './workCopy.ts';

/** What there is to mend. */
export interface MendParams {
  readonly dir: string;
  readonly copy: WorkCopy;
  /** What the verification of it found. */
  readonly found: VerifyReport;
  readonly clock: Clock;
  readonly onProgress: (progress: VerifyProgress) => void;
}

/** What the types of `level` leave out, since browsers have none of it: LevelDB's own repair. */
const { repair: repairDatabase } = Level as unknown as { repair: (location: string) => Promise<void> };

/** And compaction by hand. */
type Compactable = Database & { compactRange(start: Buffer, end: Buffer): Promise<void> };

const deletionsMax = 500;
/** What is removed may leave something unbacked, and that something else; nothing is more than this many steps deep. */
const passesMax = 4;

const silent = { committed: () => undefined, modeChanged: () => undefined, noticed: () => undefined };

/**
 * Mends a copy of a log and puts it in the log's place. What cannot be read is left out, index entries and counters are
 * made anew. Returns where the log is kept as it was.
 */
export async function mend(params: MendParams): Promise<string> {
  const { dir, copy, found, clock } = params;
  // The files themselves are at fault. What has been opened may have thrown something away: begin with a fresh copy.
  if (found.openError !== null || found.unreadableBlocks + found.batchesMissing > 0) {
    await copy.empty();
    await copy.fill(() => undefined);
    await repairDatabase(copy.database);
    // Where LevelDB puts what it has replaced: all of that is in the backup.
    await rm(join(copy.database, 'lost'), { recursive: true, force: true });
  }
  const db = await openLevel(copy.database, { createIfMissing: false });
  try {
    // After a repair all tables lie on one level, where a read asks the newest file, not the newest entry.
    await (db as Compactable).compactRange(Buffer.alloc(1), Buffer.alloc(64, 0xff));
    await mendRecords(params, db);
  } finally {
    await db.close();
  }
  return putInPlace(dir, copy, clock.now());
}

async function mendRecords({ dir, copy, found, clock, onProgress }: MendParams, db: Database): Promise<void> {
  const store = new Store(db, new Damage(silent));
  for (let pass = 1; pass <= passesMax; pass += 1) {
    const wrong: Finding[] = [];
    const inspection = new Inspection(store, (finding) => wrong.push(finding));
    let done = 0;
    await inspection.run((bytes) => {
      done += bytes;
      onProgress({ step: 'mending', done, total: Math.max(done, copy.bytes) });
    });
    refuseEmpty(inspection, found);
    if (!(await removeWrong(store, wrong))) break;
  }
  const level = await new HighWater(dir, clock).read();
  await recover({ store, holds: new Holds(), lanes: new DueLanes(), recount: true, level });
}

/** A log that was not empty is never replaced by one that is. */
function refuseEmpty({ tallies }: Inspection, found: VerifyReport): void {
  const { openError, unreadableBlocks, webhooksMissing, spaces } = found;
  const wasEmpty = openError === null && unreadableBlocks + webhooksMissing + spaces.envelope.records === 0;
  if (tallies.envelope.records > 0 || wasEmpty) return;
  throw new HookwardError('log-damaged', {
    message: 'No webhook could be saved from the damaged log, so it was left as it is. Restore a backup.',
  });
}

/** Removes what cannot be read or has nothing behind it; says whether there was anything. */
async function removeWrong(store: Store, wrong: readonly Finding[]): Promise<boolean> {
  const removable = wrong.filter(({ wrong: what }) => what !== 'missing');
  for (let at = 0; at < removable.length; at += deletionsMax) {
    const batch = store.db.batch();
    for (const { space, key } of removable.slice(at, at + deletionsMax)) {
      if (space === 'route') {
        const name = await nameFromWebhook(store, key.readUInt16BE(1));
        batch.put(key, makeRecord(key, Buffer.from(name, 'utf8')).value);
      } else batch.del(key);
    }
    await batch.write();
  }
  return removable.length > 0;
}

/** The mended database takes the place of the damaged one, which is kept beside it with all that belongs to it. */
async function putInPlace(dir: string, copy: WorkCopy, now: number): Promise<string> {
  await syncDatabase(copy.database);
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  const backup = join(dir, `before-repair-${stamp}`);
  await mkdir(backup, { mode: 0o700 });
  for (const name of ['format.json', highWaterFile]) {
    await copyFile(join(dir, name), join(backup, name)).catch(() => undefined);
  }
  await rename(databaseDir(dir), databaseDir(backup));
  await rename(copy.database, databaseDir(dir));
  await syncPath(backup);
  await syncPath(dir);
  await writeReady(dir);
  return backup;
}
