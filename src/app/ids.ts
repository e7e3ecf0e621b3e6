import type { IdSource } from '../core/ids.ts';
import type { Random } from '../core/random.ts';
import type { Service } from '../core/service.ts';
import type { Log } from '../log/index.ts';
import { uuidIds } from './system.ts';

/** Ids that continue after the newest one of the log, which is known once it has been opened: none before `start`. */
export function idsAfter(log: Log, random: Random): IdSource & Service {
  let source: IdSource | null = null;
  return {
    start: () => Promise.resolve(void (source = uuidIds(random, log.newestId()))),
    stop: () => Promise.resolve(),
    next(nowMs) {
      if (source === null) throw new Error('ids are given out after start only');
      return source.next(nowMs);
    },
  };
}
