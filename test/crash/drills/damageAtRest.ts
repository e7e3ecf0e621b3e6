import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../../support/process.ts';
import type { OpenedLog } from '../../support/damagedLog.ts';
import { copyOf, fill, judgeOpening, judgeRepair, toldOfDamage } from '../../support/damagedLog.ts';
import type { DamageKind } from '../../support/damage.ts';
import { damage, damageKinds } from '../../support/damage.ts';
import { seededRandom } from '../../support/seededRandom.ts';
import type { Drill, DrillOutcome } from './drill.ts';

/** How much is damaged, and what is done with it. */
interface Extent {
  /** Each kind of damage is done so often, each time to a fresh copy. */
  readonly rounds: number;
  readonly webhooksPerTable: number;
  readonly repair: boolean;
  /** Only these; all where it is not given. */
  readonly kinds?: readonly DamageKind[];
  /** The cure is taken away: neither the note of how far the disk was, nor the reading through. */
  readonly deaf: boolean;
}

/** Damages copies of a log and counts what is lost without a word; `lost` in the outcome is that. */
export async function drillDamage(seed: number, extent: Extent): Promise<DrillOutcome> {
  const scratch = scratchDir('hookward-damage-');
  const base = join(scratch.path, 'log');
  const kept = [];
  // Each opening makes a table of what the one before has written; the last is in a log file.
  for (let table = 1; table <= 3; table += 1)
    kept.push(...(await fill(base, extent.webhooksPerTable, table)));
  const random = seededRandom(seed);
  const faults: string[] = [];
  const counts = { done: 0, refused: 0, lostAndSaid: 0 };
  let silent = 0;
  for (let round = 0; round < extent.rounds; round += 1) {
    for (const kind of extent.kinds ?? damageKinds) {
      const dir = copyOf(base, scratch.path, 'damaged');
      const what = damage(dir, kind, random);
      const copy = copyOf(dir, scratch.path, 'to-mend');
      if (extent.deaf) rmSync(join(dir, 'high-water'), { force: true });
      const opened = await judgeOpening(dir, kept, extent.deaf ? saysAtOnce : undefined);
      faults.push(...opened.faults.map((fault) => `${what ?? kind}: ${fault}`));
      counts.done += 1;
      if (opened.refused) counts.refused += 1;
      else if (opened.said) counts.lostAndSaid += opened.lost;
      else silent += opened.lost;
      if (extent.repair) {
        const mended = await judgeRepair(copy, kept);
        faults.push(...mended.faults.map((fault) => `${what ?? kind}, mended: ${fault}`));
      }
      for (const its of [dir, copy]) rmSync(its, { recursive: true, force: true });
    }
  }
  scratch.remove();
  const { done, refused, lostAndSaid } = counts;
  return {
    promised: kept.length * done,
    lost: silent,
    repeats: 0,
    faults,
    notes: [
      `${done} damages: ${refused} refused to start; ${lostAndSaid} webhooks were lost to them, and said so`,
    ],
  };
}

const saysAtOnce = (opened: OpenedLog) => Promise.resolve(toldOfDamage(opened));

/** Bits flipped, files cut, zeroed and lost while the log lies still: never up and silent, and mended soundly. */
export const damageAtRest: Drill = {
  name: 'damage at rest',
  needs: [],
  isSmall: false,
  deadlineMs: 900_000,
  run: (seed) => drillDamage(seed, { rounds: 20, webhooksPerTable: 200, repair: true, deaf: false }),
  control: {
    what: 'no note of how far the disk was, no reading through',
    run: (seed) => drillDamage(seed, { rounds: 3, webhooksPerTable: 200, repair: false, deaf: true }),
  },
};
