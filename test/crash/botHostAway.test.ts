// The bot host is away for a whole load and comes back afterwards: everything arrives, and what comes back up is not
// knocked over again.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { ConfigInput } from '../../src/config/index.ts';
import { startBotHost } from '../support/botHost.ts';
import { scratchDir, startServer } from '../support/process.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { loadEnded, someWebhook, startLoad } from '../support/senderLoad.ts';
import { waitFor } from '../support/waitFor.ts';
import { judgeLoad, verdictLine } from './judge.ts';
import { assertLogSettled, drained } from './settled.ts';

const seed = Number(process.env['HOOKWARD_TEST_SEED'] ?? 1);
const count = 600;
const concurrency = 8;
const rate = 150;
const windowMs = 1000;

function config(botHostUrl: string): ConfigInput {
  const retry = { attempts: 100, firstDelay: '100ms', maxDelay: '1s' };
  const circuit = { openFor: '200ms', openMax: '500ms' };
  return {
    botHosts: {
      main: { url: botHostUrl, concurrency, rate: { requests: rate, per: `${windowMs}ms` }, circuit },
    },
    access: { perAddress: null },
    routes: [
      { name: 'wait', path: '/wait/*', answer: { for: '300ms' }, retry },
      { name: 'ack', path: '/ack/*', answer: { mode: 'ack' }, retry },
    ],
  };
}

describe('a bot host that was away for a whole load', () => {
  for (const restarted of [false, true]) {
    const meanwhile = restarted ? ', while the server was restarted meanwhile,' : '';
    test(`gets everything${meanwhile} within its caps and without a stampede`, async (t) => {
      const scratch = scratchDir('hookward-away-');
      const bot = await startBotHost(() => ({ delayMs: 15, body: 'ok' }));
      t.after(() => bot.close());
      await bot.away();
      const params = { dir: scratch.path, config: config(bot.url) };
      let server = await startServer(params);
      const load = startLoad({
        url: () => server.publicUrl,
        senders: 20,
        count,
        random: seededRandom(seed),
        make: (number, chance) =>
          someWebhook(number % 2 === 0 ? '/wait/a' : '/ack/a', number, chance, 20_000),
      });
      await loadEnded(load, count, 60_000);
      await load.stop();
      const statuses = new Set(
        load.ledger.map(({ outcome }) => outcome !== null && outcome !== 'none' && outcome.status),
      );
      assert.deepEqual([...statuses].sort(), [200, 202], 'every sender was promised a delivery');
      if (restarted) {
        await server.stop();
        server = await startServer(params);
        await waitFor('the circuit to open anew', () => isCircuitOpen(server.adminUrl));
      }
      assert.equal(bot.ledger.length, 0);

      await bot.back();
      await waitFor('everything to arrive', () => bot.ledger.length >= count, 60_000);
      await drained(server.adminUrl, 30_000);
      await server.stop();

      const verdict = judgeLoad(load.ledger, bot.ledger);
      t.diagnostic(
        `${verdictLine(verdict, seed)}; peak concurrency ${bot.peakConcurrency()} of ${concurrency}, ` +
          `peak rate ${bot.peakRate(windowMs)} of ${rate} in ${windowMs} ms`,
      );
      assert.deepEqual(verdict.faults, []);
      assert.deepEqual(verdict.missing, []);
      assert.equal(verdict.repeats, 0, 'nothing is delivered twice where nothing was cut off');
      assert.ok(bot.peakConcurrency() <= concurrency, 'the cap of attempts at once holds');
      // Starts are capped; a start that is held up on its way may fall into the next window.
      assert.ok(bot.peakRate(windowMs) <= rate + concurrency, 'the cap of the rate holds');
      assertSlowStart(bot.ledger.map(({ arrived }) => arrived));
      await assertLogSettled(join(scratch.path, 'log'), load);
      scratch.remove();
    });
  }
});

/** Whether the server has given the bot host up for now: by its own metrics. */
async function isCircuitOpen(adminUrl: string): Promise<boolean> {
  const text = await (await fetch(new URL('/metrics', adminUrl))).text();
  return /^hookward_circuit_state\{bot_host="main"\} 2$/m.test(text);
}

/**
 * One probe first, then no faster than one more at once for each answer: of `index + 1` that have come, all but
 * `concurrency` have been answered.
 */
function assertSlowStart(
  arrivals: readonly { readonly index: number; readonly concurrency: number }[],
): void {
  const ordered = arrivals.toSorted((one, other) => one.index - other.index);
  assert.equal(ordered[0]?.concurrency, 1);
  for (const { index, concurrency: open } of ordered) {
    const answered = index + 1 - open;
    // One of slack: an answer counts at the server a moment after it does here, or the other way round.
    assert.ok(open <= answered + 2, `${open} at once after ${answered} answers`);
  }
}
