// A server that is killed under load: whatever was answered with success must be delivered, whole; repeats carry the same
// id. HOOKWARD_TEST_SEED repeats the choices; the moment of a kill is the machine's.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { verdictLine } from './judge.ts';
import { killUnderLoad } from './serverKills.ts';

const kills = 25;
const seed = Number(process.env['HOOKWARD_TEST_SEED'] ?? 1);

describe('a server that is killed', () => {
  test(`${kills} times under load delivers all that it promised, whole, repeats under the same id`, async (t) => {
    const { verdict, unsettled } = await killUnderLoad({ kills, seed });
    t.diagnostic(`${kills} kills: ${verdictLine(verdict, seed)}`);
    assert.equal(unsettled, null);
    assert.deepEqual(verdict.faults, []);
    assert.deepEqual(verdict.missing, []);
    assert.ok(verdict.promised > 300, 'there was a load');
    assert.ok(verdict.repeats > 0, 'the kills hit deliveries under way');
  });
});
