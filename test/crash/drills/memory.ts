import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningServer } from '../../support/process.ts';
import { startServer } from '../../support/process.ts';
import { seededRandom } from '../../support/seededRandom.ts';
import { loadEnded, startLoad } from '../../support/senderLoad.ts';
import type { Load } from '../../support/senderLoad.ts';
import type { Drill, DrillOutcome } from './drill.ts';
import { drillConfig, metric, withSurroundings } from './serverRun.ts';

const limitBytes = 150 * 1024 * 1024;
const bodyBytes = 1024 * 1024;

/** How much is laid on the server. */
interface Weight {
  /** Small webhooks that are pending before the large ones come. */
  readonly backlog: number;
  readonly large: number;
  /** The bounds of bodies in memory hold; else they are what nobody reaches. */
  readonly bounded: boolean;
}

/** A cgroup (v1) of the memory controller for one process. */
function confine(server: RunningServer): { readonly peak: () => number; readonly remove: () => void } {
  const dir = join('/sys/fs/cgroup/memory', `hookward-drill-${server.pid}`);
  mkdirSync(dir);
  writeFileSync(join(dir, 'memory.limit_in_bytes'), String(limitBytes));
  writeFileSync(join(dir, 'cgroup.procs'), String(server.pid));
  return {
    peak: () => Number(readFileSync(join(dir, 'memory.max_usage_in_bytes'), 'utf8')),
    remove: () => rmdirSync(dir),
  };
}

const body = Buffer.alloc(bodyBytes, 'x');

function statuses({ ledger }: Load): string {
  const counts = new Map<string, number>();
  for (const { outcome } of ledger) {
    const name = outcome === null || outcome === 'none' ? 'none' : String(outcome.status);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${count} x ${name}`).join(', ');
}

/** Lays a backlog and then large bodies on a server in 150 MB, with a bot host that hangs meanwhile. */
async function drillMemory(seed: number, { backlog, large, bounded }: Weight): Promise<DrillOutcome> {
  return withSurroundings(
    () => 'hang',
    async ({ scratch, bot }) => {
      const inFlightBytesMax = bounded ? '12MiB' : '1TiB';
      const waitingBytesMax = bounded ? '4MiB' : '1TiB';
      const config = drillConfig(bot.url, {
        limits: { inFlightBytesMax, bodyBytesMax: '2MiB' },
        botHost: { concurrency: 4, waitingBytesMax },
      });
      await bot.away();
      const server = await startServer({ dir: scratch.path, config });
      const group = confine(server);
      const life = { isOver: false };
      void server.ended.then(() => (life.isOver = true));
      const faults: string[] = [];
      const send = async (count: number, senders: number, isLarge: boolean, from: number) => {
        const load = startLoad({
          url: () => (life.isOver ? null : server.publicUrl),
          senders,
          count,
          random: seededRandom(seed + from),
          make: (number) => ({
            target: `${isLarge && number % 2 === 0 ? '/wait/a' : '/ack/a'}?&n=${number}&`,
            headers: ['X-Load', String(number)],
            body: isLarge ? body : 'small',
          }),
        });
        await Promise.race([loadEnded(load, count, 600_000), server.ended]);
        if (!life.isOver) await load.stop();
        return load;
      };
      const small = await send(backlog, 64, false, 1);
      bot.behave(() => 'hang');
      await bot.back();
      const loaded = await send(large, 200, true, 2);
      const notes = [
        `peak ${Math.round(group.peak() / 1048576)} MiB; small: ${statuses(small)}; large: ${statuses(loaded)}`,
      ];
      const promised = [small, loaded].flatMap(({ ledger }) => ledger.filter(isTwoHundred)).length;
      if (life.isOver) {
        faults.push('it was killed for want of memory');
        group.remove();
        return { promised, lost: 0, repeats: 0, faults, notes };
      }
      const kept = await metric(server, 'hookward_webhooks');
      if (kept < promised) faults.push(`${promised} were promised, and ${kept} are pending`);
      const { code } = await server.stop();
      if (code !== 0) faults.push(`it ended with ${String(code)}`);
      group.remove();
      return { promised, lost: Math.max(0, promised - kept), repeats: 0, faults, notes };
    },
  );
}

const isTwoHundred = ({ outcome }: Load['ledger'][number]) =>
  outcome !== null && outcome !== 'none' && outcome.status >= 200 && outcome.status < 300;

/** Little memory, a large backlog, large bodies: it refuses politely before it dies. */
export const memory: Drill = {
  name: 'memory of 150 MB, backlog of 200,000, bodies of 1 MB',
  needs: ['root', '/sys/fs/cgroup/memory'],
  isSmall: false,
  deadlineMs: 900_000,
  run: (seed) => drillMemory(seed, { backlog: 200_000, large: 2_000, bounded: true }),
  control: {
    what: 'the bounds of bodies in memory set to 1 TiB',
    run: (seed) => drillMemory(seed, { backlog: 1_000, large: 2_000, bounded: false }),
  },
};
