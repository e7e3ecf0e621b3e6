// The built server under load, killed with SIGKILL at random moments and started again each time, before a bot host that
// is flaky itself.
import { join } from 'node:path';
import type { ConfigInput } from '../../src/config/index.ts';
import type { Random } from '../../src/core/random.ts';
import { startBotHost, type BotBehaviour } from '../support/botHost.ts';
import { scratchDir, spawnServer, startServer, type RunningServer } from '../support/process.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { someWebhook, startLoad, type Load } from '../support/senderLoad.ts';
import { waitFor } from '../support/waitFor.ts';
import { judgeLoad, type Verdict } from './judge.ts';
import { assertLogSettled, drained } from './settled.ts';

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

/** How a server is killed again and again. */
export interface KillsParams {
  readonly kills: number;
  readonly seed: number;
  /** Added to the environment of each server that is killed, not of the last one. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What came of it, once the last server had delivered all that it had. */
export interface KillsOutcome {
  readonly verdict: Verdict;
  /** What is wrong with the log that was left, or null. */
  readonly unsettled: unknown;
}

/**
 * Kills a server so often, then lets the last one deliver everything, and judges.
 *
 * @throws Error where the server does not start, take webhooks, or deliver all that is pending.
 */
export async function killUnderLoad({ kills, seed, env = {} }: KillsParams): Promise<KillsOutcome> {
  const scratch = scratchDir('hookward-server-kill-');
  const random = seededRandom(seed);
  const bot = await startBotHost(flaky(seededRandom(seed + 1)));
  const params = { dir: scratch.path, config: config(bot.url) };
  let url: string | null = null;
  let running: RunningServer | null = null;
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
        const starting = spawnServer({ ...params, env });
        await pause(600 * random.fraction());
        await starting.kill();
        continue;
      }
      running = await startServer({ ...params, env });
      url = running.publicUrl;
      await flowing(load);
      await pause(500 * random.fraction());
      await running.kill();
      url = null;
    }
    running = await startServer(params);
    url = running.publicUrl;
    await flowing(load);
    await load.stop();
    await drained(running.adminUrl, 60_000);
    await running.stop();
    const verdict = judgeLoad(load.ledger, bot.ledger);
    const unsettled: unknown = await assertLogSettled(join(scratch.path, 'log'), load).then(
      () => null,
      (error: unknown) => error,
    );
    return { verdict, unsettled };
  } finally {
    url = null;
    await running?.kill();
    await load.stop();
    await bot.close();
    scratch.remove();
  }
}
