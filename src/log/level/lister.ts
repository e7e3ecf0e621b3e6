import { HookwardError } from '../../core/errors.ts';
import type { WebhookId } from '../../core/ids.ts';
import { isWebhookId } from '../../core/ids.ts';
import type { Envelope } from '../codec/envelope.ts';
import type { EventHead } from '../codec/event.ts';
import { freshTally } from '../codec/tally.ts';
import type { WebhookPage, WebhookReader, WebhookSummary } from '../contract.ts';
import type { Engine } from './engine.ts';
import type { Search } from './listSearch.ts';
import { prepareSearch } from './listSearch.ts';
import type { Candidate, Portion, Stretch } from './listSources.ts';
import { readEnvelopes, readLastEvent, readLastEvents, standingOf } from './records.ts';
import type { Store } from './store.ts';

type ListParams = Parameters<WebhookReader['list']>[0];

/** Entries of an index looked at in one step: a few milliseconds. */
const lookedPerStepMax = 1_024;
/** Where each envelope is read by itself, bodies and all, so many are in memory at once. */
const readTogetherMax = 32;

function parseCursor(cursor: string | null): WebhookId | null {
  if (cursor === null) return null;
  if (!isWebhookId(cursor)) {
    throw new HookwardError('usage-wrong', { message: 'The cursor is not one that a list has given.' });
  }
  return cursor;
}

function summaryOf(envelope: Envelope, head: EventHead | null): WebhookSummary {
  const { webhook } = envelope;
  const { request } = webhook;
  const tally = head?.tally ?? freshTally(webhook.receivedAt);
  return {
    id: webhook.id,
    route: webhook.route,
    receivedAt: webhook.receivedAt,
    method: request.method,
    target: request.target,
    ip: request.ip,
    bot: webhook.bot,
    user: webhook.user,
    eventId: webhook.eventId,
    bodyBytes: request.body.length,
    standing: standingOf(envelope, head),
    attempts: tally.attempts,
    replay: tally.replay,
    lastStatus: tally.lastStatus,
    lastFailure: tally.lastFailure,
  };
}

/** A candidate whose envelope fits. */
interface Arrived {
  readonly envelope: Envelope;
  readonly head: EventHead | undefined;
}

/** The candidates whose envelopes fit, in their order; envelopes that the source has not read are read, few at a time. */
async function arrivedOf(store: Store, search: Search, candidates: readonly Candidate[]): Promise<Arrived[]> {
  const arrived: Arrived[] = [];
  const unread = candidates.filter(({ envelope }) => envelope === undefined).map(({ id }) => id);
  const read = new Map<WebhookId, Envelope>();
  const add = ({ id, envelope, head }: Candidate) => {
    const its = envelope ?? read.get(id);
    if (its !== undefined && search.fitsEnvelope(its)) arrived.push({ envelope: its, head });
  };
  let added = 0;
  for (let at = 0; at < unread.length; at += readTogetherMax) {
    const ids = unread.slice(at, at + readTogetherMax);
    for (const envelope of await readEnvelopes(store, ids)) {
      if (typeof envelope === 'object') read.set(envelope.webhook.id, envelope);
    }
    const last = ids.at(-1);
    for (let its = candidates[added]; its !== undefined; its = candidates[added]) {
      added += 1;
      add(its);
      if (its.id === last) break;
    }
    read.clear();
  }
  for (const candidate of candidates.slice(added)) add(candidate);
  return arrived;
}

/** The last events of those that the source has not read them of. */
async function headsOf(
  store: Store,
  arrived: readonly Arrived[],
  isDense: boolean,
): Promise<ReadonlyMap<WebhookId, EventHead | null>> {
  const unread = arrived.filter(({ head }) => head === undefined).map(({ envelope }) => envelope);
  const heads = new Map<WebhookId, EventHead | null>();
  if (isDense) {
    for (const [id, { head }] of await readLastEvents(store, unread)) heads.set(id, head);
    return heads;
  }
  for (let at = 0; at < unread.length; at += readTogetherMax) {
    const together = unread.slice(at, at + readTogetherMax).map(async ({ routeNo, webhook: { id } }) => {
      heads.set(id, (await readLastEvent(store, routeNo, id))?.head ?? null);
    });
    await Promise.all(together);
  }
  return heads;
}

/** The summaries of those candidates that match, in their order. */
async function matchesAmong(
  store: Store,
  search: Search,
  candidates: readonly Candidate[],
): Promise<WebhookSummary[]> {
  const arrived = await arrivedOf(store, search, candidates);
  // Those that lie side by side, as a source gives them that reads envelopes, have their events side by side, too.
  const isDense = candidates[0]?.envelope !== undefined && arrived.length * 2 > candidates.length;
  const heads = await headsOf(store, arrived, isDense);
  return arrived
    .map(({ envelope, head }) => summaryOf(envelope, head ?? heads.get(envelope.webhook.id) ?? null))
    .filter(({ standing, lastStatus }) => search.fitsOutcome(standing, lastStatus));
}

/** No more candidates than are of use; the rest is met again. */
function cut({ candidates, downTo, looked }: Stretch, count: number): Stretch {
  if (candidates.length <= count) return { candidates, downTo, looked };
  const kept = candidates.slice(0, count);
  return { candidates: kept, downTo: kept.at(-1)?.id ?? null, looked: Math.min(looked, count) };
}

/** See `WebhookReader.list`. The cursor is the last id looked at: ids only go down, so nothing comes twice. */
export async function listWebhooks(engine: Engine, params: ListParams): Promise<WebhookPage> {
  const { filter, limit, scanMax, isTimeUp = () => false } = params;
  const start = parseCursor(params.cursor);
  const search = prepareSearch(engine, filter);
  if (search === null) return { items: [], cursor: null };
  const { from } = search.span;
  let before = start ?? search.span.before;
  const items: WebhookSummary[] = [];
  let looked = 0;
  for (;;) {
    const lookMax = Math.min(lookedPerStepMax, scanMax - looked);
    // Where the first step has not been enough, what is looked for is rare.
    const useful = search.isNarrow || looked > 0 ? search.candidatesMax : limit - items.length;
    const want = Math.min(lookMax, search.candidatesMax, useful);
    const portion: Portion = { want, lookMax };
    const span = { from, before };
    const stretch = await engine.read(async (store) => cut(await search.source(store, span, portion), want));
    const matches = await engine.read((store) => matchesAmong(store, search, stretch.candidates));
    const room = limit - items.length;
    items.push(...matches.slice(0, room));
    const last = items.at(-1);
    if (matches.length > room || (matches.length === room && stretch.downTo !== null)) {
      return { items, cursor: last?.id ?? null };
    }
    if (stretch.downTo === null) return { items, cursor: null };
    before = stretch.downTo;
    looked += stretch.looked;
    if (looked >= scanMax || isTimeUp()) return { items, cursor: before };
  }
}
