// A real Prometheus for one test, on the files that operators copy: only where it scrapes, and how often, is changed.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { scratchDir } from '../support/process.ts';
import { repositoryRoot } from '../support/repository.ts';
import { waitFor } from '../support/waitFor.ts';

/** Where the files that operators copy lie. */
export const prometheusFiles = join(repositoryRoot, 'config', 'prometheus');

const howToInstall = 'install it: apt-get install prometheus (Debian; promtool comes with it)';

/** One sample of an answer to a query: its labels, and its value as text (`NaN` among them). */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** What Prometheus says of a rule that it runs. */
export interface RuleHealth {
  readonly name: string;
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
}

export interface RunningPrometheus {
  /** Asks one query, as of now. Fails where Prometheus refuses it. */
  query(expr: string): Promise<readonly Sample[]>;
  /** All rules, recording and alerting. */
  rules(): Promise<readonly RuleHealth[]>;
  close(): Promise<void>;
}

/** Runs promtool in the folder of the rules; its output. Fails where promtool does, or is not installed. */
export function promtool(...args: readonly string[]): string {
  const { error, status, stdout, stderr } = spawnSync('promtool', args, {
    cwd: prometheusFiles,
    encoding: 'utf8',
  });
  if (error !== undefined) throw new Error(`promtool cannot be run (${error.message}); ${howToInstall}`);
  if (status !== 0)
    throw new Error(`promtool ${args.join(' ')} ended with ${status ?? 'a signal'}:\n${stdout}${stderr}`);
  return stdout + stderr;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The shipped configuration and rules with `target` for target, once a second instead of 15 s and more. */
function writeConfig(dir: string, target: string): string {
  const config = parse(readFileSync(join(prometheusFiles, 'prometheus.yml'), 'utf8')) as {
    global: object;
    rule_files: readonly string[];
    scrape_configs: { static_configs: { targets: readonly string[] }[] }[];
  };
  config.global = { scrape_interval: '1s', evaluation_interval: '1s' };
  for (const { static_configs: found } of config.scrape_configs)
    for (const one of found) one.targets = [target];
  for (const file of config.rule_files) {
    const rules = readFileSync(join(prometheusFiles, file), 'utf8');
    writeFileSync(join(dir, file), rules.replaceAll('interval: 1m', 'interval: 1s'));
  }
  const path = join(dir, 'prometheus.yml');
  writeFileSync(path, stringify(config));
  return path;
}

/** Starts Prometheus on the admin listener at `adminUrl`; it has scraped it when this resolves. */
export async function startPrometheus(adminUrl: string): Promise<RunningPrometheus> {
  const dir = scratchDir('hookward-prometheus-');
  const config = writeConfig(dir.path, new URL(adminUrl).host);
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(dir.path, 'data')}`,
      `--web.listen-address=${address}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  let end: string | null = null;
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  child.once('error', ({ message }) => (end = `cannot be run (${message}); ${howToInstall}`));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  void closed.then(() => (end ??= 'ended'));

  async function api<T>(path: string): Promise<T> {
    const response = await fetch(`http://${address}/api/v1/${path}`);
    const answer = (await response.json()) as { status: string; data: T; error?: string };
    if (answer.status !== 'success') throw new Error(`Prometheus refuses ${path}: ${answer.error ?? ''}`);
    return answer.data;
  }
  const running: RunningPrometheus = {
    query: async (expr) =>
      (await api<{ result: readonly Sample[] }>(`query?query=${encodeURIComponent(expr)}`)).result,
    rules: async () =>
      (await api<{ groups: { rules: RuleHealth[] }[] }>('rules')).groups.flatMap(({ rules }) => rules),
    async close() {
      child.kill('SIGKILL');
      await closed;
      dir.remove();
    },
  };
  try {
    await waitFor(
      'Prometheus to have scraped Hookward',
      async () => {
        if (end !== null) throw new Error(`prometheus ${end}; it printed:\n${said}`);
        const up = await running.query('up == 1').catch(() => []);
        return up.length === 1;
      },
      30_000,
    );
  } catch (error) {
    await running.close();
    throw error;
  }
  return running;
}
