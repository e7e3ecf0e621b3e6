// A log with a ledger of what was promised, damaged at rest, then opened or mended: what is lost must have been said.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/app/index.ts';
import { HookwardError } from '../../src/core/errors.ts';
import type { Webhook } from '../../src/core/webhook.ts';
import type { Log, LogNotice } from '../../src/log/index.ts';
import { createLevelLog, verifyLog } from '../../src/log/index.ts';
import { waitFor } from './waitFor.ts';
import { dawn, deadBy, deliveredBy, dueAgain, webhookMaker } from './logFixtures.ts';

/** A log that was told things, with all that it told. */
export interface OpenedLog {
  readonly log: Log;
  readonly notices: readonly LogNotice[];
}

/** Opens a log and keeps what it tells. */
export async function openTelling(dir: string): Promise<OpenedLog> {
  const notices: LogNotice[] = [];
  const log = createLevelLog({
    dir,
    freeBytesMin: 0,
    ballastBytes: 0,
    readThroughAfterMs: 0,
    clock: systemClock,
    observer: {
      committed: () => undefined,
      modeChanged: () => undefined,
      noticed: ({ code }) => void notices.push(code),
    },
  });
  await log.start();
  return { log, notices };
}

/** Appends webhooks of a few hundred bytes each, and settles most of them. */
export async function fill(dir: string, count: number, seed: number): Promise<readonly Webhook[]> {
  const { log } = await openTelling(dir);
  const maker = webhookMaker(seed);
  const kept: Webhook[] = [];
  for (let at = 0; at < count; at += 10) {
    const webhooks = Array.from({ length: Math.min(10, count - at) }, (_, index) =>
      maker.make({
        receivedAt: dawn + at + index,
        dedupeKey: `event-${seed}-${at + index}`,
        request: { body: maker.random.bytes(300) },
      }),
    );
    const call = { leaseMs: 60_000, orderWaitMaxMs: 60_000, dedupeWindowMs: 60_000, now: dawn };
    const appended = await log.append({ webhooks, ...call });
    kept.push(...webhooks);
    const settlements = appended.flatMap(({ lease }, index) => {
      if (lease === null || index % 4 === 3) return [];
      const event = [deliveredBy(), deadBy(), dueAgain(dawn + 5_000)][index % 4] ?? deliveredBy();
      return [{ lease, event }];
    });
    await log.settle({ settlements, now: dawn });
  }
  await log.stop(5_000);
  return kept;
}

/** What became of a damaged log. */
export interface DamageVerdict {
  /** Webhooks that were promised, and cannot be read any more. */
  readonly lost: number;
  /** It said so: it refused to open, or told of it in notice and counter. */
  readonly said: boolean;
  readonly refused: boolean;
  /** Each a sentence; must be empty. */
  readonly faults: readonly string[];
}

/** Reads every promised webhook out of a log, and compares. */
async function compare(log: Log, kept: readonly Webhook[]): Promise<{ lost: number; faults: string[] }> {
  let lost = 0;
  const faults: string[] = [];
  for (const webhook of kept) {
    const record = await log.get({ id: webhook.id });
    if (record === null) lost += 1;
    else if (!Buffer.from(webhook.request.body).equals(Buffer.from(record.webhook.request.body))) {
      faults.push(`${webhook.id} came back with another body`);
    }
  }
  return { lost, faults };
}

/** Opens a damaged log as a server would, and judges: whatever is lost must have been said by it, unasked. */
export async function judgeOpening(
  dir: string,
  kept: readonly Webhook[],
  saysIt: (opened: OpenedLog) => Promise<boolean> = saysSo,
): Promise<DamageVerdict> {
  let opened: OpenedLog;
  try {
    opened = await openTelling(dir);
  } catch (error) {
    const hasCommand = error instanceof Error && error.message.includes('hookward verify --repair');
    const faults = hasCommand ? [] : [`refused without the command: ${String(error)}`];
    return { lost: 0, said: true, refused: true, faults };
  }
  try {
    const said = await saysIt(opened);
    const { lost, faults } = await compare(opened.log, kept);
    if (lost > 0 && !said) faults.push(`${lost} lost in silence`);
    return { lost, said, refused: false, faults };
  } finally {
    await opened.log.stop(5_000);
  }
}

const loud: ReadonlySet<LogNotice> = new Set([
  'dropped-at-open',
  'end-missing',
  'record-unreadable',
  'sequence-gap',
]);

/** Whether a log has told of damage, by itself, in notice and counter, once it has read itself through. */
async function saysSo(opened: OpenedLog): Promise<boolean> {
  const isRead = () => opened.notices.includes('read-through');
  await waitFor('the log to have read itself through', isRead, 20_000);
  return toldOfDamage(opened);
}

/** Whether a log has told of damage so far, in notice and counter. */
export function toldOfDamage({ log, notices }: OpenedLog): boolean {
  const { unreadableRecords, sequenceGaps } = log.stats();
  return notices.some((code) => loud.has(code)) && unreadableRecords + sequenceGaps > 0;
}

/** Mends a damaged log, and judges: sound afterwards, nothing lost that could be read, no other bodies. */
export async function judgeRepair(dir: string, kept: readonly Webhook[]): Promise<DamageVerdict> {
  const faults: string[] = [];
  let verified: Awaited<ReturnType<typeof verifyLog>>;
  try {
    verified = await verifyLog({ dir, repair: true, clock: systemClock, onProgress: () => undefined });
  } catch (error) {
    // Where nothing at all can be saved, the log is left as it is, and that is said.
    if (!(error instanceof HookwardError && error.code === 'log-damaged')) faults.push(String(error));
    return { lost: kept.length, said: true, refused: true, faults };
  }
  const { found, mended } = verified;
  if (mended !== null && !mended.after.isSound)
    faults.push(`not sound after its repair: ${JSON.stringify(mended)}`);
  const { log, notices } = await openTelling(dir);
  try {
    const told = notices.filter((code) => loud.has(code));
    if (told.length > 0 && mended !== null) faults.push(`a mended log tells of ${told.join()}`);
    const compared = await compare(log, kept);
    faults.push(...compared.faults);
    if (compared.lost > 0 && found.isSound) faults.push(`${compared.lost} lost, and verify found nothing`);
    return { lost: compared.lost, said: !found.isSound, refused: false, faults };
  } finally {
    await log.stop(5_000);
  }
}

/** A copy of a log, to be damaged. */
export function copyOf(dir: string, into: string, name: string): string {
  const to = join(into, name);
  cpSync(dir, to, { recursive: true });
  return to;
}
