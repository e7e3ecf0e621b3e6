// What the admin API and the CLI show of a webhook: plain JSON, times in ISO 8601, bytes in base64. Nothing here is HTML.
import { z } from '@hono/zod-openapi';
import type { AttemptOutcome } from '../core/attempt.ts';
import type { RawHeaders } from '../core/headers.ts';
import { senderNames } from '../core/senders.ts';
import { deadReasons, webhookStates, type Standing, type WebhookEvent } from '../core/state.ts';
import type { WebhookRecord, WebhookSummary } from '../log/index.ts';

const time = z.iso.datetime();
const headerList = z.array(z.tuple([z.string(), z.string()]));

const standingView = z.object({
  state: z.enum(webhookStates),
  /** Why it is dead. */
  reason: z.enum(deadReasons).optional(),
  /** When it is due next, while it is pending. */
  dueAt: time.optional(),
});

export const summaryView = standingView
  .extend({
    id: z.string(),
    route: z.string(),
    receivedAt: time,
    method: z.string(),
    target: z.string(),
    ip: z.string(),
    bot: z.string().nullable(),
    user: z.string().nullable(),
    /** The sender's own id of the event; hidden from viewers. */
    eventId: z.string().nullable(),
    bodyBytes: z.number(),
    attempts: z.number(),
    replay: z.number(),
    lastStatus: z.number().nullable(),
    lastFailure: z.string().nullable(),
  })
  .openapi('WebhookSummary');

const outcomeView = z.object({
  status: z.number().optional(),
  headers: headerList.optional(),
  /** The bytes kept of the answer, base64; left out for viewers. */
  body: z.string().optional(),
  bodyTruncated: z.boolean().optional(),
  complete: z.boolean().optional(),
  failure: z.string().optional(),
  detail: z.string().optional(),
});

export const eventView = standingView
  .extend({
    type: z.string(),
    at: time,
    attempt: outcomeView
      .extend({ number: z.number(), replay: z.number(), startedAt: time, durationMs: z.number() })
      .optional(),
    why: z.string().optional(),
    replay: z.number().optional(),
    by: z.string().optional(),
    note: z.string().optional(),
  })
  .openapi('WebhookEvent');

export const recordView = standingView
  .extend({
    id: z.string(),
    route: z.string(),
    receivedAt: time,
    inFlight: z.boolean(),
    attempts: z.number(),
    replay: z.number(),
    bot: z.string().nullable(),
    user: z.string().nullable(),
    request: z.object({
      method: z.string(),
      target: z.string(),
      headers: headerList,
      bodyBytes: z.number(),
      /** Base64; left out for viewers. */
      body: z.string().optional(),
      ip: z.string(),
      scheme: z.string(),
    }),
    /** Who sent it, by its signature when it arrived; null where its route names no sender. */
    sender: z.object({ name: z.enum(senderNames), verdict: z.string() }).nullable(),
    /** The sender's own id of the event; hidden from viewers. */
    eventId: z.string().nullable(),
    /** What copies of the event are known by; hidden from viewers; null: nothing. */
    dedupeKey: z.string().nullable(),
    /** Later calls with the same event id; the first ones. */
    duplicates: z.array(z.object({ at: time, ip: z.string() })),
    events: z.array(eventView),
  })
  .openapi('Webhook');

export type SummaryView = z.infer<typeof summaryView>;
export type RecordView = z.infer<typeof recordView>;
export type EventView = z.infer<typeof eventView>;

/** How much of a webhook a reader may see: a viewer no bodies, no query, no header that may hold a secret. */
export type Sight = 'whole' | 'masked';

const iso = (ms: number) => new Date(ms).toISOString();

const secretHeader = /authorization|cookie|token|secret|signature|api-?key|^hmac$|^sign$/i;

/** Everything behind the path: links carry tokens and contents there. */
export function maskedTarget(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : `${target.slice(0, query)}?…`;
}

/** Senders' ids may be of payments: a viewer sees only that there is one. */
function maskedKey(key: string | null, sight: Sight): string | null {
  return key !== null && sight === 'masked' ? '***' : key;
}

function headerPairs(headers: RawHeaders, sight: Sight): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    pairs.push([name, sight === 'masked' && secretHeader.test(name) ? '***' : (headers[at + 1] ?? '')]);
  }
  return pairs;
}

function standingOf(standing: Standing): z.infer<typeof standingView> {
  switch (standing.state) {
    case 'pending':
      return { state: standing.state, dueAt: iso(standing.dueAt) };
    case 'dead':
      return { state: standing.state, reason: standing.reason };
    case 'delivered':
    case 'cancelled':
      return { state: standing.state };
  }
}

/** A line of a list. */
export function viewSummary(summary: WebhookSummary, sight: Sight): SummaryView {
  const { standing, receivedAt, target, eventId, ...rest } = summary;
  return {
    ...rest,
    ...standingOf(standing),
    receivedAt: iso(receivedAt),
    target: sight === 'masked' ? maskedTarget(target) : target,
    eventId: maskedKey(eventId, sight),
  };
}

function viewOutcome(outcome: AttemptOutcome, sight: Sight): z.infer<typeof outcomeView> {
  if (outcome.kind === 'failed') return { failure: outcome.cause, detail: outcome.detail };
  return {
    status: outcome.status,
    headers: headerPairs(outcome.headers, sight),
    ...(sight === 'whole' && { body: Buffer.from(outcome.body).toString('base64') }),
    bodyTruncated: outcome.bodyTruncated,
    complete: outcome.complete,
  };
}

function viewEvent(event: WebhookEvent, sight: Sight): EventView {
  const common = { type: event.type, at: iso(event.at), ...standingOf(event.then) };
  switch (event.type) {
    case 'attempted': {
      const { outcome, startedAt, ...attempt } = event.attempt;
      return {
        ...common,
        attempt: { ...attempt, startedAt: iso(startedAt), ...viewOutcome(outcome, sight) },
      };
    }
    case 'deferred':
      return { ...common, why: event.why };
    case 'replayed':
      return { ...common, replay: event.replay, by: event.by, note: event.reason };
    case 'cancelled':
      return { ...common, by: event.by, note: event.reason };
    case 'expired':
      return common;
  }
}

/** A webhook's whole story. */
export function viewRecord(record: WebhookRecord, sight: Sight): RecordView {
  const { webhook, events, duplicates, standing, progress, inFlight } = record;
  const { request, sender } = webhook;
  return {
    id: webhook.id,
    route: webhook.route,
    receivedAt: iso(webhook.receivedAt),
    ...standingOf(standing),
    inFlight,
    attempts: progress.attempts,
    replay: progress.replay,
    bot: webhook.bot,
    user: webhook.user,
    request: {
      method: request.method,
      target: sight === 'masked' ? maskedTarget(request.target) : request.target,
      headers: headerPairs(request.headers, sight),
      bodyBytes: request.body.byteLength,
      ...(sight === 'whole' && { body: Buffer.from(request.body).toString('base64') }),
      ip: request.ip,
      scheme: request.scheme,
    },
    sender: sender && { name: sender.sender, verdict: sender.verdict },
    eventId: maskedKey(webhook.eventId, sight),
    dedupeKey: maskedKey(webhook.dedupeKey, sight),
    duplicates: duplicates.map(({ at, ip }) => ({ at: iso(at), ip })),
    events: events.map((event) => viewEvent(event, sight)),
  };
}
