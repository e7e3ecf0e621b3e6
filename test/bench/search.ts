// `node dist/test/bench/search.js [--webhooks 1000000] [--rounds 15] [--no-judge]`: what support and SREs wait for with a
// full log. Fills a log, starts the server on it as operators do, and asks over HTTP, all queries in turn, round by round.
// Prints the median and the 95th percentile of each beside its target; ends with 1 where an answer is wrong, or a median
// misses its target (that not with --no-judge).
import { join } from 'node:path';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { scratchDir, startServer } from '../support/process.ts';
import { fillLog, routes } from './searchLog.ts';
import { measureReplay } from './searchReplay.ts';
import { queriesOf, type Query } from './searchQueries.ts';

const { values } = parseArgs({
  options: {
    webhooks: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '15' },
    judge: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const [webhooks, rounds] = [Number(values.webhooks), Number(values.rounds)];

/** A loopback port where nobody listens: nothing is delivered while it is measured. */
const deafBotHost = 'http://127.0.0.1:9';

const config = {
  botHosts: { main: { url: deafBotHost } },
  routes: routes.map(({ name, path, hasEvents }) => ({
    ...{ name, path },
    ...(hasEvents && { dedupe: { key: ['json:/id', 'json:/status'] } }),
  })),
};

/** Milliseconds that one answer took, until its last byte. */
async function ask(adminUrl: string, query: Query, round: number): Promise<number> {
  const path = query.path(round);
  const startedAt = performance.now();
  const response = await fetch(adminUrl + path);
  const text = await response.text();
  const took = performance.now() - startedAt;
  if (response.status !== 200) throw new Error(`${path}: ${String(response.status)} ${text.slice(0, 500)}`);
  const wrong = query.check(text, round);
  if (wrong !== null) throw new Error(`${path}: ${wrong}`);
  return took;
}

function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

const print = (line: string) => process.stdout.write(`${line}\n`);

/** Prints the table; whether every median is within its target. */
function report(queries: readonly Query[], times: ReadonlyMap<Query, readonly number[]>): boolean {
  print(`${'query'.padEnd(44)}${'median ms'.padStart(10)}${'p95 ms'.padStart(10)}${'target'.padStart(8)}`);
  let areMet = true;
  for (const query of queries) {
    const its = times.get(query) ?? [];
    const median = quantile(its, 0.5);
    const isMet = median <= query.targetMs;
    areMet &&= isMet;
    const cells = [median.toFixed(1).padStart(10), quantile(its, 0.95).toFixed(1).padStart(10)];
    const target = String(query.targetMs).padStart(8);
    print(`${query.name.padEnd(44)}${cells.join('')}${target}  ${isMet ? 'met' : 'NOT met'}`);
  }
  return areMet;
}

const scratch = scratchDir('hookward-search-');
try {
  const startedAt = performance.now();
  const filled = await fillLog(join(scratch.path, 'log'), webhooks);
  print(`${String(webhooks)} webhooks written in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  const server = await startServer({ dir: scratch.path, config, readyDeadlineMs: 120_000 });
  try {
    const queries = queriesOf(filled);
    const times = new Map<Query, number[]>(queries.map((query) => [query, []]));
    for (const query of queries) await ask(server.adminUrl, query, 0); // warm-up, not counted
    for (let round = 1; round <= rounds; round += 1) {
      for (const [query, its] of times) its.push(await ask(server.adminUrl, query, round));
    }
    print(`${String(rounds)} rounds, node ${process.version}, ${cpus()[0]?.model ?? ''}`);
    if (!report(queries, times) && values.judge) process.exitCode = 1;
    const replay = await measureReplay(server.adminUrl, Math.round(webhooks / 10));
    for (const line of replay.lines) print(line);
    if (!replay.isGood) process.exitCode = 1;
  } finally {
    await server.stop();
  }
} finally {
  scratch.remove();
}
