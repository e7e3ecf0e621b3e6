import { HookwardError } from '../../core/errors.ts';
import type { WebhookId } from '../../core/ids.ts';
import { isWebhookId } from '../../core/ids.ts';
import { readId } from '../codec/ids.ts';
import type { Envelope } from '../codec/envelope.ts';
import type { EventHead } from '../codec/event.ts';
import type { WebhookFilter, WebhookPage, WebhookReader, WebhookSummary } from '../contract.ts';
import type { Engine } from './engine.ts';
import type { IdSource } from './listSources.ts';
import { sourcesFor } from './listSources.ts';
import { readEnvelopes, readLastEvent, standingOf } from './records.ts';
import type { Store } from './store.ts';
import { freshTally } from '../codec/tally.ts';

type ListParams = Parameters<WebhookReader['list']>[0];

/** Webhooks looked at in one step; their bodies are read with them, so few. */
const stepMax = 32;

/** Ids below `before` from all sources, newest first, down to where every source has been read. */
async function nextIds(
  store: Store,
  sources: readonly IdSource[],
  before: WebhookId | null,
): Promise<readonly WebhookId[]> {
  const ids = new Set<WebhookId>();
  let horizon: WebhookId | null = null;
  for (const source of sources) {
    const { ids: found, isEnd } = await source(store, before, stepMax);
    for (const id of found) ids.add(id);
    const last = found.at(-1);
    if (!isEnd && last !== undefined && (horizon === null || last > horizon)) horizon = last;
  }
  const floor = horizon;
  return [...ids]
    .filter((id) => floor === null || id >= floor)
    .sort((one, other) => (one < other ? 1 : -1))
    .slice(0, stepMax);
}

function parseCursor(cursor: string | null): WebhookId | null {
  if (cursor === null) return null;
  if (!isWebhookId(cursor)) {
    throw new HookwardError('usage-wrong', { message: 'The cursor is not one that a list has given.' });
  }
  return cursor;
}

/** The least id that can still match: below it the list is over. */
function floorOf(filter: WebhookFilter, idLagMaxMs: number): string {
  const bySince = filter.since === undefined ? '' : timePrefix(filter.since - idLagMaxMs);
  const byPrefix = filter.idPrefix ?? '';
  return bySince > byPrefix ? bySince : byPrefix;
}

/** Above every id that can match; null: there is no bound. */
function ceilingOf(filter: WebhookFilter, idLeadMaxMs: number): WebhookId | null {
  const bounds: WebhookId[] = [];
  if (filter.until !== undefined) {
    bounds.push(padded(timePrefix(filter.until + idLeadMaxMs + 1), '0'));
  }
  if (filter.idPrefix !== undefined) {
    const above = idAfter(padded(filter.idPrefix, 'f'));
    if (above !== null) bounds.push(above);
  }
  return bounds.sort()[0] ?? null;
}

/** The beginning of an id made whole. */
function padded(beginning: string, digit: '0' | 'f'): WebhookId {
  const shape = '00000000-0000-0000-0000-000000000000'.replaceAll('0', digit);
  return (beginning + shape.slice(beginning.length)) as WebhookId;
}

/** The id after `id`; null after the last. */
function idAfter(id: WebhookId): WebhookId | null {
  const hex = (BigInt(`0x${id.replaceAll('-', '')}`) + 1n).toString(16).padStart(32, '0');
  if (hex.length > 32) return null;
  return readId(Buffer.from(hex, 'hex'), 0);
}

/** Whether some id can begin so. */
function canBegin(beginning: string): boolean {
  return beginning.length <= 36 && isWebhookId(beginning + sampleId.slice(beginning.length));
}

/** An id whose ends make any beginning whole that an id can have. */
const sampleId = '00000000-0000-7000-8000-000000000000';

/** The beginning that ids of this time have in common. */
function timePrefix(ms: number): string {
  const hex = Math.min(2 ** 48 - 1, Math.max(0, Math.floor(ms)))
    .toString(16)
    .padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
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
    bodyBytes: request.body.length,
    standing: standingOf(envelope, head),
    attempts: tally.attempts,
    replay: tally.replay,
    lastStatus: tally.lastStatus,
    lastFailure: tally.lastFailure,
  };
}

/** Whether a summary meets every condition of a filter. */
function matches(summary: WebhookSummary, filter: WebhookFilter): boolean {
  const { standing } = summary;
  return (
    (filter.state === undefined || standing.state === filter.state) &&
    (filter.deadReason === undefined ||
      (standing.state === 'dead' && standing.reason === filter.deadReason)) &&
    (filter.route === undefined || summary.route === filter.route) &&
    (filter.since === undefined || summary.receivedAt >= filter.since) &&
    (filter.until === undefined || summary.receivedAt < filter.until) &&
    (filter.bot === undefined || summary.bot === filter.bot) &&
    (filter.user === undefined || summary.user === filter.user) &&
    (filter.status === undefined || summary.lastStatus === filter.status) &&
    (filter.idPrefix === undefined || summary.id.startsWith(filter.idPrefix))
  );
}

async function summaries(store: Store, ids: readonly WebhookId[]): Promise<(WebhookSummary | null)[]> {
  const envelopes = await readEnvelopes(store, ids);
  const found: (WebhookSummary | null)[] = [];
  for (const envelope of envelopes) {
    if (typeof envelope === 'string') {
      found.push(null);
      continue;
    }
    const last = await readLastEvent(store, envelope.routeNo, envelope.webhook.id);
    found.push(summaryOf(envelope, last?.head ?? null));
  }
  return found;
}

/** See `WebhookReader.list`. The cursor is the last id looked at: ids only go down, so nothing comes twice. */
export async function listWebhooks(engine: Engine, params: ListParams): Promise<WebhookPage> {
  const { filter, limit, scanMax } = params;
  const { head, routes } = engine.instance();
  const { idPrefix = '' } = filter;
  const sources = canBegin(idPrefix) ? sourcesFor(engine, filter, routes) : [];
  if (sources.length === 0) return { items: [], cursor: null };
  const floor = floorOf(filter, head.marks.idLagMaxMs);
  let before = parseCursor(params.cursor) ?? ceilingOf(filter, head.marks.idLeadMaxMs);
  const items: WebhookSummary[] = [];
  let scanned = 0;
  for (;;) {
    const from = before;
    const ids = await engine.read((store) => nextIds(store, sources, from));
    if (ids.length === 0) return { items, cursor: null };
    const found = await engine.read((store) => summaries(store, ids));
    for (const [index, id] of ids.entries()) {
      if (id < floor) return { items, cursor: null };
      before = id;
      scanned += 1;
      const summary = found[index] ?? null;
      if (summary !== null && matches(summary, filter)) items.push(summary);
      if (items.length >= limit || scanned >= scanMax) return { items, cursor: id };
    }
  }
}
