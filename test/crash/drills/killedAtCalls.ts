import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir, startProcess } from '../../support/process.ts';
import type { WriterVerdict } from '../writerLedger.ts';
import { newScene, verify, type Scene } from '../writerScene.ts';
import { toUndo } from './cleanup.ts';
import type { Drill, RunDrill } from './drill.ts';

/** The call on the log's files that is a writer's last: the n-th of its kind in one of its threads. */
const lastCalls: Readonly<Record<string, readonly number[]>> = {
  openat: [1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20],
  write: [1, 2, 3, 4, 6, 10, 20, 50, 120, 300],
  fdatasync: [1, 2, 3, 5, 8, 13, 30, 80],
  fsync: [1, 2, 3, 4, 6],
  rename: [1, 2, 3],
  unlink: [1, 2, 3, 4, 6, 9],
};

/** A writer that has not come to the point by then is killed all the same. */
const patienceMs = 4_000;
const numbersAhead = 300;

/** The files of a log that are there, and those that LevelDB will come to make. */
function filesOf(dir: string): string[] {
  const database = join(dir, 'db');
  const there = existsSync(database) ? readdirSync(database) : [];
  const newest = Math.max(0, ...there.map((name) => Number.parseInt(/\d+/.exec(name)?.[0] ?? '0', 10)));
  const named = Array.from({ length: numbersAhead }, (_, ahead) => String(newest + ahead).padStart(6, '0'));
  return [
    ...['format.json', 'format.json.new'].map((name) => join(dir, name)),
    ...[database, dir],
    ...['CURRENT', 'LOG', 'LOG.old', ...there].map((name) => join(database, name)),
    ...named.flatMap((number) =>
      [`${number}.log`, `${number}.ldb`, `${number}.dbtmp`, `MANIFEST-${number}`].map((name) =>
        join(database, name),
      ),
    ),
  ];
}

/** One run of a writer. */
interface Run {
  readonly scene: Scene;
  readonly call: string;
  readonly number: number;
  readonly mode: string;
  /** Numbers the webhooks of each run apart, and seeds them. */
  readonly round: number;
  readonly seed: number;
}

/** Runs a writer to its last call; whether it came there by itself. */
async function runTo({ scene, call, number, mode, round, seed }: Run): Promise<boolean> {
  const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${number}`];
  const paths = filesOf(scene.dir).flatMap((path) => ['-P', path]);
  const writer = startProcess({
    // The tracer as a grandchild: what is started is the writer itself, which signals must reach.
    under: ['strace', '-D', '-f', '-qq', '-o', '/dev/null', ...inject, ...paths],
    script: 'test/crash/logWriter.js',
    args: [scene.dir, scene.ledger, String(round * 1_000_000), String(seed * 1000 + round), mode],
  });
  const kill = toUndo('a writer', () => writer.kill());
  let isLate = false;
  const patience = setTimeout(() => {
    isLate = true;
    void kill();
  }, patienceMs);
  const { signal, code } = await writer.ended;
  clearTimeout(patience);
  await kill();
  if (signal !== 'SIGKILL') throw new Error(`the writer ended with ${code ?? signal}: ${writer.stderr()}`);
  return !isLate;
}

/** What came of the kills at one call, over and over on the same log. */
interface Sweep {
  readonly verdict: WriterVerdict | null;
  readonly reached: number;
  readonly fault: string | null;
}

async function sweep(call: string, mode: string, seed: number): Promise<Sweep> {
  const scratch = scratchDir('hookward-calls-');
  const scene = newScene(scratch.path);
  let verdict: WriterVerdict | null = null;
  let reached = 0;
  try {
    for (const [round, number] of (lastCalls[call] ?? []).entries()) {
      if (await runTo({ scene, call, number, mode, round, seed })) reached += 1;
      if (existsSync(scene.dir)) verdict = await verify(scene);
      // What is lost stays lost: the next look would find it again.
      if (verdict !== null && verdict.faults.length > 0) break;
    }
    scratch.remove();
    return { verdict, reached, fault: null };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { verdict, reached, fault: `${call}, ${mode}, in ${scratch.path}: ${why}` };
  }
}

function killing(calls: readonly string[], modes: readonly string[]): RunDrill {
  return async (seed) => {
    const total = { promised: 0, lost: 0, repeats: 0 };
    const faults: string[] = [];
    const notes: string[] = [];
    for (const mode of modes) {
      for (const call of calls) {
        const { verdict, reached, fault } = await sweep(call, mode, seed);
        const found = verdict?.faults ?? [];
        const isLoss = (text: string) => text.startsWith('lost: ');
        total.promised +=
          (verdict?.appendsPromised ?? 0) +
          (verdict?.settlementsPromised ?? 0) +
          (verdict?.copiesPromised ?? 0);
        total.lost += found.filter(isLoss).length;
        faults.push(...found.filter((text) => !isLoss(text)), ...(fault === null ? [] : [fault]));
        notes.push(`${call}${mode === '' ? '' : ` (${mode})`}: killed there ${reached} times`);
      }
    }
    return { ...total, faults, notes };
  };
}

const everyCall = Object.keys(lastCalls);

export const killedAtCalls: Drill = {
  name: 'SIGKILL at system calls',
  needs: ['strace'],
  isSmall: false,
  deadlineMs: 1_200_000,
  run: killing(everyCall, ['', 'busy']),
  control: {
    what: 'a writer that acknowledges before it writes',
    run: killing(['fdatasync'], ['ack-early']),
  },
};
