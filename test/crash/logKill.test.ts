// The log under load, killed with SIGKILL at random moments and opened again, over and over on the same directory: what
// was promised is there, whole and once, and the kept counters are those of a full count. A writer that promises too early must
// be found out by the same judge. HOOKWARD_TEST_SEED repeats the choices; the moment of a kill is the machine's.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { scratchDir, startProcess } from '../support/process.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { waitFor } from '../support/waitFor.ts';
import type { WriterVerdict } from './writerLedger.ts';
import { newScene, verify, type Scene } from './writerScene.ts';

const seed = Number(process.env['HOOKWARD_TEST_SEED'] ?? 1);

/** Runs a writer and kills it: mostly after some load, sometimes while it still opens the log. */
async function runAndKill({ dir, ledger }: Scene, round: number, fraction: number, mode = ''): Promise<void> {
  const args = [dir, ledger, String(round * 1_000_000), String(seed * 1000 + round), mode];
  const writer = startProcess({ script: 'test/crash/logWriter.js', args });
  let hasEnded = false;
  void writer.ended.then(() => (hasEnded = true));
  if (round % 6 !== 5) {
    await waitFor('the writer to open the log', () => hasEnded || writer.output().includes('opened'), 30_000);
  }
  // The moment of the kill is what is being chosen here; nothing is waited for.
  await new Promise((resolve) => setTimeout(resolve, 5 + fraction * 300));
  assert.equal(hasEnded, false, `the writer must not end by itself; it printed:\n${writer.output()}`);
  await writer.kill();
}

describe('a level log whose process is killed', () => {
  test('25 times under load keeps every promise, tears nothing and counts exactly', async (t) => {
    const scratch = scratchDir('hookward-kill-');
    const scene = newScene(scratch.path);
    const random = seededRandom(seed);
    let verdict: WriterVerdict | null = null;
    for (let round = 0; round < 25; round += 1) {
      await runAndKill(scene, round, random.fraction());
      if (!existsSync(scene.dir)) continue;
      verdict = await verify(scene);
      assert.deepEqual(verdict.faults, [], `kill ${round + 1}, seed ${seed}, in ${scratch.path}`);
    }
    assert.ok(
      verdict &&
        verdict.appendsPromised > 300 &&
        verdict.settlementsPromised > 200 &&
        verdict.copiesPromised > 50,
      'there was a load',
    );
    const { appendsPromised, settlementsPromised, copiesPromised, unheardOf } = verdict;
    t.diagnostic(
      `25 kills: ${appendsPromised} webhooks, ${settlementsPromised} outcomes and ${copiesPromised} copies promised, ` +
        `0 lost, none twice, ` +
        `${unheardOf} stored beyond what was promised (seed ${seed})`,
    );
    scratch.remove();
  });

  test('is found to have lost promises that were made before they were kept', async () => {
    const scratch = scratchDir('hookward-kill-');
    const scene = newScene(scratch.path);
    const random = seededRandom(seed);
    let faults: readonly string[] = [];
    for (let round = 0; round < 10 && faults.length === 0; round += 1) {
      await runAndKill(scene, round % 5, random.fraction(), 'ack-early');
      ({ faults } = await verify(scene));
    }
    assert.ok(faults.length > 0, 'the judge sees a writer that promises too early');
    assert.ok(
      faults.every((fault) => fault.startsWith('lost: ')),
      faults.join(),
    );
    scratch.remove();
  });
});
