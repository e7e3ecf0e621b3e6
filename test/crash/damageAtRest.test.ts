// Each kind of damage at rest once, and each must be said: the drill `damage at rest` does many more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drillDamage } from './drills/damageAtRest.ts';

const seed = Number(process.env['HOOKWARD_TEST_SEED'] ?? 1);

test('a log that is damaged while it lies still is never up and silent', async (t) => {
  const { faults, lost, notes } = await drillDamage(seed, {
    rounds: 1,
    webhooksPerTable: 60,
    repair: false,
    deaf: false,
  });
  t.diagnostic(notes.join());
  assert.deepEqual(faults, []);
  assert.equal(lost, 0);
});

test('without the note of how far the disk was and without reading through it is silent', async () => {
  const extent = { rounds: 2, webhooksPerTable: 60, repair: false, deaf: true, kinds: ['cut .log'] } as const;
  assert.ok((await drillDamage(seed, extent)).lost > 0);
});
