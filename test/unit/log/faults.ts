import type { OpenDatabase } from '../../../src/log/level/open.ts';
import { openLevel } from '../../../src/log/level/open.ts';
import { databaseDir } from '../../../src/log/level/format.ts';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a write goes wrong: nothing was written, or all of it was and the answer says that it was not (a ghost). */
export type Fault = 'lost' | 'ghost';

/** A switch for the faults of a database. */
export interface Faults {
  /** What befalls the next writes; null: nothing. */
  write: Fault | null;
  /** What the next writes wait for before they are made; null: nothing. */
  gate: Promise<unknown> | null;
  /** Openings that fail before one succeeds. */
  failedOpens: number;
  /** Iterators meet a block that cannot be read, and say so at their end, as classic-level's do. */
  badBlock: boolean;
  message: string;
  /** Every write that was asked for, and whether it was to be synced. */
  readonly writes: boolean[];
  opens: number;
  readonly open: OpenDatabase;
}

function ioError(message: string): Error {
  return Object.assign(new Error(`IO error: ${message}`), { code: 'LEVEL_IO_ERROR' });
}

/** A LevelDB whose writes and openings fail when they are told to. */
export function faults(): Faults {
  const its: Faults = {
    write: null,
    gate: null,
    failedOpens: 0,
    badBlock: false,
    message: 'Input/output error',
    writes: [],
    opens: 0,
    async open(location, options) {
      its.opens += 1;
      if (its.failedOpens > 0) {
        its.failedOpens -= 1;
        throw ioError(its.message);
      }
      const db = await openLevel(location, options);
      const batch = db.batch.bind(db) as () => ReturnType<(typeof db)['batch']>;
      const failing = () => {
        const made = batch() as unknown as { write: (options: { sync: boolean }) => Promise<void> };
        const write = made.write.bind(made);
        made.write = async (how) => {
          its.writes.push(how.sync);
          await its.gate;
          const fault = its.write;
          if (fault === 'lost') throw ioError(its.message);
          await write(how);
          if (fault === 'ghost') throw ioError(its.message);
        };
        return made;
      };
      const iterator = db.iterator.bind(db) as (range: object) => ReturnType<(typeof db)['iterator']>;
      const stumbling = (range: object) => {
        const made = iterator(range);
        const nextv = made.nextv.bind(made) as (size: number) => Promise<[Buffer, Buffer][]>;
        const step = async (size: number) => {
          const entries = await nextv(size);
          if (!its.badBlock || entries.length >= size) return entries;
          throw Object.assign(new Error('Corruption: bad entry in block'), { code: 'LEVEL_CORRUPTION' });
        };
        return Object.assign(made, { nextv: step });
      };
      return Object.assign(db, { batch: failing, iterator: stumbling });
    },
  };
  return its;
}

/** Files of a log's database whose names end so. */
export function databaseFiles(dir: string, ending: string): string[] {
  return readdirSync(databaseDir(dir))
    .filter((name) => name.endsWith(ending))
    .map((name) => join(databaseDir(dir), name));
}

/** Flips one bit in the first file of the database that holds `needle`, just where it begins. */
export function flipBitAt(dir: string, needle: Buffer): void {
  for (const path of databaseFiles(dir, '')) {
    const bytes = readFileSync(path);
    const at = bytes.indexOf(needle);
    if (at < 0) continue;
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    writeFileSync(path, bytes);
    return;
  }
  throw new Error('no file holds the bytes');
}
