// The built server under load, killed with SIGKILL at random moments and started again each time, before a bot host that
// is flaky itself. Whatever was answered with success must be delivered, whole; repeats carry the same id.
// HOOKWARD_TEST_SEED repeats the choices; the moment of a kill is the machine's.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import type { ConfigInput } from '../../src/config/index.ts';
import type { Random } from '../../src/core/random.ts';
import { startBotHost } from '../support/botHost.ts';
import type { BotBehaviour } from '../support/botHost.ts';
import { scratchDir, spawnServer, startServer } from '../support/process.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { someWebhook, startLoad } from '../support/senderLoad.ts';
import type { Load } from '../support/senderLoad.ts';
import { waitFor } from '../support/waitFor.ts';
import { judgeLoad, verdictLine } from './judge.ts';
import { assertLogSettled, drained } from './settled.ts';

const kills = 25;
const seed = Number(process.env['HOOKWARD_TEST_SEED'] ?? 1);

/** Mostly well; now and then it throws (503), resets, answers late, or breaks off in the middle of an answer. */
function flaky(random: Random): BotBehaviour {
  return () => {
    const chance = random.fraction();
    if (chance < 0.06) return { status: 503, body: 'the command threw' };
    if (chance < 0.1) return 'reset';
    if (chance < 0.12) return { delayMs: 400, body: 'late' };
    if (chance < 0.13) return { body: 'x'.repeat(2000), cut: true };
    return { delayMs: Math.floor(20 * random.fraction()), body: '{"answer":"ok"}' };
  };
}

function config(botHostUrl: string): ConfigInput {
  const retry = { attempts: 100, firstDelay: '50ms', maxDelay: '400ms' };
  return {
    botHosts: { main: { url: botHostUrl, circuit: { openFor: '100ms', openMax: '300ms' } } },
    access: { perAddress: null },
    routes: [
      { name: 'wait', path: '/wait/*', answer: { for: '250ms' }, retry },
      { name: 'ack', path: '/ack/*', answer: { mode: 'ack' }, retry },
      {
        name: 'unavailable',
        path: '/unavailable/*',
        answer: { for: '50ms', whenQueued: 'unavailable' },
        retry,
      },
    ],
  };
}

const paths = ['/wait/a', '/ack/a', '/wait/a', '/ack/a', '/unavailable/a'];

/** Waits until the load goes on: some webhook sent after this moment has been answered. */
function flowing(load: Load): Promise<unknown> {
  const from = load.ledger.length;
  const isAnswered = ({ outcome }: { outcome: unknown }) => outcome !== null && outcome !== 'none';
  return waitFor('the load to flow', () => load.ledger.slice(from).some(isAnswered), 30_000);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a server that is killed', () => {
  test(`${kills} times under load delivers all that it promised, whole, repeats under the same id`, async (t) => {
    const scratch = scratchDir('hookward-server-kill-');
    const random = seededRandom(seed);
    const bot = await startBotHost(flaky(seededRandom(seed + 1)));
    const params = { dir: scratch.path, config: config(bot.url) };
    let url: string | null = null;
    const load = startLoad({
      url: () => url,
      // Many at once: what a kill hits is then under way in every stage, and a batch of the log carries several.
      senders: 40,
      random: seededRandom(seed + 2),
      make: (number, chance) => someWebhook(paths[number % paths.length] ?? '/wait/a', number, chance),
    });
    try {
      for (let round = 0; round < kills; round += 1) {
        // Every sixth kill hits the start: while the log is opened and pending ones are taken up again.
        if (round % 6 === 5) {
          const starting = spawnServer(params);
          await pause(600 * random.fraction());
          await starting.kill();
          continue;
        }
        const server = await startServer(params);
        url = server.publicUrl;
        await flowing(load);
        await pause(500 * random.fraction());
        await server.kill();
        url = null;
      }
      const last = await startServer(params);
      url = last.publicUrl;
      await flowing(load);
      await load.stop();
      await drained(last.adminUrl, 60_000);
      await last.stop();
      const verdict = judgeLoad(load.ledger, bot.ledger);
      const delivered = await assertLogSettled(scratch.path, load);
      t.diagnostic(`${kills} kills: ${verdictLine(verdict, seed)}; ${delivered} delivered in the log`);
      assert.deepEqual(verdict.faults, []);
      assert.deepEqual(verdict.missing, []);
      assert.ok(verdict.promised > 300, 'there was a load');
      assert.ok(verdict.repeats > 0, 'the kills hit deliveries under way');
    } finally {
      url = null;
      await load.stop();
      await bot.close();
    }
    scratch.remove();
  });
});
