// Fills a log as a day of webhooks would: twenty routes of very different sizes, event ids on half of them, most
// webhooks delivered, some dead, some pending, few cancelled.
import { systemClock, uuidIds } from '../../src/app/system.ts';
import type { IdSource, WebhookId } from '../../src/core/ids.ts';
import type { Random } from '../../src/core/random.ts';
import type { Standing, WebhookEvent } from '../../src/core/state.ts';
import type { Webhook } from '../../src/core/webhook.ts';
import { createLevelLog, type Lease, type Log } from '../../src/log/index.ts';
import { seededRandom } from '../support/seededRandom.ts';

const dayMs = 86_400_000;
const callsAtOnce = 32;
const webhooksPerCall = 16;
const routeCount = 20;

/** Name and path of each route: the first takes a third of all, each further one less, the last next to none. */
export const routes = Array.from({ length: routeCount }, (_, at) => ({
  name: `route-${String(at)}`,
  path: `/hooks/${String(at)}`,
  hasEvents: at % 2 === 0,
}));

/** Webhooks to ask for, one of each kind every so often. */
export interface Known {
  readonly id: WebhookId;
  readonly receivedAt: number;
  readonly user: string;
  readonly eventId: string | null;
  /** Stands in this one's body and nowhere else. */
  readonly text: string;
}

/** What was filled in. */
export interface Filled {
  readonly known: readonly Known[];
  readonly from: number;
  readonly until: number;
}

interface Maker {
  readonly random: Random;
  readonly ids: IdSource;
  readonly count: number;
  readonly from: number;
}

function routeOf(random: Random): (typeof routes)[number] {
  const place = Math.floor(Math.log(1 - random.fraction()) / Math.log(0.66));
  return routes[Math.min(place, routeCount - 1)] as (typeof routes)[number];
}

/** Text that LevelDB cannot compress, so that the log is as large as one of signed and encoded payloads. */
const noise = Buffer.from(seededRandom(2).bytes(262_144)).toString('base64');

/** 100 to 1900 characters. */
function noteOf(random: Random): string {
  const at = Math.floor(random.fraction() * (noise.length - 2_000));
  return noise.slice(at, at + 100 + Math.floor(random.fraction() * 1_800));
}

function make({ random, ids, count, from }: Maker, at: number): Webhook {
  const receivedAt = from + Math.floor((at * dayMs) / count);
  const route = routeOf(random);
  const user = String(Math.floor(random.fraction() * (count / 10)));
  const eventId = route.hasEvents ? `evt_${String(at - (at % 3 === 0 ? 1 : 0)).padStart(9, '0')}` : null;
  const status = at % 3 === 0 ? 'paid' : 'created';
  const note = noteOf(random);
  const body = {
    id: eventId,
    type: 'payment',
    status,
    user_id: user,
    ref: `ref-${String(at)}.`,
    note,
  };
  return {
    id: ids.next(receivedAt),
    route: route.name,
    receivedAt,
    request: {
      method: 'POST',
      target: `${route.path}?&command=%2FonWebhook&user_id=${user}`,
      headers: [
        ...['Host', 'hooks.example', 'Content-Type', 'application/json', 'User-Agent', 'sender/1.0'],
        ...['Accept', '*/*', 'X-Event', 'payment', 'X-Signature', '757107ea0eb2509fc211221cce984b8a37570b6d'],
      ],
      body: Buffer.from(JSON.stringify(body)),
      ip: `203.0.113.${String(at % 250)}`,
      scheme: 'https',
    },
    bot: String(at % 40),
    user,
    orderKey: null,
    sender: null,
    eventId,
    dedupeKey: eventId === null ? null : `plain:["${eventId}","${status}"]`,
  };
}

function standingOf(fraction: number, until: number): Standing {
  if (fraction < 0.95) return { state: 'delivered' };
  if (fraction < 0.98) return { state: 'dead', reason: fraction < 0.97 ? 'exhausted' : 'refused' };
  return { state: 'pending', dueAt: until + dayMs, lane: 'retry' };
}

function eventOf(webhook: Webhook, then: Standing): WebhookEvent {
  const isDelivered = then.state === 'delivered';
  const at = webhook.receivedAt + 40;
  return {
    type: 'attempted',
    at,
    attempt: {
      number: 1,
      replay: 0,
      startedAt: webhook.receivedAt,
      durationMs: 40,
      outcome: {
        kind: 'answered',
        status: isDelivered ? 200 : 503,
        headers: ['Content-Type', 'application/json', 'Date', 'Tue, 24 Nov 2026 00:00:00 GMT'],
        body: Buffer.from(isDelivered ? '{"answer":"ok"}' : '{"error":"the command threw"}'),
        bodyTruncated: false,
        complete: true,
      },
    },
    then,
  };
}

/** One call's webhooks, from their arrival to where they stand. */
async function bring(log: Log, maker: Maker, webhooks: readonly Webhook[]): Promise<void> {
  const until = maker.from + dayMs;
  const now = webhooks[0]?.receivedAt ?? until;
  const limits = { leaseMs: dayMs, orderWaitMaxMs: 0, dedupeWindowMs: dayMs };
  const appended = await log.append({ webhooks, now, ...limits });
  const leases = new Map<WebhookId, Lease>();
  for (const { id, lease } of appended) if (lease !== null) leases.set(id, lease);
  const called: WebhookId[] = [];
  const settlements = webhooks.flatMap((webhook) => {
    const lease = leases.get(webhook.id);
    const fraction = maker.random.fraction();
    if (lease === undefined) return [];
    if (fraction > 0.999) called.push(webhook.id);
    return fraction > 0.999 ? [] : [{ lease, event: eventOf(webhook, standingOf(fraction, until)) }];
  });
  await log.settle({ settlements, now });
  await log.cancel({ ids: called, by: 'bench', reason: 'bench', now });
}

/** Fills the log in `dir` with `count` webhooks of the last day, and closes it. Repeatable. */
export async function fillLog(dir: string, count: number): Promise<Filled> {
  const observer = { committed: () => undefined, modeChanged: () => undefined, noticed: () => undefined };
  const log = createLevelLog({ dir, freeBytesMin: 0, ballastBytes: 0, clock: systemClock, observer });
  const random = seededRandom(1);
  const from = Date.now() - dayMs;
  const maker: Maker = { random, ids: uuidIds(random), count, from };
  const known: Known[] = [];
  await log.start();
  try {
    for (let at = 0; at < count; at += callsAtOnce * webhooksPerCall) {
      const end = Math.min(count, at + callsAtOnce * webhooksPerCall);
      const webhooks = Array.from({ length: end - at }, (_, its) => make(maker, at + its));
      const [first] = webhooks;
      if (first !== undefined) known.push(knownOf(first, at));
      const calls = Array.from({ length: callsAtOnce }, (_, call) =>
        webhooks.slice(call * webhooksPerCall, (call + 1) * webhooksPerCall),
      );
      await Promise.all(calls.filter((its) => its.length > 0).map((its) => bring(log, maker, its)));
    }
  } finally {
    await log.stop(60_000);
  }
  return { known, from, until: from + dayMs };
}

const knownOf = ({ id, receivedAt, user, eventId }: Webhook, at: number): Known => ({
  ...{ id, receivedAt, eventId },
  user: user ?? '',
  text: `ref-${String(at)}.`,
});
