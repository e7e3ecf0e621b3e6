// Turns a request that has arrived whole into the webhook that the log keeps.
import type { WebhookId } from '../core/ids.ts';
import type { SenderFinding } from '../core/senders.ts';
import type { Webhook } from '../core/webhook.ts';
import type { Arrival } from './arrival.ts';
import { noEventKeys } from './dedupeKey.ts';
import { queryValue } from './query.ts';
import { KeySource } from './requestKey.ts';

/** For search only; a longer one is no id of any platform, and the log's indexes should not be fed with it. */
const searchedCharsMax = 128;

function searchable(value: string | null): string | null {
  return value === null || value === '' || value.length > searchedCharsMax ? null : value;
}

/** The user whom the secret target names, else the checked link, else the query. */
function userOf({ route, link, request, pathEnd }: Arrival): string | null {
  if (route.pinned !== null && route.pinned.user !== null) return route.pinned.user;
  return link.user === undefined ? queryValue(request.target, pathEnd, 'user_id') : link.user;
}

/** A forged call must never make a true one its copy: their keys begin differently. */
function trustOf(sender: SenderFinding | null): string {
  if (sender === null) return 'plain';
  return sender.verdict === 'verified' ? 'verified' : 'unverified';
}

type Keys = Pick<Webhook, 'orderKey' | 'eventId' | 'dedupeKey'>;

const noKeys: Keys = { orderKey: null, eventId: null, dedupeKey: null };

function keysOf({ route, request, pathEnd }: Arrival, sender: SenderFinding | null): Keys {
  const { orderKeyOf, dedupe } = route;
  if (orderKeyOf === null && dedupe === null) return noKeys;
  const source = new KeySource(request, pathEnd);
  const { eventId, dedupeKey } = dedupe === null ? noEventKeys : dedupe.keysOf(source);
  return {
    orderKey: orderKeyOf === null ? null : orderKeyOf(source),
    eventId,
    dedupeKey: dedupeKey === null ? null : `${trustOf(sender)}:${dedupeKey}`,
  };
}

/** The webhook of a request. `sender`: what was found out about who sent it, where the route names one. */
export function captureWebhook(arrival: Arrival, id: WebhookId, sender: SenderFinding | null): Webhook {
  const { route, request, link, receivedAt } = arrival;
  const { orderKey, eventId, dedupeKey } = keysOf(arrival, sender);
  return {
    id,
    route: route.name,
    receivedAt,
    request,
    bot: searchable(route.pinned?.bot ?? link.bot),
    user: searchable(userOf(arrival)),
    orderKey,
    sender,
    eventId,
    dedupeKey,
  };
}
