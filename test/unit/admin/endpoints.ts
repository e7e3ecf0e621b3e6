// Every address that the admin listener serves, and the least role that may use it: stated by hand, so that a change of
// the code alone does not change what is allowed.
import type { roles } from './support.ts';
import { id, tokenOf } from './support.ts';

/** An endpoint, and a call of it. */
export interface Endpoint {
  readonly method: string;
  /** As the router has it. */
  readonly route: string;
  /** Null: anybody may use it. */
  readonly least: (typeof roles)[number] | null;
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>;
}

type Least = Endpoint['least'];

const reason = 'the customer asked';
const change = { ids: [id], reason };
const ban = { kind: 'ban', address: '192.0.2.9', reason: 'flood' };
const link = { route: 'pay', scheme: 'hookward', bot: '7', command: '/onPay', reason };

function read(route: string, least: Least, path = route.replace(':id', id)): Endpoint {
  return { method: 'GET', route, least, path };
}

function changing(
  method: string,
  route: string,
  least: Least,
  sent: Pick<Endpoint, 'body' | 'form'>,
): Endpoint {
  return { method, route, least, path: route.replace(':id', id), ...sent };
}

/** What scripts use. */
export const apiEndpoints: readonly Endpoint[] = [
  read('/healthz', null),
  read('/readyz', null),
  read('/metrics', 'viewer'),
  read('/api/openapi.json', 'viewer'),
  read('/api/status', 'viewer'),
  read('/api/webhooks', 'viewer'),
  read('/api/webhooks/:id', 'viewer'),
  read('/api/webhooks/:id/attempts', 'viewer'),
  read('/api/webhooks/:id/body', 'support'),
  changing('POST', '/api/webhooks/replay', 'support', { body: change }),
  changing('POST', '/api/webhooks/cancel', 'admin', { body: change }),
  changing('POST', '/api/replays/preview', 'support', { body: { filter: { route: 'pay' } } }),
  changing('POST', '/api/replays', 'support', { body: { ...change, ratePerSecond: 5 } }),
  read('/api/replays', 'viewer'),
  read('/api/replays/:id', 'viewer'),
  changing('POST', '/api/replays/:id/stop', 'support', { body: { reason } }),
  read('/api/access', 'viewer'),
  changing('PUT', '/api/access', 'admin', { body: ban }),
  changing('DELETE', '/api/access', 'admin', { body: ban }),
  read('/api/limits', 'viewer'),
  changing('POST', '/api/links', 'admin', { body: link }),
  changing('POST', '/api/links/check', 'support', { body: { url: '/pay' } }),
  read('/api/routes', 'viewer'),
  read('/api/senders', 'viewer'),
  read('/api/config', 'viewer'),
  read('/api/audit', 'support'),
  read('/api/history', 'viewer'),
  read('/api/events', 'viewer'),
];

/** What people use: pages, and forms that change something. */
export const consoleEndpoints: readonly Endpoint[] = [
  read('/', null),
  read('/console/static/:version/:name', null, '/console/static/0/none.js'),
  read('/console/login', null),
  changing('POST', '/console/login', null, { form: { token: tokenOf('viewer') } }),
  changing('POST', '/console/logout', 'viewer', { form: {} }),
  read('/console', 'viewer'),
  read('/console/standing', 'viewer'),
  read('/console/history.json', 'viewer'),
  read('/console/find', 'viewer', `/console/find?q=${id}`),
  read('/console/events', 'viewer'),
  read('/console/webhooks', 'viewer'),
  read('/console/webhooks/:id', 'viewer'),
  read('/console/webhooks/rows', 'viewer'),
  read('/console/webhooks/:id/body', 'support'),
  read('/console/webhooks/:id/attempts/:number/body', 'support', `/console/webhooks/${id}/attempts/1/body`),
  changing('POST', '/console/webhooks/:id/replay', 'support', { form: { reason } }),
  changing('POST', '/console/webhooks/:id/cancel', 'admin', { form: { reason } }),
  read('/console/replays', 'viewer'),
  read('/console/replays/new', 'support', '/console/replays/new?state=dead'),
  changing('POST', '/console/replays', 'support', { form: { by: 'ids', id, reason } }),
  read('/console/replays/:id', 'viewer'),
  read('/console/replays/:id/progress', 'viewer'),
  changing('POST', '/console/replays/:id/stop', 'support', { form: { reason } }),
  read('/console/access', 'viewer'),
  changing('POST', '/console/access', 'admin', { form: ban }),
  changing('POST', '/console/access/remove', 'admin', { form: ban }),
  read('/console/links', 'viewer'),
  changing('POST', '/console/links', 'admin', { form: link }),
  changing('POST', '/console/links/check', 'support', { form: { url: '/pay' } }),
  read('/console/senders', 'viewer'),
  read('/console/audit', 'support'),
  read('/console/system', 'viewer'),
];
