import type { WebhookId } from '../../core/ids.ts';
import type { Lane } from '../../core/state.ts';
import { unpackEnvelope } from '../codec/envelope.ts';
import type { Instance } from './committer.ts';
import { writeBatch } from './committer.ts';
import type { HeadMarks } from './head.ts';
import { Head } from './head.ts';
import type { WaterLevel } from './highWater.ts';
import type { Holds } from './holds.ts';
import { recoveryJob } from './job.ts';
import {
  dueRange,
  envelopeKey,
  eventsRange,
  headKey,
  idOfEnvelopeKey,
  keyAfter,
  numberOfKey,
  parseDueKey,
  parseEventKey,
  spaceRange,
  versionOfAccessKey,
} from './keys.ts';
import type { DueLanes } from './lanes.ts';
import { Walk } from './recoveryWalk.ts';
import { RouteBook } from './routeBook.ts';
import type { Store } from './store.ts';

const pageMax = 200;

/** What recovery found. */
export interface Recovered {
  readonly instance: Instance;
  /** Pending webhooks that only the watermark knew of. */
  readonly takenUp: number;
  /** Numbers missing from the sequence of envelopes. */
  readonly sequenceGaps: number;
  /** The counters of a log that holds something could not be trusted and were counted anew. */
  readonly recounted: boolean;
  /** Batches that are known to have been on disk and are not there. */
  readonly batchesMissing: number;
}

/** What recovery needs. It is the same at start and after a failed write; then leases are in memory. */
export interface RecoveryParams {
  readonly store: Store;
  readonly holds: Holds;
  readonly lanes: DueLanes;
  /** The database has dropped something: do not trust the counters. */
  readonly recount: boolean;
  /** How far the disk was at least; null: not known. */
  readonly level: WaterLevel | null;
}

interface FoundHead {
  readonly head: Head | null;
  readonly numbers: readonly number[];
}

/** The newest readable head, and the numbers of all. */
async function findHead(store: Store): Promise<FoundHead> {
  const numbers: number[] = [];
  let head: Head | null = null;
  let range = spaceRange('head');
  for (;;) {
    const page = await store.page(range, { limit: pageMax, reverse: true });
    const last = page.at(-1);
    if (last === undefined) return { head, numbers };
    for (const entry of page) {
      numbers.push(numberOfKey(entry.key));
      head ??= store.decode(entry.key, store.open(entry), (payload) => Head.decode(payload));
    }
    range = { gte: range.gte, lt: last.key };
  }
}

/** The dictionary of routes; a name that cannot be read is taken from one of its webhooks. */
async function loadRoutes(store: Store): Promise<RouteBook> {
  const routes = new RouteBook();
  let range = spaceRange('route');
  for (;;) {
    const page = await store.page(range, { limit: pageMax });
    const last = page.at(-1);
    if (last === undefined) return routes;
    for (const entry of page) {
      const routeNo = entry.key.readUInt16BE(1);
      const payload = store.open(entry);
      const name =
        payload === 'unreadable' ? await nameFromWebhook(store, routeNo) : payload.toString('utf8');
      routes.load(routeNo, name);
    }
    range = { gte: keyAfter(last.key), lt: range.lt };
  }
}

/** The name of a route whose record is lost, taken from one of its webhooks. */
export async function nameFromWebhook(store: Store, routeNo: number): Promise<string> {
  const candidates: WebhookId[] = [];
  const event = await store.first(eventsRange(routeNo, lowestId, highestId), { keysOnly: true });
  if (event !== null) candidates.push(parseEventKey(event.key).id);
  for (const lane of lanesOf) {
    const due = await store.first(dueRange(routeNo, lane), { keysOnly: true });
    if (due !== null) candidates.push(parseDueKey(due.key).id);
  }
  for (const id of candidates) {
    const key = envelopeKey(id);
    const envelope = store.decode(key, await store.read(key), (payload) => unpackEnvelope(id, payload));
    if (envelope?.routeNo === routeNo) return envelope.webhook.route;
  }
  return `lost-route-${routeNo}`;
}

const lanesOf: readonly Lane[] = ['live', 'retry', 'replay'];
const lowestId = '00000000-0000-0000-0000-000000000000' as WebhookId;
const highestId = 'ffffffff-ffff-ffff-ffff-ffffffffffff' as WebhookId;

/** The key spaces of everything but heads and envelopes. */
const otherSpaces = [
  ...(['route', 'event', 'duplicate', 'due', 'state', 'order', 'dedupe2', 'dedupe'] as const),
  ...(['quarantine', 'access', 'audit'] as const),
];

/** The bytes of all that the walk has not counted. */
async function otherBytes(store: Store): Promise<number> {
  let bytes = 0;
  for (const space of otherSpaces) {
    let range = spaceRange(space);
    for (;;) {
      const page = await store.page(range, { limit: pageMax });
      const last = page.at(-1);
      if (last === undefined) break;
      for (const { key, value } of page) bytes += key.length + value.length;
      range = { gte: keyAfter(last.key), lt: range.lt };
    }
  }
  return bytes;
}

/** The numbers that a lost head knew: none may be given a second time. */
async function learnNumbers(store: Store, marks: HeadMarks): Promise<void> {
  const audit = await store.first(spaceRange('audit'), { reverse: true, keysOnly: true });
  if (audit !== null) marks.nextAudit = numberOfKey(audit.key) + 1;
  let range = spaceRange('access');
  for (;;) {
    const page = await store.page(range, { limit: pageMax, keysOnly: true });
    const last = page.at(-1);
    if (last === undefined) return;
    for (const { key } of page) marks.nextVersion = Math.max(marks.nextVersion, versionOfAccessKey(key) + 1);
    range = { gte: keyAfter(last.key), lt: range.lt };
  }
}

async function newestOf(store: Store): Promise<WebhookId | null> {
  const entry = await store.first(spaceRange('envelope'), { reverse: true, keysOnly: true });
  return entry === null ? null : idOfEnvelopeKey(entry.key);
}

/** Learns when the first webhook of each lane is due. */
async function peekLanes({ store, head, routes }: Instance, lanes: DueLanes): Promise<void> {
  lanes.reset();
  for (const routeNo of routes.numbers()) {
    if (!head.pendingByRoute.has(routeNo)) continue;
    for (const lane of lanesOf) {
      const first = await store.first(dueRange(routeNo, lane), { keysOnly: true });
      if (first !== null) lanes.lane(routeNo, lane).noteDue(parseDueKey(first.key).dueAt);
    }
  }
}

/** Format 2's index of dedupe keys. */
const formerDedupe = spaceRange('dedupe2');

/** Removes it once the walk has written the entries anew; as long as one of them is there all are written anew again. */
async function removeFormerEntries(instance: Instance): Promise<void> {
  for (;;) {
    const page = await instance.store.page(formerDedupe, { limit: pageMax });
    if (page.length === 0) return;
    const deletions = page.map(({ key, value }) => ({ key, valueBytes: value.length }));
    await writeBatch(instance, [recoveryJob([], deletions)], false);
  }
}

/** Where a recovery begins: the head, the numbers of all that there are, and whether what it counts can be believed. */
async function beginning({ store, level, recount: isAsked }: RecoveryParams) {
  const { head: found, numbers } = await findHead(store);
  const hasFormerEntries = (await store.first(formerDedupe, { keysOnly: true })) !== null;
  const reached = Math.max(0, ...numbers);
  const batchesMissing = Math.max(0, (level?.number ?? 0) - reached);
  // Each batch deletes the head before it: two of them mean that a batch has been lost.
  const isWhole = found !== null && numbers.length === 1 && batchesMissing === 0 && !hasFormerEntries;
  const head = found ?? new Head();
  if (found === null) await learnNumbers(store, head.marks);
  head.marks.number = Math.max(head.marks.number, reached, level?.number ?? 0);
  return { head, numbers, recount: isAsked || !isWhole, batchesMissing, hasFormerEntries };
}

/** Brings memory and indexes in line with what is on disk, and counts a new opening. */
async function recoverOnce(params: RecoveryParams): Promise<Recovered | null> {
  const { store, holds, lanes, level } = params;
  const { head, numbers, recount, batchesMissing, hasFormerEntries } = await beginning(params);
  const { marks } = head;
  if (recount) head.forgetCounts();
  const newest = await newestOf(store);
  if (newest !== null && (marks.newestId === null || newest > marks.newestId)) marks.newestId = newest;
  const instance = { store, head, routes: await loadRoutes(store) };
  const expected = Math.max(marks.nextSequence, level?.nextSequence ?? 0);
  const walk = new Walk({ store, holds, recount }, instance);
  await walk.run(recount ? null : marks.watermark);
  if (walk.foundUnreadable) return null;
  const sequenceGaps = walk.gaps(expected);
  marks.nextSequence = Math.max(expected, walk.lastSequence + 1);
  if (recount) marks.recordBytes = walk.bytes + (await otherBytes(store));
  if (hasFormerEntries) await removeFormerEntries(instance);
  head.raiseWatermark();
  marks.boot += 1;
  const leftovers = numbers.map((number) => ({ key: headKey(number), valueBytes: 0 }));
  // Heads are not counted, so their going must not be; before the batch, since its head says how much there is.
  marks.recordBytes += leftovers.reduce((sum, { key }) => sum + key.length, 0);
  await writeBatch(instance, [recoveryJob([], leftovers)], true);
  holds.setBoot(marks.boot);
  await peekLanes(instance, lanes);
  const { takenUp } = walk;
  return { instance, takenUp, sequenceGaps, recounted: recount && walk.bytes > 0, batchesMissing };
}

/**
 * The one way into an opened database, at start and after a failed write: the counters come from the head, webhooks
 * that nothing but the watermark knew of get a due entry, everything in memory is set up anew.
 */
export async function recover(params: RecoveryParams): Promise<Recovered> {
  const recovered = (await recoverOnce(params)) ?? (await recoverOnce({ ...params, recount: true }));
  if (recovered === null) throw new TypeError('counting anew passes over what cannot be read');
  return recovered;
}
