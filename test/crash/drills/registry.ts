import { damageAtRest } from './damageAtRest.ts';
import { diskBelowTheFloor, diskFilledAndFreed, diskFullAtStart } from './diskFull.ts';
import { fsyncFails, writeFails } from './diskErrors.ts';
import type { Drill } from './drill.ts';
import { killedAtCalls } from './killedAtCalls.ts';
import { killedAtRandom } from './killedAtRandom.ts';
import { descriptorLimit, fileSizeLimit } from './limits.ts';
import { memory } from './memory.ts';
import { powerFailureExt4, powerFailureXfs } from './powerFailure.ts';
import { shutdown, shutdownTwice } from './shutdown.ts';
import { frozenDisk, slowDisk } from './slowDisk.ts';

/** All drills, in the order in which they are run and stand in the table. */
export const drills: readonly Drill[] = [
  killedAtRandom,
  killedAtCalls,
  powerFailureExt4,
  powerFailureXfs,
  diskFilledAndFreed,
  diskFullAtStart,
  diskBelowTheFloor,
  fileSizeLimit,
  descriptorLimit,
  fsyncFails,
  writeFails,
  slowDisk,
  frozenDisk,
  damageAtRest,
  memory,
  shutdown,
  shutdownTwice,
];
