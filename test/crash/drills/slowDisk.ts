import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toUndo } from './cleanup.ts';
import type { Drill, RunDrill } from './drill.ts';
import { diskNeeds, LoopDisk } from './loopDisk.ts';
import { onStand, type Stand } from './stand.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** So long the disk is slow, or stands still. */
const faultMs = 4_000;
/** Writes a second on the slow disk. */
const writesPerSecond = 20;
const cgroups = '/sys/fs/cgroup/blkio';

/** Does something to the disk under load, and then the power fails: what was promised meanwhile must be on it. */
function thenPowerFailure(
  fault: (stand: Stand, disk: LoopDisk) => Promise<void>,
  weakness?: 'unsynced',
): RunDrill {
  return async (seed) => {
    const disk = await LoopDisk.make('ext4', 320);
    const params = { seed, logDir: join(disk.path, 'log'), ...(weakness === undefined ? {} : { weakness }) };
    try {
      return await onStand(params, async (stand) => {
        await stand.start();
        await stand.promisedMore(300);
        await fault(stand, disk);
        await stand.kill();
        await disk.powerOn();
      });
    } finally {
      await disk.dispose();
    }
  };
}

/** Throttles the disk; the power fails while it is slow still. */
async function slow(stand: Stand, disk: LoopDisk): Promise<void> {
  const group = join(cgroups, `hookward-drill-${process.pid}`);
  mkdirSync(group);
  const undo = toUndo('the cgroup of the slow disk', async () => {
    await stand.kill();
    rmdirSync(group);
  });
  writeFileSync(join(group, 'blkio.throttle.write_iops_device'), `${await disk.device()} ${writesPerSecond}`);
  writeFileSync(join(group, 'cgroup.procs'), String(stand.server.pid));
  const before = stand.promised;
  // Not a wait for a condition: so long the disk is slow.
  await pause(faultMs);
  const perSecond = Math.round(((stand.promised - before) * 1000) / faultMs);
  stand.notes.push(`${perSecond} accepted a second at ${writesPerSecond} writes a second`);
  if (perSecond === 0) stand.faults.push('nothing was accepted while the disk was slow');
  await disk.powerOff();
  await undo();
}

/** Freezes the disk: nothing may be promised meanwhile. Thawed, it goes on by itself; then the power fails. */
async function frozen(stand: Stand, disk: LoopDisk): Promise<void> {
  const thaw = await disk.freeze();
  // What was on its way to a caller when the disk froze has come by then.
  await pause(500);
  const before = stand.promised;
  await pause(faultMs);
  const meanwhile = stand.promised - before;
  if (meanwhile > 0) stand.faults.push(`${meanwhile} were promised while the disk was frozen`);
  await thaw();
  await stand.recovers();
  await stand.promisedMore(300);
  await disk.powerOff();
}

const control = 'a log that does not fsync';

export const slowDisk: Drill = {
  name: 'slow disk, then power failure',
  needs: [...diskNeeds.ext4, 'xfs_io', cgroups],
  isSmall: false,
  run: thenPowerFailure(slow),
  control: { what: control, run: thenPowerFailure(slow, 'unsynced') },
};

export const frozenDisk: Drill = {
  name: 'frozen disk, then power failure',
  needs: [...diskNeeds.ext4, 'xfs_io', 'fsfreeze'],
  isSmall: false,
  run: thenPowerFailure(frozen),
  control: { what: control, run: thenPowerFailure(frozen, 'unsynced') },
};
