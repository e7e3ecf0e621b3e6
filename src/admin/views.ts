// What the admin API and the CLI show of a webhook: plain JSON, times in ISO 8601, bytes in base64. Nothing here is HTML.
import { z } from '@hono/zod-openapi';
import type { AttemptOutcome } from '../core/attempt.ts';
import type { RawHeaders } from '../core/headers.ts';
import { senderNames } from '../core/senders.ts';
import { deadReasons, webhookStates, type Standing, type WebhookEvent } from '../core/state.ts';
import type { WebhookRecord, WebhookSummary } from '../log/index.ts';
import { isAtLeast, type Role } from './identity/tokens.ts';

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

/** What viewers are shown in place of a value. */
const hidden = '***';

const secretHeader = /authorization|cookie|token|secret|signature|api-?key|^hmac$|^sign$/i;

/** Which headers a reader does not see the values of; he sees no body, query or event id either. Null: he sees all. */
export type Mask = ((header: string) => boolean) | null;

/** Hides the headers that hold secrets by their names, and those that the configuration names. */
export function maskFor(maskedHeaders: readonly string[]): NonNullable<Mask> {
  const named = new Set(maskedHeaders.map((name) => name.toLowerCase()));
  return (header) => secretHeader.test(header) || named.has(header.toLowerCase());
}

/** How much a role may see. */
export function sightOf(role: Role): Sight {
  return isAtLeast(role, 'support') ? 'whole' : 'masked';
}

/** Everything behind the path: links carry tokens and contents there. */
function maskedTarget(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : `${target.slice(0, query)}?…`;
}

/** Senders' ids may be of payments: a viewer sees only that there is one. */
function maskedKey(key: string | null, mask: Mask): string | null {
  return key !== null && mask !== null ? hidden : key;
}

function headerPairs(headers: RawHeaders, mask: Mask): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    pairs.push([name, mask?.(name) === true ? hidden : (headers[at + 1] ?? '')]);
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
export function viewSummary(summary: WebhookSummary, mask: Mask): SummaryView {
  const { standing, receivedAt, target, eventId, ...rest } = summary;
  return {
    ...rest,
    ...standingOf(standing),
    receivedAt: iso(receivedAt),
    target: mask !== null ? maskedTarget(target) : target,
    eventId: maskedKey(eventId, mask),
  };
}

function viewOutcome(outcome: AttemptOutcome, mask: Mask): z.infer<typeof outcomeView> {
  if (outcome.kind === 'failed') return { failure: outcome.cause, detail: outcome.detail };
  return {
    status: outcome.status,
    headers: headerPairs(outcome.headers, mask),
    ...(mask === null && { body: Buffer.from(outcome.body).toString('base64') }),
    bodyTruncated: outcome.bodyTruncated,
    complete: outcome.complete,
  };
}

function viewEvent(event: WebhookEvent, mask: Mask): EventView {
  const common = { type: event.type, at: iso(event.at), ...standingOf(event.then) };
  switch (event.type) {
    case 'attempted': {
      const { outcome, startedAt, ...attempt } = event.attempt;
      return {
        ...common,
        attempt: { ...attempt, startedAt: iso(startedAt), ...viewOutcome(outcome, mask) },
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
export function viewRecord(record: WebhookRecord, mask: Mask): RecordView {
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
      target: mask !== null ? maskedTarget(request.target) : request.target,
      headers: headerPairs(request.headers, mask),
      bodyBytes: request.body.byteLength,
      ...(mask === null && { body: Buffer.from(request.body).toString('base64') }),
      ip: request.ip,
      scheme: request.scheme,
    },
    sender: sender && { name: sender.sender, verdict: sender.verdict },
    eventId: maskedKey(webhook.eventId, mask),
    dedupeKey: maskedKey(webhook.dedupeKey, mask),
    duplicates: duplicates.map(({ at, ip }) => ({ at: iso(at), ip })),
    events: events.map((event) => viewEvent(event, mask)),
  };
}
