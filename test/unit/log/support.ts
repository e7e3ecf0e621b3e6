import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Attempt, AttemptOutcome } from '../../../src/core/attempt.ts';
import type { Clock } from '../../../src/core/clock.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { Lane, Standing, WebhookEvent } from '../../../src/core/state.ts';
import type { Webhook } from '../../../src/core/webhook.ts';
import type { Appended, Lease, Log, LogMode, LogNotice, LogObserver } from '../../../src/log/index.ts';
import { createLevelLog } from '../../../src/log/index.ts';
import type { LevelLogParams } from '../../../src/log/index.ts';
import { databaseDir } from '../../../src/log/level/format.ts';
import { spaces } from '../../../src/log/level/keys.ts';
import { openLevel } from '../../../src/log/level/open.ts';
import type { Database } from '../../../src/log/level/store.ts';

/** A time to begin at. */
export const start = 1_750_000_000_000;

/** What a log told, for asserting. */
export interface Told extends LogObserver {
  readonly batches: Parameters<LogObserver['committed']>[0][];
  readonly modes: LogMode[];
  readonly notices: { readonly code: LogNotice; readonly text: string }[];
}

export function told(): Told {
  const batches: Told['batches'] = [];
  const modes: LogMode[] = [];
  const notices: Told['notices'] = [];
  return {
    batches,
    modes,
    notices,
    committed: (facts) => void batches.push(facts),
    modeChanged: ({ mode }) => void modes.push(mode),
    noticed: (facts) => void notices.push(facts),
  };
}

/** A directory that goes with the test. */
export async function scratchDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-log-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** The real clock, whose timers keep the process alive: a test waits for nothing else. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Opens a log that ends with the test. */
export async function openLog(
  t: TestContext,
  params: Partial<LevelLogParams> & { readonly dir: string },
): Promise<Log & { readonly told: Told }> {
  const observer = told();
  const log = createLevelLog({
    freeBytesMin: 0,
    ballastBytes: 0,
    clock: realClock,
    observer,
    ...params,
  });
  await log.start();
  t.after(() => log.stop(5_000));
  return Object.assign(log, { told: observer });
}

let lastId = 0;

/** The id of a webhook that arrived at `ms`. */
export function idAt(ms: number): WebhookId {
  lastId += 1;
  const time = ms.toString(16).padStart(12, '0');
  const tail = lastId.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${tail}` as WebhookId;
}

export function webhook(facts: Partial<Webhook> & { readonly body?: string } = {}): Webhook {
  const { body = '{"n":1}', ...rest } = facts;
  const receivedAt = rest.receivedAt ?? start;
  return {
    id: idAt(receivedAt),
    route: 'orders',
    receivedAt,
    request: {
      method: 'POST',
      target: '/hooks/orders?a=%20+&b',
      headers: ['Content-Type', 'application/json', 'X-Twice', '1', 'x-twice', '\u00e9'],
      body: Buffer.from(body),
      ip: '203.0.113.7',
      scheme: 'https',
    },
    bot: '7',
    user: null,
    orderKey: null,
    sender: null,
    eventId: null,
    dedupeKey: null,
    ...rest,
  };
}

export function answered(status: number): AttemptOutcome {
  return {
    kind: 'answered',
    status,
    headers: ['content-type', 'text/plain'],
    body: Buffer.from('ok'),
    bodyTruncated: false,
    complete: true,
  };
}

export function attempted(
  then: Standing,
  facts: { readonly at?: number; readonly number?: number; readonly outcome?: AttemptOutcome } = {},
): WebhookEvent {
  const { at = start + 10, number = 1, outcome = answered(then.state === 'delivered' ? 200 : 503) } = facts;
  const attempt: Attempt = { number, replay: 0, startedAt: at - 5, durationMs: 5, outcome };
  return { type: 'attempted', at, attempt, then };
}

export const delivered = (at = start + 10) => attempted({ state: 'delivered' }, { at });
export const dead = (at = start + 10) => attempted({ state: 'dead', reason: 'refused' }, { at });
export const later = (dueAt: number, lane: Lane = 'retry') => attempted({ state: 'pending', dueAt, lane });

/** Appends webhooks in one call each, all at once; their leases. */
export async function append(log: Log, ...webhooks: readonly Webhook[]): Promise<(Lease | null)[]> {
  const calls = webhooks.map((one) =>
    log.append({
      webhooks: [one],
      leaseMs: 60_000,
      orderWaitMaxMs: 30_000,
      dedupeWindowMs: 0,
      now: one.receivedAt,
    }),
  );
  return (await Promise.all(calls)).map(([appended]) => appended?.lease ?? null);
}

/** Appends one webhook as it arrives; what it came back as. */
export async function arrive(log: Log, one: Webhook, dedupeWindowMs = 1e9): Promise<Appended> {
  const call = { webhooks: [one], leaseMs: 60_000, orderWaitMaxMs: 30_000, dedupeWindowMs };
  const [appended] = await log.append({ ...call, now: one.receivedAt });
  if (appended === undefined) throw new Error('nothing came back');
  return appended;
}

/** Appends one webhook that waits behind none; its lease. */
export async function appendOne(log: Log, one: Webhook): Promise<Lease> {
  const [lease] = await append(log, one);
  if (lease === null || lease === undefined) throw new Error('the webhook waits');
  return lease;
}

export async function settle(log: Log, lease: Lease, event: WebhookEvent): Promise<string> {
  const [verdict] = await log.settle({ settlements: [{ lease, event }], now: event.at });
  return verdict ?? 'none';
}

export async function claim(
  log: Log,
  facts: { readonly now: number; readonly lane?: Lane; readonly limit?: number },
) {
  return log.claim({ route: 'orders', lane: 'retry', limit: 10, leaseMs: 60_000, ...facts });
}

export const asked = (ids: readonly WebhookId[], now = start + 100) => ({
  ids,
  by: 'ann',
  reason: 'test',
  now,
});

export async function listAll(
  log: Log,
  filter: Parameters<Log['list']>[0]['filter'],
  limit = 3,
): Promise<WebhookId[]> {
  const ids: WebhookId[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Log['list']>> = await log.list({ filter, limit, cursor, scanMax: 50 });
    ids.push(...page.items.map(({ id }) => id));
    ({ cursor } = page);
  } while (cursor !== null);
  return ids;
}

/** Looks into, or changes, the database of a log that is closed. */
export async function inDatabase<T>(dir: string, run: (db: Database) => Promise<T>): Promise<T> {
  const db = await openLevel(databaseDir(dir), { createIfMissing: false });
  try {
    return await run(db);
  } finally {
    await db.close();
  }
}

/** What `recordBytes` must say: the bytes of every key and value but for the head's, counted one by one. */
export function bytesOnDisk(dir: string): Promise<number> {
  return inDatabase(dir, async (db) => {
    let bytes = 0;
    for (const [key, value] of await db.iterator().all()) {
      if (key[0] !== spaces.head) bytes += key.length + value.length;
    }
    return bytes;
  });
}
