import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMaintenance } from '../../../src/app/maintenance.ts';
import { manualClock } from '../../support/manualClock.ts';
import { waitFor } from '../../support/waitFor.ts';
import { append, delivered, openLog, scratchDir, settle, start, webhook } from '../log/support.ts';

const policy = { keepMs: { delivered: 1_000, dead: 1_000, cancelled: 1_000 }, bytesMax: 1e12 };

describe('retention while the server runs', () => {
  test('stalls no append: it removes 500 at a time, and appends go on beside and between', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    const old = await append(log, ...Array.from({ length: 1_100 }, () => webhook()));
    await Promise.all(old.flatMap((lease) => (lease === null ? [] : [settle(log, lease, delivered())])));
    const left = () => log.stats().counts.delivered;
    assert.equal(left(), 1_100);

    const clock = manualClock(start + 100_000);
    const failures: unknown[] = [];
    const maintenance = createMaintenance({
      ...{ log, clock, policy: () => policy },
      failed: (error) => failures.push(error),
    });
    await maintenance.start();
    t.after(() => maintenance.stop(1_000));
    const arrives = () => append(log, webhook({ receivedAt: clock.now() }));

    clock.advance(10_000);
    const [beside] = await arrives();
    assert.ok(beside);
    await waitFor('the first chunk', () => left() === 600);
    const [between] = await arrives();
    assert.ok(between);
    assert.equal(left(), 600);
    for (const remaining of [100, 0])
      await waitFor(`${String(remaining)} to be left`, () => {
        clock.advance(20);
        return left() === remaining;
      });
    assert.equal(log.stats().counts.pending, 2);
    assert.deepEqual(failures, []);
  });

  test('that fails is told of and tried again', async (t) => {
    const clock = manualClock(start);
    const failures: unknown[] = [];
    let calls = 0;
    const log = {
      retain: () => {
        calls += 1;
        return Promise.reject(new Error('disk'));
      },
    };
    const maintenance = createMaintenance({
      ...{ log, clock, policy: () => policy },
      failed: (error) => failures.push(error),
    });
    await maintenance.start();
    t.after(() => maintenance.stop(1_000));
    clock.advance(10_000);
    await waitFor('the failure', () => failures.length === 1);
    await waitFor('another try', () => {
      clock.advance(10_000);
      return calls > 1;
    });
  });
});
