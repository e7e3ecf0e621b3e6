// A program to be killed: appends and settles as fast as it may on a level log, sends copies of what is on its way or
// was sent before (also by the run that was killed last), and notes on a ledger file what it is about to do and what it
// was promised. The ledger is written with one system call a line, so a kill loses none of it.
//
// Usage: node logWriter.js DIR LEDGER FIRST_NUMBER SEED [ack-early|busy]. With `ack-early` it notes promises before they
// were made: the fault that the judge must find. With `busy` retention runs all the time, and LevelDB's buffers are so
// small that it compacts all the time.
import { createHash } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { Level } from 'level';
import { systemClock } from '../../src/app/system.ts';
import type { Standing } from '../../src/core/state.ts';
import type { Webhook } from '../../src/core/webhook.ts';
import { createLevelLog } from '../../src/log/index.ts';
import type { Lease, Log } from '../../src/log/index.ts';
import type { OpenDatabase } from '../../src/log/level/open.ts';
import type { Database } from '../../src/log/level/store.ts';
import { levelLog } from '../contract/levelEngine.ts';
import { tried, webhookMaker } from '../support/logFixtures.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { readLedger, unheardKeys, writerTarget } from './writerLedger.ts';
import type { WriterLine } from './writerLedger.ts';

const [dir = '', ledger = '', firstNumber = '0', seed = '1', mode = ''] = process.argv.slice(2);
const file = openSync(ledger, 'a');
const note = (line: WriterLine) => void writeSync(file, `${JSON.stringify(line)}\n`);
const random = seededRandom(Number(seed));
const maker = webhookMaker(Number(seed));
let number = Number(firstNumber);

const log = mode === 'busy' ? busyLog() : levelLog(dir);
await log.start();
process.stdout.write('opened\n');

/** A log whose LevelDB flushes and compacts every few dozen webhooks instead of every few thousand. */
function busyLog(): Log {
  const buffers = { writeBufferSize: 64 * 1024, maxFileSize: 128 * 1024 };
  const bytes = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const;
  const open: OpenDatabase = async (location, { createIfMissing }) => {
    const db: Database = new Level<Buffer, Buffer>(location, { ...bytes, ...buffers, createIfMissing });
    await db.open();
    return db;
  };
  const observer = { committed: ignore, modeChanged: ignore, noticed: ignore };
  return createLevelLog({
    dir,
    freeBytesMin: 0,
    ballastBytes: 0,
    clock: systemClock,
    observer,
    ports: { open },
  });
}

function ignore(): void {}

/** Removes what is over, for ever. */
async function retain(): Promise<never> {
  note({ did: 'retaining' });
  const policy = { keepMs: { delivered: 1, dead: 1, cancelled: 1 }, bytesMax: 1e12 };
  for (;;) {
    await log.retain({ policy, now: systemClock.now(), limit: 100 });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The events that copies are sent of: their webhooks are sent alone, or have been written. */
const keys: string[] = [];
const limits = { leaseMs: 60_000, orderWaitMaxMs: 1, dedupeWindowMs: 1e12 };

/** The next webhook of this run; of an event of its own, where no key is given. */
function next(now: number, body: Uint8Array, key?: string): Webhook & { readonly dedupeKey: string } {
  const sum = body.length === 0 ? '' : createHash('sha256').update(body).digest('hex');
  const target = writerTarget(number++, sum);
  const dedupeKey = key ?? `event-${number}`;
  return { ...maker.make({ receivedAt: now, request: { body, target } }), dedupeKey };
}

/** Sends a webhook alone, of a new event or again; gives what it was promised once it is known to be a copy. */
async function send(now: number, event?: string): Promise<WriterLine | null> {
  const webhook = next(now, new Uint8Array(0), event);
  const { id, dedupeKey: key } = webhook;
  note({ did: 'appending', ids: [id], keys: [key] });
  if (event === undefined) keys.push(key);
  const [appended] = await log.append({ webhooks: [webhook], ...limits, now });
  const of = appended?.duplicateOf ?? null;
  if (of !== null) return { did: 'copied', key, of };
  note({ did: 'appended', ids: [id] });
  return null;
}

/** Where one try in four leads: delivered, dead, or due again at once. */
function somewhere(now: number): Standing {
  const chance = random.fraction();
  if (chance < 0.6) return { state: 'delivered' };
  if (chance < 0.75) return { state: 'dead', reason: 'exhausted' };
  return { state: 'pending', dueAt: now, lane: 'retry' };
}

/** Settles each lease with a try; gives what was settled, to be promised once a later append is durable. */
async function settleAll(leases: readonly Lease[], now: number): Promise<readonly WriterLine[]> {
  const settlements = leases.map((lease) => ({
    lease,
    event: tried({ then: somewhere(now), at: now, number: Math.floor(random.fraction() * 1e6) }),
  }));
  const lines = settlements.map(({ lease: { id }, event }): WriterLine => {
    const attempt = event.type === 'attempted' ? event.attempt.number : 0;
    return { did: 'settling', id, attempt, state: event.then.state };
  });
  for (const line of lines) note(line);
  const results = await log.settle({ settlements, now });
  return lines.flatMap((line, at) =>
    line.did === 'settling' && results[at] === 'settled' ? [{ ...line, did: 'settled' as const }] : [],
  );
}

/** One of several that append, settle and claim side by side, for ever. */
async function write(): Promise<never> {
  for (;;) {
    const now = systemClock.now();
    const webhooks = Array.from({ length: 1 + Math.floor(random.fraction() * 4) }, () =>
      next(now, random.bytes(Math.floor(20_000 * random.fraction() ** 4))),
    );
    const ids = webhooks.map(({ id }) => id);
    note({ did: 'appending', ids, keys: webhooks.map(({ dedupeKey }) => dedupeKey) });
    if (mode === 'ack-early') note({ did: 'appended', ids });
    const appended = await log.append({ webhooks, ...limits, now });
    note({ did: 'appended', ids });
    keys.push(...webhooks.map(({ dedupeKey }) => dedupeKey));
    const { claimed } = await log.claim({ route: 'default', lane: 'retry', limit: 2, leaseMs: 60_000, now });
    const leases = [
      ...appended.flatMap(({ lease }) => (lease ? [lease] : [])),
      ...claimed.map(({ lease }) => lease),
    ];
    const settled = await settleAll(leases, now);
    const recent = keys[keys.length - 1 - Math.floor(8 * random.fraction())];
    const copied = recent === undefined ? null : await send(now, recent);
    // Outcomes and notes of copies are durable no later than the next webhook that is written.
    if ((await send(now)) !== null) continue;
    for (const line of settled) note(line);
    if (copied !== null) note(copied);
  }
}

for (const key of unheardKeys(readLedger(ledger)).slice(-50)) await send(systemClock.now(), key);
await Promise.all([...Array.from({ length: 8 }, write), ...(mode === 'busy' ? [retain()] : [])]);
