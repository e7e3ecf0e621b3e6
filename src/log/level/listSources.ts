import type { WebhookId } from '../../core/ids.ts';
import type { WebhookState } from '../../core/state.ts';
import type { WebhookFilter } from '../contract.ts';
import type { Engine } from './engine.ts';
import {
  envelopeKey,
  idOfEnvelopeKey,
  idOfStateKey,
  parseEventKey,
  routeEventsRange,
  spaceRange,
  stateRange,
} from './keys.ts';
import type { RouteBook } from './routeBook.ts';
import type { Store } from './store.ts';

/**
 * Gives ids below `before`, newest first, no more than `limit`; `isEnd`: there are no more. The ids are candidates: each
 * is looked at before it is listed.
 */
export type IdSource = (
  store: Store,
  before: WebhookId | null,
  limit: number,
) => Promise<{ readonly ids: readonly WebhookId[]; readonly isEnd: boolean }>;

/** All webhooks. */
const envelopes: IdSource = async (store, before, limit) => {
  const whole = spaceRange('envelope');
  const range = before === null ? whole : { gte: whole.gte, lt: envelopeKey(before) };
  const page = await store.page(range, { limit, reverse: true, keysOnly: true });
  return { ids: page.map(({ key }) => idOfEnvelopeKey(key)), isEnd: page.length === 0 };
};

/** Those of one state that the index knows. */
function byState(state: WebhookState): IdSource {
  return async (store, before, limit) => {
    const page = await store.page(stateRange(state, before), { limit, reverse: true, keysOnly: true });
    return { ids: page.map(({ key }) => idOfStateKey(key)), isEnd: page.length === 0 };
  };
}

/** Those of one route that have events; a webhook with many is met once. */
function byRoute(routeNo: number): IdSource {
  return async (store, before, limit) => {
    const ids: WebhookId[] = [];
    let range = routeEventsRange(routeNo, before);
    while (ids.length < limit) {
      const page = await store.page(range, { limit, reverse: true, keysOnly: true });
      const last = page.at(-1);
      if (last === undefined) return { ids, isEnd: true };
      for (const { key } of page) {
        const { id } = parseEventKey(key);
        if (id !== ids.at(-1)) ids.push(id);
      }
      range = routeEventsRange(routeNo, parseEventKey(last.key).id);
    }
    return { ids, isEnd: false };
  };
}

/** Those in hand that no index knows yet. */
function inMemory(engine: Engine): IdSource {
  return (_store, before, limit) => {
    const ids: WebhookId[] = [];
    for (const { subject } of engine.holds.unindexed()) {
      if (before === null || subject.id < before) ids.push(subject.id);
    }
    ids.sort((one, other) => (one < other ? 1 : -1));
    return Promise.resolve({ ids: ids.slice(0, limit), isEnd: ids.length <= limit });
  };
}

/**
 * Where the candidates for a filter are found: the smallest key space that holds all of them. Memory is asked first:
 * what leaves it has been written to the index by then.
 */
export function sourcesFor(engine: Engine, filter: WebhookFilter, routes: RouteBook): readonly IdSource[] {
  const state = filter.state ?? (filter.deadReason === undefined ? undefined : 'dead');
  if (state === 'pending') return [inMemory(engine), byState('pending')];
  if (state === 'dead' || state === 'cancelled') return [byState(state)];
  if (filter.route === undefined) return [envelopes];
  const routeNo = routes.find(filter.route);
  if (routeNo === null) return [];
  return state === 'delivered'
    ? [byRoute(routeNo)]
    : [inMemory(engine), byState('pending'), byRoute(routeNo)];
}
