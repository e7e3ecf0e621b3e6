// The part of the configuration that ingress works by, made ready once per reload.
import type { FixedReply } from '../core/fixedReply.ts';
import type { LinkScheme } from '../links/index.ts';
import type { Sender } from '../senders/index.ts';
import { prepareCors, type Cors, type CorsRule } from './cors.ts';
import { prepareEventKeys, type EventKeysOf } from './dedupeKey.ts';
import { fixedAnswer, type FixedAnswer } from './fixedAnswers.ts';
import { prepareOrderKey, type OrderKeyOf } from './orderKey.ts';
import { ownFieldsOf, type OwnFields } from './ownFields.ts';
import { preparePinned, type Pinned } from './pinned.ts';
import { createRouteTable, type RouteTable } from './routeTable.ts';

/** PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** What is fixed for the life of the listener. Times in milliseconds. */
export interface ListenerSettings {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls: TlsFiles | null;
  /** `v1v2`: every connection begins with a header of the PROXY protocol, written by a trusted proxy; not with `tls`. */
  readonly proxyProtocol: 'off' | 'v1v2';
  /** Request line and header together. */
  readonly headerBytesMax: number;
  readonly headersTimeout: number;
  /** For the whole request to arrive. */
  readonly requestTimeout: number;
  /** For which an idle connection is kept. */
  readonly idleTimeout: number;
  readonly connectionsMax: number;
}

/** Limits that a reload may change. */
export interface IngressLimits {
  readonly headersMax: number;
  readonly targetBytesMax: number;
  readonly bodyBytesMax: number;
  /** Open connections of one peer; trusted proxies are not counted. */
  readonly connectionsPerAddressMax: number;
  /** Webhooks being read, written or answered at once. */
  readonly inFlightMax: number;
  readonly inFlightBytesMax: number;
}

/** How a route's callers are answered. */
export interface AnswerRule {
  readonly mode: 'wait' | 'ack';
  /** Milliseconds. */
  readonly for: number;
  readonly whenQueued: 'accept' | 'unavailable' | 'acknowledge' | FixedReply;
  /** What the sender takes for success. */
  readonly ack: FixedReply;
  /** Mode `wait`: which of a content bot's answers, by their status, are replaced by `ack`; null: none. */
  readonly acknowledges: ((status: number) => boolean) | null;
  /** How a call over a rate limit is answered: 429, or 503 where the sender takes 429 for delivered. */
  readonly whenLimited: 'too-many-requests' | 'unavailable';
}

/** How a route's calls are held against its sender. */
export interface SenderRule {
  readonly sender: Sender;
  /** `report`: a call that fails its check is counted and goes on. */
  readonly verify: 'enforce' | 'report';
  /** False: there is nothing to check with, and everything goes on as `unchecked`. */
  readonly isChecked: boolean;
}

/** How copies of a webhook are known, and answered. */
export interface DedupeRule {
  /** Where the parts of the event's id stand, e.g. `json:/id`. */
  readonly key: readonly string[];
  readonly windowMs: number;
  /** What a copy of a delivered webhook is for: to be answered as that was, or to be delivered once more. */
  readonly whenDelivered: 'answer' | 'deliver';
}

/** A route as configuration and preset together say it. */
export interface RouteRule {
  readonly name: string;
  readonly path: string;
  /** Null: as in the general limits. */
  readonly bodyBytesMax: number | null;
  readonly link: LinkScheme | 'any' | 'none';
  readonly answer: AnswerRule;
  readonly cors: CorsRule | null;
  readonly order: {
    readonly by: string;
    /** Milliseconds. */
    readonly waitMax: number;
  } | null;
  readonly sender: SenderRule | null;
  readonly dedupe: DedupeRule | null;
  /** The secret path and query that the route's own stands for. */
  readonly forwardTo: string | null;
}

/** A route made ready for the road. */
export interface IngressRoute {
  readonly name: string;
  readonly path: string;
  readonly bodyBytesMax: number;
  readonly link: LinkScheme | 'any' | 'none';
  /** How long a caller is held, counted from the arrival of its request's head; 0 where it is answered at once. */
  readonly waitMs: number;
  readonly isAcknowledgedAtOnce: boolean;
  readonly ack: FixedAnswer;
  readonly acknowledges: AnswerRule['acknowledges'];
  readonly whenQueued: 'accept' | 'unavailable' | FixedAnswer;
  /** For a copy of what was delivered with an answer too long to be kept; null: that is said in JSON. */
  readonly whenDelivered: FixedAnswer | null;
  readonly whenLimited: AnswerRule['whenLimited'];
  readonly cors: Cors | null;
  readonly orderKeyOf: OrderKeyOf | null;
  readonly orderWaitMaxMs: number;
  readonly sender: SenderRule | null;
  readonly dedupe: {
    readonly keysOf: EventKeysOf;
    readonly windowMs: number;
    readonly whenDelivered: DedupeRule['whenDelivered'];
  } | null;
  readonly pinned: Pinned | null;
}

/** What a webhook is treated by; read once for each. */
export interface IngressSettings {
  readonly limits: IngressLimits;
  readonly routes: RouteTable<IngressRoute>;
  /** Whether requests of no route are passed through. */
  readonly passThrough: { readonly webSockets: boolean } | null;
  /** Scheme and authority that senders call, without a slash at the end; null: as each caller says. */
  readonly publicUrl: string | null;
  readonly fields: OwnFields;
  /** For how long the first try of a webhook is leased to this process. */
  readonly leaseMs: number;
}

/** What `prepareIngressSettings` makes ready; the parsed configuration's parts fit as they are. */
export interface IngressRules {
  readonly limits: IngressLimits;
  readonly routes: readonly RouteRule[];
  readonly publicUrl: string | null;
  readonly passThrough: { readonly webSockets: boolean } | null;
  readonly headerPrefix: string;
  readonly leaseMs: number;
}

/** Whether `ack` is the sender's own word for success, or what the configuration sends in its place. */
function isAckMeant({ answer, sender }: RouteRule): boolean {
  const isWished =
    answer.mode === 'ack' || answer.whenQueued === 'acknowledge' || answer.acknowledges !== null;
  return isWished || (sender !== null && sender.sender.preset.answer.acknowledgement !== null);
}

type PreparedAnswer = Pick<
  IngressRoute,
  'waitMs' | 'isAcknowledgedAtOnce' | 'ack' | 'acknowledges' | 'whenQueued' | 'whenDelivered' | 'whenLimited'
>;

function queuedAnswer(rule: AnswerRule['whenQueued'], ack: FixedAnswer): IngressRoute['whenQueued'] {
  if (rule === 'acknowledge') return ack;
  return typeof rule === 'string' ? rule : fixedAnswer(rule);
}

function prepareAnswer(rule: RouteRule): PreparedAnswer {
  const { mode, whenQueued, whenLimited, acknowledges, for: waitMs } = rule.answer;
  const ack = fixedAnswer(rule.answer.ack);
  return {
    waitMs: mode === 'wait' ? waitMs : 0,
    isAcknowledgedAtOnce: mode === 'ack',
    ack,
    acknowledges,
    whenQueued: queuedAnswer(whenQueued, ack),
    whenDelivered: isAckMeant(rule) ? ack : null,
    whenLimited,
  };
}

function prepareDedupe({ key, windowMs, whenDelivered }: DedupeRule): IngressRoute['dedupe'] {
  return { keysOf: prepareEventKeys(key), windowMs, whenDelivered };
}

function prepareRoute(rule: RouteRule, limits: IngressLimits, { id }: OwnFields): IngressRoute {
  return {
    name: rule.name,
    path: rule.path,
    bodyBytesMax: rule.bodyBytesMax ?? limits.bodyBytesMax,
    link: rule.link,
    ...prepareAnswer(rule),
    cors: rule.cors === null ? null : prepareCors(rule.cors, id),
    orderKeyOf: rule.order === null ? null : prepareOrderKey(rule.order.by),
    orderWaitMaxMs: rule.order === null ? 0 : rule.order.waitMax,
    sender: rule.sender,
    dedupe: rule.dedupe === null ? null : prepareDedupe(rule.dedupe),
    pinned: rule.forwardTo === null ? null : preparePinned(rule.forwardTo),
  };
}

/**
 * Makes the settings ready: route table, answers' bytes, header lists.
 *
 * @throws HookwardError `config-invalid` for routes whose paths cannot be used together.
 */
export function prepareIngressSettings(rules: IngressRules): IngressSettings {
  const fields = ownFieldsOf(rules.headerPrefix);
  return {
    limits: rules.limits,
    routes: createRouteTable(rules.routes.map((rule) => prepareRoute(rule, rules.limits, fields))),
    passThrough: rules.passThrough,
    publicUrl: rules.publicUrl,
    fields,
    leaseMs: rules.leaseMs,
  };
}
