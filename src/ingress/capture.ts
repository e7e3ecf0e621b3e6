// Turns a request whose body has arrived into the webhook that the log keeps.
import type { WebhookId } from '../core/ids.ts';
import type { Webhook, WebhookMethod } from '../core/webhook.ts';
import type { Client } from './client.ts';
import type { Exchange } from './exchange.ts';
import type { CheckedLink } from './link.ts';
import type { Message } from './message.ts';
import { queryValue } from './query.ts';
import type { IngressRoute } from './settings.ts';

/** What the stages before have found out. */
export interface Captured {
  readonly exchange: Exchange;
  readonly route: IngressRoute;
  readonly method: WebhookMethod;
  readonly message: Message;
  readonly client: Client;
  readonly link: CheckedLink;
  readonly body: Buffer;
}

/** For search only; a longer one is no id of any platform, and the log's indexes should not be fed with it. */
const searchedCharsMax = 128;

function searchable(value: string | null): string | null {
  return value === null || value === '' || value.length > searchedCharsMax ? null : value;
}

/** The webhook of a captured request. Header list and body are taken over as they are, without a copy. */
export function captureWebhook(captured: Captured, id: WebhookId, receivedAt: number): Webhook {
  const { exchange, route, method, message, client, link, body } = captured;
  const { target, pathEnd } = message;
  const headers = exchange.request.rawHeaders;
  const user = link.user === undefined ? queryValue(target, pathEnd, 'user_id') : link.user;
  return {
    id,
    route: route.name,
    receivedAt,
    request: { method, target, headers, body, ip: client.address.text, scheme: client.scheme },
    bot: searchable(link.bot),
    user: searchable(user),
    orderKey: route.orderKeyOf === null ? null : route.orderKeyOf({ target, pathEnd, headers, body }),
  };
}
