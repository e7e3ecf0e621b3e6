// A whole stage for one test file: the built server as a real process between a sender and a bot host. Owns that
// everything is gone afterwards, whatever a test did.
import { answersOk, startBotHost, type BotBehaviour, type BotHost } from '../../support/botHost.ts';
import {
  isReady,
  runCli,
  scratchDir,
  startServer,
  type Ended,
  type RunningServer,
} from '../../support/process.ts';
import { waitFor } from '../../support/waitFor.ts';
import type { ConfigInput } from '../../../src/config/index.ts';
import type { RecordView } from '../../../src/admin/index.ts';

/** The server of a test file, its bot host and its log. */
export interface Stage {
  readonly botHost: BotHost;
  /** The process that runs now. */
  readonly server: RunningServer;
  /** Where the configuration and the log are. */
  readonly dir: string;
  /** Ends the server and starts another on the same log. */
  restart(end: 'stop' | 'kill'): Promise<void>;
  /** A command of the CLI against the running server; its standard output. Fails where the exit code is not 0. */
  cli(...args: readonly string[]): Promise<string>;
  /** The page of `/metrics` as it is now. */
  metrics(): Promise<MetricsPage>;
  /** What the log knows of a webhook. */
  record(id: string): Promise<RecordView>;
  /** Waits until a webhook is in `state`, and no attempt of it under way. */
  settled(id: string, state: RecordView['state']): Promise<RecordView>;
  close(): Promise<void>;
}

/**
 * Starts a bot host and a server in front of it. `configure` gets the bot host's address; `adminToken` is what the stage
 * itself calls the admin API with, where the configuration has tokens.
 */
export async function openStage(
  configure: (botHostUrl: string) => ConfigInput,
  behaviour: BotBehaviour = answersOk,
  adminToken: string | null = null,
): Promise<Stage> {
  const dir = scratchDir('hookward-e2e-');
  const botHost = await startBotHost(behaviour);
  const start = () => startServer({ dir: dir.path, config: configure(botHost.url) });
  let server: RunningServer;
  try {
    server = await start();
  } catch (error) {
    await botHost.close();
    dir.remove();
    throw error;
  }
  const authorization = adminToken === null ? {} : { authorization: `Bearer ${adminToken}` };
  const get = async (path: string) =>
    (await fetch(server.adminUrl + path, { headers: authorization })).text();
  const record = async (id: string) => JSON.parse(await get(`/api/webhooks/${id}`)) as RecordView;
  return {
    botHost,
    dir: dir.path,
    get server() {
      return server;
    },
    async restart(end) {
      await (end === 'stop' ? server.stop() : server.kill());
      server = await start();
    },
    async cli(...args) {
      const { code, stdout, stderr } = await runCli([...args, '--admin', server.adminUrl], {
        cwd: dir.path,
        ...(adminToken !== null && { env: { HOOKWARD_ADMIN_TOKEN: adminToken } }),
      });
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}: ${stderr}`);
      return stdout;
    },
    metrics: async () => parseMetrics(await get('/metrics')),
    record,
    settled: (id, state) =>
      waitFor(`${id} to be ${state}`, async () => {
        const found = await record(id);
        return found.state === state && !found.inFlight ? found : null;
      }),
    async close() {
      try {
        await server.kill();
      } finally {
        await botHost.close();
        dir.remove();
      }
    },
  };
}

/** A page of metrics: values by series as they stand on it, e.g. `hookward_dead_total{route="a",reason="refused"}`. */
export interface MetricsPage {
  readonly series: ReadonlyMap<string, number>;
  /** The value of one series; fails where it is not on the page. */
  value(series: string): number;
  /** How many of the series that begin so are not 0, by name. */
  above0(prefix: string): Readonly<Record<string, number>>;
}

function parseMetrics(page: string): MetricsPage {
  const series = new Map<string, number>();
  for (const line of page.split('\n')) {
    const end = line.lastIndexOf(' ');
    if (line !== '' && !line.startsWith('#')) series.set(line.slice(0, end), Number(line.slice(end + 1)));
  }
  return {
    series,
    value(name) {
      const value = series.get(name);
      if (value === undefined) throw new Error(`no series ${name}`);
      return value;
    },
    above0: (prefix) =>
      Object.fromEntries([...series].filter(([name, value]) => name.startsWith(prefix) && value !== 0)),
  };
}

/** Waits until the server takes no more webhooks: `/readyz` says no, or nobody answers. */
export async function notReady(server: RunningServer): Promise<void> {
  await waitFor('the server to be not ready', async () => !(await isReady(server.adminUrl)));
}

/** How the process ended, within `deadlineMs`; fails (and kills it) where it did not. */
export async function endedWithin(server: RunningServer, deadlineMs: number): Promise<Ended> {
  let end: Ended | null = null;
  void server.ended.then((how) => (end = how));
  try {
    return await waitFor('the process to end', () => end, deadlineMs);
  } catch (error) {
    await server.kill();
    throw error;
  }
}
