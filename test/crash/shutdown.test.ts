// SIGTERM under load: what was accepted is answered, the rest refused in order, the deadline kept; a second one ends at
// once; nothing is lost either way.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { drillShutdown } from './drills/shutdown.ts';

const seed = Number(process.env['HOOKWARD_TEST_SEED'] ?? 1);

describe('a server under load that is told to end', () => {
  for (const how of ['one SIGTERM', 'two SIGTERMs'] as const) {
    test(`${how}: it ends in time and loses nothing`, async (t) => {
      const { faults, lost, promised, notes } = await drillShutdown(seed, how, 20);
      t.diagnostic(notes.join());
      assert.deepEqual(faults, []);
      assert.equal(lost, 0);
      assert.ok(promised > 50);
    });
  }

  test('killed instead, it leaves senders without an answer: the drill would notice', async () => {
    const { faults, lost } = await drillShutdown(seed, 'SIGKILL', 20);
    assert.equal(lost, 0);
    assert.ok(faults.length > 0);
  });
});
