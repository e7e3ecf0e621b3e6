// The part of the configuration that ingress works by, made ready once per reload.
import type { LinkScheme } from '../links/index.ts';
import { prepareCors, type Cors, type CorsRule } from './cors.ts';
import { fixedAnswer, type FixedAnswer, type FixedAnswerRule } from './fixedAnswers.ts';
import { prepareOrderKey, type OrderKeyOf } from './orderKey.ts';
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

/** A route as the configuration writes it, after parsing. */
export interface RouteRule {
  readonly name: string;
  readonly path: string;
  /** Null: as in the general limits. */
  readonly bodyBytesMax: number | null;
  readonly link: LinkScheme | 'any' | 'none';
  readonly answer: {
    readonly mode: 'wait' | 'ack';
    /** Milliseconds. */
    readonly for: number;
    readonly whenQueued: 'accept' | 'unavailable' | FixedAnswerRule;
    readonly ack: FixedAnswerRule;
  };
  readonly cors: CorsRule | null;
  readonly order: {
    readonly by: string;
    /** Milliseconds. */
    readonly waitMax: number;
  } | null;
}

/** A route made ready for the road. */
export interface IngressRoute {
  readonly name: string;
  readonly path: string;
  readonly bodyBytesMax: number;
  readonly link: LinkScheme | 'any' | 'none';
  /** How long a caller is held, counted from the arrival of its request's head; 0 where it is answered at once. */
  readonly waitMs: number;
  /** Sent right after the append; null: the caller waits for the bot's answer. */
  readonly ack: FixedAnswer | null;
  readonly whenQueued: 'accept' | 'unavailable' | FixedAnswer;
  readonly cors: Cors | null;
  readonly orderKeyOf: OrderKeyOf | null;
  readonly orderWaitMaxMs: number;
}

/** What a webhook is treated by; read once for each. */
export interface IngressSettings {
  readonly limits: IngressLimits;
  readonly routes: RouteTable<IngressRoute>;
  /** Whether requests of no route are passed through. */
  readonly passThrough: { readonly webSockets: boolean } | null;
  /** The field that carries the webhook's id in answers, e.g. `hookward-id`. */
  readonly idHeader: string;
  /** For how long the first try of a webhook is leased to this process. */
  readonly leaseMs: number;
}

/** What `prepareIngressSettings` makes ready; the parsed configuration's parts fit as they are. */
export interface IngressRules {
  readonly limits: IngressLimits;
  readonly routes: readonly RouteRule[];
  readonly passThrough: { readonly webSockets: boolean } | null;
  readonly headerPrefix: string;
  readonly leaseMs: number;
}

function prepareRoute(rule: RouteRule, limits: IngressLimits, idHeader: string): IngressRoute {
  const { whenQueued } = rule.answer;
  return {
    name: rule.name,
    path: rule.path,
    bodyBytesMax: rule.bodyBytesMax ?? limits.bodyBytesMax,
    link: rule.link,
    waitMs: rule.answer.mode === 'wait' ? rule.answer.for : 0,
    ack: rule.answer.mode === 'ack' ? fixedAnswer(rule.answer.ack) : null,
    whenQueued: typeof whenQueued === 'string' ? whenQueued : fixedAnswer(whenQueued),
    cors: rule.cors === null ? null : prepareCors(rule.cors, idHeader),
    orderKeyOf: rule.order === null ? null : prepareOrderKey(rule.order.by),
    orderWaitMaxMs: rule.order === null ? 0 : rule.order.waitMax,
  };
}

/**
 * Makes the settings ready: route table, answers' bytes, header lists.
 *
 * @throws HookwardError `config-invalid` for routes whose paths cannot be used together.
 */
export function prepareIngressSettings(rules: IngressRules): IngressSettings {
  const idHeader = `${rules.headerPrefix}-id`;
  return {
    limits: rules.limits,
    routes: createRouteTable(rules.routes.map((rule) => prepareRoute(rule, rules.limits, idHeader))),
    passThrough: rules.passThrough,
    idHeader,
    leaseMs: rules.leaseMs,
  };
}
