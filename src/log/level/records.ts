import type { WebhookId } from '../../core/ids.ts';
import type { Standing } from '../../core/state.ts';
import type { Envelope } from '../codec/envelope.ts';
import { unpackEnvelope } from '../codec/envelope.ts';
import type { EventHead, TalliedEvent } from '../codec/event.ts';
import { unpackEvent, unpackEventHead } from '../codec/event.ts';
import { freshTally } from '../codec/tally.ts';
import { envelopeKey, eventsRange, keyAfter, orderHash, parseEventKey } from './keys.ts';
import type { Reading, Store } from './store.ts';
import type { Subject } from './subject.ts';
import { duePlace } from './subject.ts';

/** A webhook's last event. `head` is null where no event of it can be read. */
export interface LastEvent {
  /** The number of the last one, readable or not: the next gets the one after it. */
  readonly eventNo: number;
  readonly head: EventHead | null;
}

const eventsPageMax = 200;

/** An envelope, or why there is none. */
export async function readEnvelope(
  store: Store,
  id: WebhookId,
): Promise<Envelope | 'missing' | 'unreadable'> {
  const key = envelopeKey(id);
  return decodeEnvelope(store, key, id, await store.read(key));
}

function decodeEnvelope(
  store: Store,
  key: Buffer,
  id: WebhookId,
  reading: Reading,
): Envelope | 'missing' | 'unreadable' {
  if (typeof reading === 'string') return reading;
  return store.decode(key, reading, (payload) => unpackEnvelope(id, payload)) ?? 'unreadable';
}

/** Many envelopes, in the order of `ids`. */
export async function readEnvelopes(
  store: Store,
  ids: readonly WebhookId[],
): Promise<(Envelope | 'missing' | 'unreadable')[]> {
  const keys = ids.map(envelopeKey);
  const readings = await store.readMany(keys);
  return ids.map((id, index) =>
    decodeEnvelope(store, keys[index] ?? envelopeKey(id), id, readings[index] ?? 'missing'),
  );
}

/** A webhook's last event; null: it has none. Events that cannot be read are passed over. */
export async function readLastEvent(store: Store, routeNo: number, id: WebhookId): Promise<LastEvent | null> {
  let range = eventsRange(routeNo, id, id);
  let eventNo: number | null = null;
  for (;;) {
    const entry = await store.first(range, { reverse: true });
    if (entry === null) return eventNo === null ? null : { eventNo, head: null };
    eventNo ??= parseEventKey(entry.key).eventNo;
    const head = store.decode(entry.key, store.open(entry), unpackEventHead);
    if (head !== null) return { eventNo, head };
    range = { gte: range.gte, lt: entry.key };
  }
}

/**
 * The last events of webhooks that lie side by side, read route by route: one range for many. Those that have none are
 * left out.
 */
export async function readLastEvents(
  store: Store,
  envelopes: readonly Envelope[],
): Promise<Map<WebhookId, LastEvent>> {
  const found = new Map<WebhookId, LastEvent>();
  for (const [routeNo, { first, last }] of spansByRoute(envelopes)) {
    let range = eventsRange(routeNo, first, last);
    for (;;) {
      const page = await store.page(range, { limit: eventsPageMax });
      const end = page.at(-1);
      if (end === undefined) break;
      for (const entry of page) {
        const { id, eventNo } = parseEventKey(entry.key);
        const head = store.decode(entry.key, store.open(entry), unpackEventHead);
        found.set(id, { eventNo, head: head ?? found.get(id)?.head ?? null });
      }
      range = { gte: keyAfter(end.key), lt: range.lt };
    }
  }
  return found;
}

/** The least and the greatest id of each route. */
function spansByRoute(
  envelopes: readonly Envelope[],
): Map<number, { readonly first: WebhookId; readonly last: WebhookId }> {
  const spans = new Map<number, { first: WebhookId; last: WebhookId }>();
  for (const {
    routeNo,
    webhook: { id },
  } of envelopes) {
    const span = spans.get(routeNo);
    if (span === undefined) spans.set(routeNo, { first: id, last: id });
    else if (id > span.last) span.last = id;
    else if (id < span.first) span.first = id;
  }
  return spans;
}

/** All readable events of a webhook, in order. */
export async function readEvents(store: Store, routeNo: number, id: WebhookId): Promise<TalliedEvent[]> {
  const events: TalliedEvent[] = [];
  let range = eventsRange(routeNo, id, id);
  for (;;) {
    const page = await store.page(range, { limit: eventsPageMax });
    const last = page.at(-1);
    if (last === undefined) return events;
    for (const entry of page) {
      const event = store.decode(entry.key, store.open(entry), unpackEvent);
      if (event !== null) events.push(event);
    }
    range = { gte: keyAfter(last.key), lt: range.lt };
  }
}

/** Where a webhook stands. Without events it is pending since its arrival. */
export function standingOf(envelope: Envelope, head: EventHead | null): Standing {
  return head?.standing ?? { state: 'pending', dueAt: envelope.firstDueAt, lane: 'live' };
}

/** A webhook as its records have it, for a change. Its due entry is the one that its last event put. */
export function subjectOf(envelope: Envelope, last: LastEvent | null): Subject {
  const { webhook, routeNo } = envelope;
  const { id, receivedAt, orderKey } = webhook;
  const eventNo = last?.eventNo ?? 0;
  const standing = standingOf(envelope, last?.head ?? null);
  return {
    id,
    routeNo,
    receivedAt,
    orderHash: orderKey === null ? null : orderHash(orderKey),
    eventNo,
    state: standing.state,
    tally: last?.head?.tally ?? freshTally(receivedAt),
    due: standing.state === 'pending' ? duePlace({ id, routeNo }, eventNo, standing) : null,
  };
}
