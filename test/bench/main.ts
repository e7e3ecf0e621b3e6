// `npm run bench`: bare http-proxy (keep-alive agent, no log, no signature) against Hookward with everything on, in one
// run, round by round in turn, each pinned to core 0; bot host and load on core 1. CPU time per request is the figure to
// trust on a noisy machine; each column is the median of the rounds.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { benchFile, canPin, startSide, type Side } from './side.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 4);
const connections = 64;
const run = promisify(execFile);

interface Round {
  readonly cpuMicros: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const columns = ['cpuMicros', 'perSecond', 'p50Ms', 'p99Ms'] as const;

/** One round of load on one side. */
async function measure(side: Side): Promise<Round> {
  const before = side.cpuMicros();
  const args = [benchFile('load.js'), side.url, String(seconds), String(connections)];
  const pinned = canPin ? ['taskset', '-c', '1', process.execPath, ...args] : [process.execPath, ...args];
  const { stdout } = await run(pinned[0] as string, pinned.slice(1));
  const load = JSON.parse(stdout) as {
    requests: number;
    failed: number;
    perSecond: number;
    p50Ms: number;
    p99Ms: number;
  };
  if (load.failed > 0) throw new Error(`${side.name}: ${String(load.failed)} requests failed`);
  const { perSecond, p50Ms, p99Ms } = load;
  return { cpuMicros: (side.cpuMicros() - before) / load.requests, perSecond, p50Ms, p99Ms };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

const lastAddress = (line: string) => (line.startsWith('http://') ? line : null);

function hookwardAddress(line: string): string | null {
  if (!line.includes('"listening"')) return null;
  return (JSON.parse(line) as { public?: string }).public ?? null;
}

/** Everything on: gate with a whitelist, a limit and bans, signature, log with fsync, metrics. */
function hookwardConfig(dir: string, botHost: string): string {
  return `
listen: { port: 0 }
admin: { port: 0 }
access:
  whitelist: { mode: enforce, addresses: [127.0.0.0/8, 10.0.0.0/8, "2001:db8::/32"] }
  perAddress: { requests: 1000000, per: 1s }
botHosts: { main: { url: "${botHost}", concurrency: 256 } }
routes: [{ name: bots, path: "/v1/bots/:bot/new-webhook", rateLimit: { requests: 1000000, per: 1s } }]
signing: { keys: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw] }
log: { dir: "${join(dir, 'log')}", freeBytesMin: 1MiB, ballastBytes: 1MiB }
`;
}

const dir = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'hookward-bench-'));
const sides: Side[] = [];
try {
  const botHost = await startSide('bot host', [benchFile('servers.js'), 'bot-host'], {
    core: 1,
    addressIn: lastAddress,
  });
  sides.push(botHost);
  const config = join(dir, 'webhooks.config.yaml');
  writeFileSync(config, hookwardConfig(dir, botHost.url));
  const main = join(import.meta.dirname, '../../src/cli/main.js');
  const proxy = await startSide('http-proxy', [benchFile('servers.js'), 'http-proxy', botHost.url], {
    core: 0,
    addressIn: lastAddress,
  });
  sides.push(proxy);
  const hookward = await startSide('hookward', [main, 'serve', '-c', config], {
    core: 0,
    addressIn: hookwardAddress,
  });
  sides.push(hookward);

  const results = new Map<Side, Round[]>([proxy, hookward].map((side) => [side, []]));
  for (const side of results.keys()) await measure(side); // warm-up, not counted
  for (let round = 0; round < rounds; round += 1) {
    for (const [side, measured] of results) measured.push(await measure(side));
  }
  const medians = [...results].map(([side, measured]) => ({
    name: side.name,
    residentMiB: Math.round(side.residentBytes() / 2 ** 20),
    ...Object.fromEntries(columns.map((column) => [column, median(measured.map((one) => one[column]))])),
  })) as unknown as (Round & { name: string })[];
  const [base, ours] = medians as unknown as [Round, Round];
  const ratios = Object.fromEntries(columns.map((column) => [column, ours[column] / base[column]]));

  const cell = (text: string | number) => (typeof text === 'number' ? text.toFixed(2) : text).padStart(12);
  process.stdout.write(
    `${String(rounds)} rounds of ${String(seconds)} s, ${String(connections)} connections, node ${process.version}, ` +
      `${cpus()[0]?.model ?? ''}, pinned: ${String(canPin)}\n`,
  );
  for (const row of [
    ['side', ...columns],
    ...medians.map((one) => [one.name, ...columns.map((name) => one[name])]),
  ]) {
    process.stdout.write(`${row.map(cell).join('')}\n`);
  }
  process.stdout.write(`${['ratio', ...columns.map((name) => ratios[name] as number)].map(cell).join('')}\n`);
  process.stdout.write(`${JSON.stringify({ rounds, seconds, connections, medians, ratios })}\n`);
} finally {
  for (const side of sides.reverse()) await side.stop();
  rmSync(dir, { recursive: true, force: true });
}
