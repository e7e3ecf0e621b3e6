// The public listener on a real socket, with everything behind it faked and recorded.
import type { TestContext } from 'node:test';
import type { ClientAddress, GateVerdict } from '../../../src/access/index.ts';
import { systemClock } from '../../../src/app/system.ts';
import type { AnswerHead, AnswerWriter, Caller } from '../../../src/core/answer.ts';
import type { RefusalCode } from '../../../src/core/errors.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { SenderProblem } from '../../../src/core/senders.ts';
import type { TraceContext } from '../../../src/core/traceContext.ts';
import type { Webhook } from '../../../src/core/webhook.ts';
import {
  createIngress,
  prepareIngressSettings,
  type DuplicateOutcome,
  type Ingress,
  type IngressDeps,
  type IngressLimits,
  type IngressRules,
  type IngressSettings,
  type ListenerSettings,
  type RouteRule,
} from '../../../src/ingress/index.ts';
import type { Appended, Lease, WebhookAppender } from '../../../src/log/index.ts';
import { openClient, type RawClient } from './rawClient.ts';

export const admitted: GateVerdict = { admitted: true, exempt: false, wouldRefuse: false };

export const limits: IngressLimits = {
  headersMax: 100,
  targetBytesMax: 8192,
  bodyBytesMax: 1024 * 1024,
  connectionsPerAddressMax: 256,
  inFlightMax: 5000,
  inFlightBytesMax: 128 * 1024 * 1024,
};

const listener: ListenerSettings = {
  host: '127.0.0.1',
  port: 0,
  tls: null,
  proxyProtocol: 'off',
  headerBytesMax: 32 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  idleTimeout: 65_000,
  connectionsMax: 10_000,
};

/** A route that waits for the bot, with what `rule` changes. */
export function route(
  rule: Partial<Omit<RouteRule, 'answer'>> & { answer?: Partial<RouteRule['answer']> } = {},
): RouteRule {
  return {
    name: 'hook',
    path: '/hook',
    bodyBytesMax: null,
    link: 'none',
    cors: null,
    order: null,
    sender: null,
    dedupe: null,
    forwardTo: null,
    ...rule,
    answer: {
      mode: 'wait',
      for: 25_000,
      whenQueued: 'accept',
      ack: { status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok' },
      acknowledges: null,
      whenLimited: 'too-many-requests',
      ...rule.answer,
    },
  };
}

export function settings(
  rules: Partial<Omit<IngressRules, 'limits'>> & { limits?: Partial<IngressLimits> } = {},
): IngressSettings {
  return prepareIngressSettings({
    routes: [route()],
    publicUrl: null,
    passThrough: null,
    headerPrefix: 'hookward',
    leaseMs: 60_000,
    ...rules,
    limits: { ...limits, ...rules.limits },
  });
}

/** One webhook as delivery got it. */
export interface Delivered {
  readonly webhook: Webhook;
  readonly lease: Lease | null;
  readonly caller: Caller | null;
  readonly trace: TraceContext | null;
}

/** A caller that was joined to an earlier webhook. */
export interface Joined {
  readonly id: WebhookId;
  readonly route: string;
  readonly caller: Caller;
  hasLeft: boolean;
}

type AppendParams = Parameters<WebhookAppender['append']>[0];

/** What a log gives back for webhooks that it has written, or for copies of `facts.duplicateOf`. */
export function appendedAs({ webhooks }: AppendParams, facts: Partial<Appended> = {}): Appended[] {
  return webhooks.map(({ id }) => ({ id, lease: null, duplicateOf: null, ...facts }));
}

export interface Harness {
  readonly ingress: Ingress;
  readonly port: number;
  /** Put another value in to reload. */
  readonly settings: { current: IngressSettings };
  readonly appended: Webhook[];
  readonly appends: AppendParams[];
  readonly delivered: Delivered[];
  readonly refused: RefusalCode[];
  readonly answered: { route: string; kind: string; waitSeconds: number }[];
  readonly received: { route: string; bodyBytes: number }[];
  readonly reported: (string | null)[];
  readonly handshakes: string[];
  readonly unverified: { route: string; problem: SenderProblem }[];
  readonly duplicates: { route: string; outcome: DuplicateOutcome }[];
  readonly joined: Joined[];
  readonly failures: unknown[];
  readonly certificates: unknown[];
  passedThrough: number;
  open(): Promise<RawClient>;
}

/** What a test may put in the place of the usual fakes. */
export interface Parts extends Partial<Omit<IngressDeps, 'listener' | 'settings' | 'log'>> {
  readonly log?: Partial<IngressDeps['log']>;
  readonly listener?: Partial<ListenerSettings>;
  readonly settings?: IngressSettings;
}

/** Answers for the bot: 200 with a text. */
export function answerOk(caller: Caller | null, text = 'hello'): void {
  const body = Buffer.from(text);
  const head: AnswerHead = {
    status: 200,
    headers: ['Content-Type', 'text/plain', 'Content-Length', String(body.length)],
  };
  const writer: AnswerWriter | null = caller?.relay(head) ?? null;
  writer?.write(body);
  writer?.end();
}

const notExpected = (what: string) => () => {
  throw new Error(`no ${what}`);
};

const addressOf = (text: string): ClientAddress => ({ text, countedAs: text });

/** Starts a listener whose bot says hello; the test's end stops it and closes all clients. */
export async function startIngress(t: TestContext, parts: Parts = {}): Promise<Harness> {
  const current = { current: parts.settings ?? settings() };
  const clients: RawClient[] = [];
  const record = {
    appended: [] as Webhook[],
    appends: [] as AppendParams[],
    delivered: [] as Delivered[],
    refused: [] as RefusalCode[],
    answered: [] as { route: string; kind: string; waitSeconds: number }[],
    received: [] as { route: string; bodyBytes: number }[],
    reported: [] as (string | null)[],
    handshakes: [] as string[],
    unverified: [] as Harness['unverified'],
    duplicates: [] as Harness['duplicates'],
    joined: [] as Joined[],
    failures: [] as unknown[],
    certificates: [] as unknown[],
    passedThrough: 0,
  };
  let ids = 0;
  const log: IngressDeps['log'] = {
    append(params) {
      record.appends.push(params);
      record.appended.push(...params.webhooks);
      return Promise.resolve(
        params.webhooks.map(({ id }) => ({ id, lease: { id, token: 'lease' }, duplicateOf: null })),
      );
    },
    get: notExpected('webhook was to be looked up'),
    ...parts.log,
  };
  const ingress = createIngress({
    addresses: { of: ({ peer }) => addressOf(peer ?? ''), isTrustedProxy: () => false },
    gate: { admit: () => admitted, admitToRoute: () => admitted },
    links: {
      verify: notExpected('link was to be checked'),
    },
    ids: { next: () => `01980000-0000-7000-8000-${String((ids += 1)).padStart(12, '0')}` as WebhookId },
    clock: systemClock,
    passThrough: null,
    tracer: null,
    metrics: {
      received: (name, bodyBytes) => record.received.push({ route: name, bodyBytes }),
      refused: (code) => record.refused.push(code),
      whitelistReported: (name) => record.reported.push(name),
      passedThrough: () => (record.passedThrough += 1),
      handshake: (name) => record.handshakes.push(name),
      unverified: (name, problem) => record.unverified.push({ route: name, problem }),
      duplicate: (name, outcome) => record.duplicates.push({ route: name, outcome }),
      answered: (name, kind, waitSeconds) => record.answered.push({ route: name, kind, waitSeconds }),
    },
    observer: {
      failed: (error) => record.failures.push(error),
      certificateReloaded: (error) => record.certificates.push(error),
    },
    sendAgain: notExpected('webhook was to be sent again'),
    join(id, name, caller) {
      const joined: Joined = { id, route: name, caller, hasLeft: false };
      record.joined.push(joined);
      return () => (joined.hasLeft = true);
    },
    ...parts,
    log,
    deliver(webhook, lease, caller, trace) {
      record.delivered.push({ webhook, lease, caller, trace });
      if (parts.deliver === undefined) answerOk(caller);
      else parts.deliver(webhook, lease, caller, trace);
    },
    listener: { ...listener, ...parts.listener },
    settings: current,
  });
  await ingress.start();
  const port = ingress.address()?.port ?? 0;
  t.after(async () => {
    for (const client of clients) client.destroy();
    await ingress.stop(1_000);
  });
  return Object.assign(record, {
    ingress,
    port,
    settings: current,
    async open() {
      const client = await openClient(port);
      clients.push(client);
      return client;
    },
  });
}
