import type { ConfigInput } from '../../../src/config/index.ts';
import type { BotBehaviour, BotHost } from '../../support/botHost.ts';
import { startBotHost } from '../../support/botHost.ts';
import type { RunningServer, ScratchDir } from '../../support/process.ts';
import { scratchDir } from '../../support/process.ts';
import type { Load } from '../../support/senderLoad.ts';
import { judgeLoad } from '../judge.ts';
import type { DrillOutcome } from './drill.ts';

/** What a drill of a whole server has around it. */
export interface Surroundings {
  readonly scratch: ScratchDir;
  readonly bot: BotHost;
}

/** Lends a directory and a bot host to a drill, and takes them back whatever happens. */
export async function withSurroundings<T>(
  behaviour: BotBehaviour,
  run: (surroundings: Surroundings) => Promise<T>,
): Promise<T> {
  const scratch = scratchDir('hookward-drill-');
  const bot = await startBotHost(behaviour);
  try {
    return await run({ scratch, bot });
  } finally {
    await bot.close();
    scratch.remove();
  }
}

/** One bot host and one route for each way to answer; retries come soon, and no address is limited. */
export function drillConfig(
  botHostUrl: string,
  more: {
    readonly limits?: ConfigInput['limits'];
    readonly botHost?: Partial<ConfigInput['botHosts'][string]>;
  } = {},
): ConfigInput {
  const retry = { attempts: 100, firstDelay: '50ms', maxDelay: '400ms' };
  return {
    ...(more.limits === undefined ? {} : { limits: more.limits }),
    botHosts: { main: { url: botHostUrl, circuit: { openFor: '100ms', openMax: '300ms' }, ...more.botHost } },
    access: { perAddress: null },
    routes: [
      { name: 'wait', path: '/wait/*', answer: { for: '250ms' }, retry },
      { name: 'ack', path: '/ack/*', answer: { mode: 'ack' }, retry },
    ],
  };
}

/** The value of a metric without labels (or of the first series of it), as the server says it now. */
export async function metric(server: RunningServer, name: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', server.adminUrl))).text();
  const match = new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.e+-]+)$`, 'm').exec(text);
  if (match === null) throw new Error(`there is no metric ${name}`);
  return Number(match[1]);
}

/** The outcome of a load that has been judged. */
export function outcomeOf(
  load: Load,
  bot: BotHost,
  notes: readonly string[],
  faults: readonly string[],
): DrillOutcome {
  const verdict = judgeLoad(load.ledger, bot.ledger);
  return {
    promised: verdict.promised,
    lost: verdict.missing.length,
    repeats: verdict.repeats,
    faults: [...verdict.faults, ...faults],
    notes,
  };
}
