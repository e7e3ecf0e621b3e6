import type { WebhookId } from '../../core/ids.ts';
import type { DeadReason, WebhookState } from '../../core/state.ts';
import type { Envelope } from '../codec/envelope.ts';
import { unpackEnvelope } from '../codec/envelope.ts';
import type { EventHead } from '../codec/event.ts';
import { unpackEventHead } from '../codec/event.ts';
import type { Holds } from './holds.ts';
import { isWithin } from './listSpan.ts';
import type { IdSpan } from './keys.ts';
import {
  envelopesRange,
  eventIdRange,
  idOfDedupeKey,
  idOfEnvelopeKey,
  idOfStateKey,
  parseDueKey,
  parseEventKey,
  routeDueRange,
  routeEventsRange,
  stateRange,
} from './keys.ts';
import type { Entry, Store } from './store.ts';
import { unpackState } from './subject.ts';

/** A webhook that may match, with what its source has read of it anyway. */
export interface Candidate {
  readonly id: WebhookId;
  readonly envelope?: Envelope;
  /** Of its last event. */
  readonly head?: EventHead;
}

/** What a source has found on its way down. */
export interface Stretch {
  /** Newest first. */
  readonly candidates: readonly Candidate[];
  /** All candidates of the span with this id or a greater one are among them; null: all of the span. */
  readonly downTo: WebhookId | null;
  /** How many entries were looked at. */
  readonly looked: number;
}

/** How much of a source is asked for. */
export interface Portion {
  /** So many candidates are of use. */
  readonly want: number;
  /** So many entries may be looked at for them. */
  readonly lookMax: number;
}

/**
 * Gives the candidates of a span, newest first: a portion of them, and how far down that goes. They are candidates: each
 * is looked at before it is listed.
 */
export type IdSource = (store: Store, span: IdSpan, portion: Portion) => Promise<Stretch>;

/** Bodies and answers are read along, so a step is bounded in bytes, too. */
const stretchBytesMax = 2 * 1024 * 1024;

/** All webhooks, read one after another: five times faster than each by itself. */
export const envelopes: IdSource = async (store, span, { want }) => {
  const page = await store.page(envelopesRange(span), {
    limit: want,
    reverse: true,
    bytesMax: stretchBytesMax,
  });
  const candidates: Candidate[] = [];
  let downTo: WebhookId | null = null;
  for (const entry of page) {
    const id = idOfEnvelopeKey(entry.key);
    downTo = id;
    const envelope = store.decode(entry.key, store.open(entry), (payload) => unpackEnvelope(id, payload));
    if (envelope !== null) candidates.push({ id, envelope });
  }
  return { candidates, downTo, looked: page.length };
};

/** Which entries of a state's index are of use; null: whatever it is. */
export interface StateWish {
  readonly routeNo: number | null;
  readonly reason: DeadReason | null;
}

/** Those of one state that the index knows. Its entries say of which route they are, so others are not looked at. */
export function byState(state: WebhookState, wish: StateWish): IdSource {
  const isAny = wish.routeNo === null && wish.reason === null;
  const isWished = (store: Store, entry: Entry) => {
    const facts = store.decode(entry.key, store.open(entry), unpackState);
    if (facts === null) return true;
    if (wish.routeNo !== null && facts.routeNo !== wish.routeNo) return false;
    return wish.reason === null || facts.reason === wish.reason;
  };
  return async (store, span, { want, lookMax }) => {
    const limit = isAny ? want : lookMax;
    const page = await store.page(stateRange(state, span), { limit, reverse: true, keysOnly: isAny });
    const last = page.at(-1);
    const candidates = page
      .filter((entry) => isAny || isWished(store, entry))
      .map(({ key }) => ({ id: idOfStateKey(key) }));
    return { candidates, downTo: last === undefined ? null : idOfStateKey(last.key), looked: page.length };
  };
}

/**
 * Those of one route that have events, where their last one fits (`fits` null: whatever it is); a webhook with many is met
 * once.
 */
export function byRoute(routeNo: number, fits: ((head: EventHead) => boolean) | null): IdSource {
  return async (store, span, { want, lookMax }) => {
    const page = await store.page(routeEventsRange(routeNo, span), {
      limit: fits === null ? want : lookMax,
      reverse: true,
      bytesMax: stretchBytesMax,
    });
    const candidates: Candidate[] = [];
    let downTo: WebhookId | null = null;
    for (const entry of page) {
      const { id } = parseEventKey(entry.key);
      if (id === downTo) continue;
      downTo = id;
      const head = store.decode(entry.key, store.open(entry), unpackEventHead);
      if (head === null) candidates.push({ id });
      else if (fits === null || fits(head)) candidates.push({ id, head });
    }
    return { candidates, downTo, looked: page.length };
  };
}

/** Those in hand that no index knows yet. `routeNo` null: of all routes. */
export function inMemory(holds: Holds, routeNo: number | null): IdSource {
  return (_store, span, { want }) => {
    const ids: WebhookId[] = [];
    for (const { subject } of holds.unindexed()) {
      if (routeNo === null || subject.routeNo === routeNo) ids.push(subject.id);
    }
    return Promise.resolve(portionOf(ids, span, want));
  };
}

/** The newest of ids that are in no order. */
function portionOf(ids: readonly WebhookId[], span: IdSpan, want: number): Stretch {
  const within = ids.filter((id) => isWithin(span, id)).sort((one, other) => (one < other ? 1 : -1));
  const candidates = within.slice(0, want).map((id) => ({ id }));
  const downTo = within.length > want ? (candidates.at(-1)?.id ?? null) : null;
  return { candidates, downTo, looked: candidates.length };
}

/** What stands in no order of ids is read as a whole: so many entries at most. */
export const wholeMax = 2_000;

/** The pending ones of a route by their due entries (read at one moment, all lanes); `otherwise` where these are too many. */
export function byDue(routeNo: number, otherwise: IdSource): IdSource {
  return async (store, span, portion) => {
    const page = await store.page(routeDueRange(routeNo), { limit: wholeMax, keysOnly: true });
    if (page.length === wholeMax) return otherwise(store, span, portion);
    return portionOf(
      page.map(({ key }) => parseDueKey(key).id),
      span,
      portion.want,
    );
  };
}

/**
 * Those of an event id. `otherwise` where there are too many: then it is none, but something that many webhooks have in
 * common, e.g. their type.
 */
export function byEventId(eventId: string, routeNo: number | null, otherwise: IdSource): IdSource {
  return async (store, span, portion) => {
    const range = eventIdRange(eventId, routeNo);
    const page = await store.page(range, { limit: wholeMax, keysOnly: true });
    if (page.length === wholeMax) return otherwise(store, span, portion);
    return portionOf(
      page.map(({ key }) => idOfDedupeKey(key)),
      span,
      portion.want,
    );
  };
}
