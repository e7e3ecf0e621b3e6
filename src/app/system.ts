import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';
import type { Clock } from '../core/clock.ts';
import type { IdSource, WebhookId } from '../core/ids.ts';
import type { Random } from '../core/random.ts';

/** The machine's own clock: the one place that reads it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** The machine's own source of chance. */
export const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes: (length) => randomBytes(length),
};

/** Random bytes asked for at a time: one call for 16 costs 10 us, 256 ids share one for 4 KiB. */
const poolBytes = 4096;
const idBytes = 16;

/**
 * Ids that never go backwards: when the clock steps back, or several ids fall into one millisecond, the sequence counts
 * on. `after` is the greatest id given before (by an earlier run), if there was one.
 */
export function uuidIds(random: Random, after: WebhookId | null = null): IdSource {
  let msecs = after === null ? 0 : Number.parseInt(after.slice(0, 8) + after.slice(9, 13), 16) + 1;
  let seq = 0;
  let pool = random.bytes(poolBytes);
  let used = 0;
  const chance = () => {
    if (used === poolBytes) {
      pool = random.bytes(poolBytes);
      used = 0;
    }
    return pool.subarray(used, (used += idBytes));
  };
  return {
    next(nowMs) {
      if (nowMs > msecs) {
        msecs = nowMs;
        seq = 0;
      } else {
        // uuid keeps a 32-bit sequence behind the milliseconds (RFC 9562, 6.2): never used up within one of them.
        seq += 1;
      }
      return v7({ msecs, seq, random: chance() }) as WebhookId;
    },
  };
}
