import { join } from 'node:path';
import type { Drill, DrillOutcome, RunDrill } from './drill.ts';
import { diskNeeds, LoopDisk } from './loopDisk.ts';
import { onStand, type Stand, type StandParams } from './stand.ts';

const mebibyte = 1024 * 1024;

/** A stand whose log lies on an ext4 of its own, small enough to be filled: on tmpfs the loss does not show. */
async function onSmallDisk(
  params: Omit<StandParams, 'logDir'>,
  fault: (stand: Stand, disk: LoopDisk) => Promise<void>,
): Promise<DrillOutcome> {
  const disk = await LoopDisk.make('ext4', 128);
  try {
    return await onStand({ ...params, logDir: join(disk.path, 'log') }, async (stand) => {
      try {
        await fault(stand, disk);
      } finally {
        await disk.clear();
      }
    });
  } finally {
    await disk.dispose();
  }
}

/** Neither floor nor ballast: LevelDB itself meets the end of the disk. */
const nothingKeptFree = { freeBytesMin: '0B', ballastBytes: '0B' };

/** Filled under load and freed again; killed soon after, before LevelDB has brought its memory into a table. */
function filledAndFreed(weakness?: 'neverReopened'): RunDrill {
  return (seed, rounds = 3) => {
    // Where a batch is cut off, what follows is lost: those of up to 4 KiB are not, the C library keeps and writes them later.
    const params = {
      seed,
      log: nothingKeptFree,
      bodyBytesMax: 60_000,
      ...(weakness === undefined ? {} : { weakness }),
    };
    return onSmallDisk(params, async (stand, disk) => {
      for (let round = 0; round < rounds; round += 1) {
        await stand.start();
        await stand.promisedMore(300);
        await disk.fill();
        await stand.admin.showsFailing('HookwardLogFailing');
        await disk.clear();
        await stand.recovers();
        await stand.promisedMore(200);
        await stand.kill();
      }
    });
  };
}

/** Killed, and started again on a disk without a free block: opening needs some, which only the ballast can give. */
function fullAtStart(ballastBytes: string): RunDrill {
  return (seed) =>
    onSmallDisk({ seed, log: { freeBytesMin: '16MiB', ballastBytes } }, async (stand, disk) => {
      await stand.start();
      await stand.promisedMore(500);
      await stand.kill();
      await disk.fill();
      await stand.startUnready();
      stand.notes.push(await stand.admin.showsFailing('HookwardLogFull'));
      await disk.clear();
      await stand.recovers();
      await stand.promisedMore(200);
      await stand.kill();
    });
}

/** Filled below the floor: webhooks are refused before LevelDB meets a failed write. */
function belowTheFloor(freeBytesMin: string): RunDrill {
  return (seed) =>
    onSmallDisk({ seed, log: { freeBytesMin, ballastBytes: '4MiB' } }, async (stand, disk) => {
      await stand.start();
      await stand.promisedMore(300);
      await disk.fill(20 * mebibyte);
      try {
        await stand.admin.showsFailing('HookwardLogFull');
      } finally {
        const failures = await stand.admin.writeFailures();
        if (failures > 0) stand.faults.push(`${failures} writes of the log failed`);
      }
      await disk.clear();
      await stand.recovers();
      await stand.promisedMore(200);
      await stand.kill();
    });
}

export const diskFilledAndFreed: Drill = {
  name: 'disk full, freed, killed soon after',
  needs: diskNeeds.ext4,
  isSmall: false,
  run: filledAndFreed(),
  control: { what: 'no reopening after a failed write', run: filledAndFreed('neverReopened') },
};

export const diskFullAtStart: Drill = {
  name: 'disk full at start',
  needs: diskNeeds.ext4,
  isSmall: false,
  run: fullAtStart('16MiB'),
  control: { what: 'no ballast', run: fullAtStart('0B') },
};

export const diskBelowTheFloor: Drill = {
  name: 'disk below the free-space floor',
  needs: diskNeeds.ext4,
  isSmall: false,
  run: belowTheFloor('32MiB'),
  control: { what: 'no floor', run: belowTheFloor('0B') },
};
