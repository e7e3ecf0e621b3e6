import { connect } from 'node:net';
import type { RunningServer } from '../../support/process.ts';
import { startServer } from '../../support/process.ts';
import type { RawConnection } from '../../support/sender.ts';
import { answerHeader, openConnection, requestBytes } from '../../support/sender.ts';
import { seededRandom } from '../../support/seededRandom.ts';
import { someWebhook, startLoad } from '../../support/senderLoad.ts';
import type { Load } from '../../support/senderLoad.ts';
import { waitFor } from '../../support/waitFor.ts';
import { drained } from '../settled.ts';
import type { Drill, DrillOutcome } from './drill.ts';
import { drillConfig, outcomeOf, withSurroundings } from './serverRun.ts';

/** How long the server may take after SIGTERM; attempts are made to take longer. */
const deadlineMs = 3_000;
const slackMs = 2_000;

/** How a server under load is ended. */
type Ending = 'one SIGTERM' | 'two SIGTERMs' | 'SIGKILL' | 'one, held to two';

/**
 * A request whose first bytes came before SIGTERM and the rest after it. A connection on which nothing was ever sent is
 * closed without a word; here half a header says that a request is coming.
 */
const lateRequest = requestBytes({ target: '/ack/late?&n=0&late', body: 'late' });
const lateBegins = 20;

/** Sends the rest of it once the server is stopping: told so, and closed. */
async function lateAnswer(server: RunningServer, held: RawConnection, end: () => void): Promise<string[]> {
  end();
  await waitFor('the listener to be closed', () => isClosed(server.publicUrl), deadlineMs);
  await held.write(lateRequest.subarray(lateBegins));
  const answer = await held.answer('POST', deadlineMs).catch(() => null);
  if (answer === null) return ['a request that was coming at SIGTERM got no answer'];
  const closes = answerHeader(answer, 'connection')?.toLowerCase() === 'close';
  if (answer.status === 503 && closes) return [];
  return [
    `a request that was coming at SIGTERM got ${answer.status}, Connection: ${closes ? 'close' : 'kept'}`,
  ];
}

async function isClosed(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}

/** What was sent whole and got no whole answer, though the server ended in order. */
const unanswered = (load: Load) => load.ledger.filter(({ outcome }) => outcome === 'none').length;

/** Ends a server under load, starts it again, and judges. */
export function drillShutdown(seed: number, how: Ending, senders = 40): Promise<DrillOutcome> {
  const random = seededRandom(seed);
  const behaviour = () => ({ delayMs: random.fraction() < 0.2 ? 1_500 : 5, body: 'ok' });
  return withSurroundings(behaviour, async ({ scratch, bot }) => {
    const config = drillConfig(bot.url, { limits: { shutdownTimeout: `${deadlineMs}ms` } });
    let server = await startServer({ dir: scratch.path, config });
    let url: string | null = server.publicUrl;
    const held = await openConnection(server.publicUrl);
    await held.write(lateRequest.subarray(0, lateBegins));
    const load = startLoad({
      url: () => url,
      senders,
      random: seededRandom(seed + 1),
      make: (number, chance) => someWebhook(number % 2 === 0 ? '/wait/a' : '/ack/a', number, chance, 20_000),
    });
    await waitFor('the load to flow', () => load.ledger.length > senders * 5, 30_000);
    const faults: string[] = [];
    const startedAt = performance.now();
    const end = () => {
      url = null;
      server.signal(how === 'SIGKILL' ? 'SIGKILL' : 'SIGTERM');
    };
    if (how === 'one SIGTERM') faults.push(...(await lateAnswer(server, held, end)));
    else end();
    if (how === 'two SIGTERMs') {
      // Signals within half a second count as one wish.
      await new Promise((resolve) => setTimeout(resolve, 700));
      server.signal('SIGTERM');
    }
    const { code, signal } = await server.ended;
    const tookMs = Math.round(performance.now() - startedAt);
    if (how === 'one SIGTERM' && code !== 0) faults.push(`it ended with ${String(code ?? signal)}`);
    const boundMs = how.includes('two') ? 700 + 500 : deadlineMs + slackMs;
    if (tookMs > boundMs) faults.push(`it took ${tookMs} ms to end, ${boundMs} are allowed`);
    const stopping = load.stop();
    server = await startServer({ dir: scratch.path, config });
    url = server.publicUrl;
    await stopping;
    if (how !== 'two SIGTERMs' && unanswered(load) > 0)
      faults.push(`${unanswered(load)} that had been sent got no answer`);
    await drained(server.adminUrl, 60_000);
    await server.stop();
    return outcomeOf(load, bot, [`it ended ${tookMs} ms after the first signal (${how})`], faults);
  });
}

/** SIGTERM under load. */
export const shutdown: Drill = {
  name: 'shutdown under load',
  needs: [],
  isSmall: true,
  run: (seed) => drillShutdown(seed, 'one SIGTERM'),
  control: { what: 'SIGKILL in place of SIGTERM', run: (seed) => drillShutdown(seed, 'SIGKILL') },
};

/** Two of them. */
export const shutdownTwice: Drill = {
  name: 'second SIGTERM',
  needs: [],
  isSmall: true,
  run: (seed) => drillShutdown(seed, 'two SIGTERMs'),
  control: {
    what: 'one SIGTERM, held to the bound of two',
    run: (seed) => drillShutdown(seed, 'one, held to two'),
  },
};
