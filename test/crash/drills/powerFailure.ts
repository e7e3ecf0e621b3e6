import { join } from 'node:path';
import type { Drill, RunDrill } from './drill.ts';
import { diskNeeds, LoopDisk, type FileSystem } from './loopDisk.ts';
import { onStand, type Weakness } from './stand.ts';

/** Promised between two failures. */
const promisedEach = 1_000;

/** The power fails under load: what no fsync has brought to the disk is gone. */
function failing(kind: FileSystem, weakness?: Weakness): RunDrill {
  return async (seed, rounds = weakness === undefined ? 4 : 1) => {
    const disk = await LoopDisk.make(kind, 320);
    const params = { seed, logDir: join(disk.path, 'log'), ...(weakness === undefined ? {} : { weakness }) };
    try {
      return await onStand(params, async (stand) => {
        for (let round = 0; round < rounds; round += 1) {
          await stand.start();
          await stand.promisedMore(promisedEach);
          await disk.powerOff();
          await stand.admin.showsFailing('HookwardLogFailing');
          await stand.kill();
          await disk.powerOn();
        }
      });
    } finally {
      await disk.dispose();
    }
  };
}

/** A power failure on ext4; the control loses what its log never synced. */
export const powerFailureExt4: Drill = {
  name: 'power failure, ext4',
  needs: [...diskNeeds.ext4, 'xfs_io'],
  isSmall: false,
  run: failing('ext4'),
  control: { what: 'a log that does not fsync', run: failing('ext4', 'unsynced') },
};

/** A power failure on xfs; the control's fsync does nothing. */
export const powerFailureXfs: Drill = {
  name: 'power failure, xfs',
  needs: [...diskNeeds.xfs, 'xfs_io', 'eatmydata'],
  isSmall: false,
  run: failing('xfs'),
  control: { what: 'LD_PRELOAD=libeatmydata.so', run: failing('xfs', 'eatmydata') },
};
