import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { dawn, deferred, deliveredBy } from '../support/logFixtures.ts';
import type { OnBench } from './engine.ts';

/** A crowd that must not fit into memory. */
export function crowdSuite(on: OnBench): void {
  describe('ten thousand webhooks', () => {
    test(
      'are taken, kept on disk rather than in memory, given out once each, and counted',
      on(async (bench) => {
        setFlagsFromString('--expose-gc');
        const collect = runInNewContext('gc') as () => void;
        const bytesInUse = async () => {
          collect();
          // The memory behind buffers that have been collected is given back a turn of the loop later.
          await new Promise((resolve) => setImmediate(resolve));
          collect();
          const { heapUsed, external } = process.memoryUsage();
          return heapUsed + external;
        };
        const count = 10_000;
        const bodyBytes = 4096;
        const before = await bytesInUse();
        const sums = new Map<string, string>();
        for (let from = 0; from < count; from += 500) {
          const webhooks = bench.make(500, { receivedAt: dawn + from });
          const filled = webhooks.map((webhook) => {
            const body = Buffer.alloc(bodyBytes, webhook.id);
            sums.set(webhook.id, createHash('sha256').update(body).digest('hex'));
            return { ...webhook, request: { ...webhook.request, body } };
          });
          const appended = (await Promise.all(filled.map((webhook) => bench.append([webhook])))).flat();
          const settlements = appended.map(({ lease }, at) => {
            assert.ok(lease);
            return { lease, event: deferred(dawn + 100_000 + ((from + at) % 977)) };
          });
          await bench.log.settle({ settlements, now: dawn });
        }
        const grown = (await bytesInUse()) - before;
        assert.ok(grown < 20_000_000, `${grown} bytes in memory for ${count * bodyBytes} bytes of bodies`);
        assert.deepEqual(bench.counts(), [count, 0, 0, 0]);

        let dueAt = 0;
        for (let left = count; left > 0;) {
          const { claimed } = await bench.claim({ limit: 333, now: dawn + 200_000 });
          assert.ok(claimed.length > 0, `${left} are still to come`);
          for (const one of claimed) {
            assert.ok(one.dueAt >= dueAt, 'earliest due first');
            dueAt = one.dueAt;
            const sum = createHash('sha256').update(one.webhook.request.body).digest('hex');
            assert.equal(sums.get(one.webhook.id), sum);
            sums.delete(one.webhook.id);
          }
          const settlements = claimed.map(({ lease }) => ({ lease, event: deliveredBy() }));
          await bench.log.settle({ settlements, now: dawn + 200_000 });
          left -= claimed.length;
        }
        assert.equal(sums.size, 0);
        assert.deepEqual(bench.counts(), [0, count, 0, 0]);
        assert.deepEqual(await bench.claim({ now: dawn + 300_000 }), { claimed: [], nextDueAt: null });
        await bench.reopen();
        assert.deepEqual(bench.counts(), [0, count, 0, 0]);
        await bench.assertCountersExact();
      }),
    );
  });
}
