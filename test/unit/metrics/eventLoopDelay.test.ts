import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMetricRegistry } from '../../../src/metrics/index.ts';
import { waitFor } from '../../support/waitFor.ts';

/** Holds the event loop up, as a long synchronous calculation would. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Lets the timer that measures, whose period is 10 ms, fire at least once. */
const timerFires = () => new Promise((resolve) => setTimeout(resolve, 30));

describe('the event loop delay', () => {
  const read = async (quantile: string): Promise<number> => {
    const { body } = await registry.page();
    const line = body.split('\n').find((text) => text.includes(`_delay_seconds{quantile="${quantile}"}`));
    return Number(line?.split(' ')[1]);
  };
  const registry = createMetricRegistry();

  test('is there from the start, below the period of the timer that measures it', async () => {
    for (const quantile of ['0.5', '0.99', '1']) {
      const seconds = await read(quantile);
      assert.ok(seconds >= 0 && Number.isFinite(seconds), `${quantile}: ${seconds}`);
    }
  });

  test('shows how long the loop was held up, until the next scrape', async () => {
    await waitFor('a delay of 0.2 s to be seen', async () => {
      await timerFires();
      block(250);
      await timerFires();
      const seconds = await read('1');
      return seconds >= 0.2 && seconds < 5 ? seconds : null;
    });
    await waitFor('the delay to be forgotten', async () => (await read('1')) < 0.2);
  });

  test('is told once: the package that measures the process adds none of its own', async () => {
    const { body } = await registry.page();
    assert.doesNotMatch(body, /eventloop|Nan/);
    assert.match(body, /^hookward_process_start_time_seconds \d+$/m);
  });
});
