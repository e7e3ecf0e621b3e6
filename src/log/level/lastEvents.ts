import type { WebhookId } from '../../core/ids.ts';
import type { Envelope } from '../codec/envelope.ts';
import { unpackEventHead } from '../codec/event.ts';
import { eventsRange, keyAfter, parseEventKey } from './keys.ts';
import type { LastEvent } from './records.ts';
import type { Entry, Store } from './store.ts';

/** Events are read in pages of this many. */
const pageMax = 200;

/**
 * The last events of webhooks that stand one after another in the log, read route by route: one range for many. What has
 * no event is not in the map.
 */
export async function readLastEvents(
  store: Store,
  envelopes: readonly Envelope[],
): Promise<Map<WebhookId, LastEvent>> {
  const spans = new Map<number, { readonly first: WebhookId; last: WebhookId }>();
  for (const { routeNo, webhook } of envelopes) {
    const span = spans.get(routeNo);
    if (span === undefined) spans.set(routeNo, { first: webhook.id, last: webhook.id });
    else span.last = webhook.id;
  }
  const found = new Map<WebhookId, LastEvent>();
  for (const [routeNo, { first, last }] of spans) {
    let range = eventsRange(routeNo, first, last);
    for (;;) {
      const page = await store.page(range, { limit: pageMax });
      const end = page.at(-1);
      if (end === undefined) break;
      for (const entry of page) add(store, found, entry);
      range = { gte: keyAfter(end.key), lt: range.lt };
    }
  }
  return found;
}

function add(store: Store, found: Map<WebhookId, LastEvent>, entry: Entry): void {
  const { id, eventNo } = parseEventKey(entry.key);
  const head = store.decode(entry.key, store.open(entry), unpackEventHead);
  found.set(id, { eventNo, head: head ?? found.get(id)?.head ?? null });
}
