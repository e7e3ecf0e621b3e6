import assert from 'node:assert/strict';
import type { AnswerHead, AnswerWriter, Caller, NoAnswer } from '../../../src/core/answer.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { Random } from '../../../src/core/random.ts';
import type { TraceContext } from '../../../src/core/traceContext.ts';
import type { Tracer } from '../../../src/core/tracing.ts';
import type { Webhook } from '../../../src/core/webhook.ts';
import type {
  AttemptFacts,
  BotHostSettings,
  DeliveryNotice,
  DeliverySettings,
  RouteSettings,
  TurnOutcome,
} from '../../../src/delivery/index.ts';
import type { Signer } from '../../../src/signing/index.ts';
import { uuidIds } from '../../../src/app/system.ts';
import { createDelivery } from '../../../src/delivery/index.ts';
import { manualClock, type ManualClock } from '../../support/manualClock.ts';
import { seededRandom } from '../../support/seededRandom.ts';
import { fakeForwarder } from './fakeBotHost.ts';
import { RecordingLog } from './recordingLog.ts';

/** A caller that keeps what it is told. */
export interface FakeCaller extends Caller {
  readonly head: AnswerHead | null;
  readonly body: string;
  /** Null while nothing came; `end`, `abort`, or why there was no answer. */
  readonly told: 'end' | 'abort' | NoAnswer | null;
  /** Calls of `relay` and `giveUp` in all. */
  readonly calls: number;
}

/** `gone`: hung up, or over its budget; it still stands there to be told. */
export function fakeCaller({ gone = false } = {}): FakeCaller {
  const caller = { head: null as AnswerHead | null, body: '', told: null as FakeCaller['told'], calls: 0 };
  const writer: AnswerWriter = {
    write(chunk) {
      caller.body += Buffer.from(chunk).toString();
      return true;
    },
    onDrain: (resume) => resume(),
    end: () => void (caller.told = 'end'),
    abort: () => void (caller.told = 'abort'),
  };
  return Object.assign(caller, {
    relay(head: AnswerHead) {
      caller.calls += 1;
      if (gone || caller.told !== null) return null;
      caller.head = head;
      return writer;
    },
    giveUp(why: NoAnswer) {
      caller.calls += 1;
      if (caller.head === null) caller.told ??= why;
    },
  });
}

export function routeSettings(name: string, changes: Partial<RouteSettings> = {}): RouteSettings {
  const settings = {
    name,
    botHost: 'main',
    forwardTo: null,
    answer: { for: 25_000 },
    retry: retrySettings(),
  };
  return { ...settings, ...changes };
}

export function retrySettings(changes: Partial<RouteSettings['retry']> = {}): RouteSettings['retry'] {
  return {
    attempts: 12,
    firstDelay: 1_000,
    maxDelay: 600_000,
    maxAge: 86_400_000,
    retryAfterMax: 3_600_000,
    statuses: [429, 502, 503, 504],
    ...changes,
  };
}

export function botHostSettings(changes: Partial<BotHostSettings> = {}): BotHostSettings {
  return {
    url: 'http://127.0.0.1:3000',
    hostHeader: 'bot-host',
    concurrency: 4,
    rate: null,
    waitingMax: 1_000,
    waitingBytesMax: 64 * 1024 * 1024,
    connectTimeout: 5_000,
    attemptTimeout: 30_000,
    circuit: { failures: 10, statuses: [502, 504], openFor: 2_000, openMax: 30_000 },
    ...changes,
  };
}

/** Lets everything that is ready run, promises and immediates; no time passes on a manual clock. */
export async function turn(times = 3): Promise<void> {
  for (let count = 0; count < times; count += 1) await new Promise((resolve) => setImmediate(resolve));
}

export interface HarnessOptions {
  readonly routes?: readonly RouteSettings[];
  readonly botHosts?: Readonly<Record<string, BotHostSettings>>;
  readonly publicUrl?: string | null;
  readonly clock?: ManualClock;
  readonly seed?: number;
  readonly log?: RecordingLog;
  readonly signer?: Signer;
  readonly random?: Random;
  readonly tracer?: Tracer;
}

/** Delivery over fakes, with a clock that stands still. */
export function harness(options: HarnessOptions = {}) {
  const clock = options.clock ?? manualClock();
  const random = options.random ?? seededRandom(options.seed ?? 1);
  const log = options.log ?? new RecordingLog();
  const forwarder = fakeForwarder();
  const ids = uuidIds(seededRandom(options.seed ?? 1));
  const settings: { current: DeliverySettings } = {
    current: {
      publicUrl: options.publicUrl ?? null,
      botHosts: options.botHosts ?? { main: botHostSettings() },
      routes: options.routes ?? [routeSettings('default')],
    },
  };
  const seen = {
    attempts: [] as AttemptFacts[],
    deaths: [] as string[],
    deferrals: [] as string[],
    circuit: [] as string[],
    unknownRoutes: 0,
    outcomes: [] as TurnOutcome[],
    notices: [] as DeliveryNotice[],
  };
  const signer: Signer = options.signer ?? {
    sign: ({ webhook, url, attempt, replay }) => [
      'hookward-id',
      webhook.id,
      'hookward-options',
      JSON.stringify({ url, attempt, replay }),
    ],
  };
  const delivery = createDelivery({
    log,
    forwarder,
    signer: { current: signer },
    passedOnHeaders: (headers) => headers,
    clock,
    random,
    settings,
    tracer: options.tracer ?? null,
    metrics: {
      attempted: (facts) => void seen.attempts.push(facts),
      died: ({ reason }) => void seen.deaths.push(reason),
      deferred: ({ why }) => void seen.deferrals.push(why),
      circuitChanged: ({ botHost, state }) => void seen.circuit.push(`${botHost} ${state}`),
      unknownRoutes: (count) => void (seen.unknownRoutes = count),
    },
    onOutcome: (outcome) => void seen.outcomes.push(outcome),
    noticed: (notice) => void seen.notices.push(notice),
  });

  const webhook = (changes: Partial<Webhook> = {}): Webhook => ({
    id: ids.next(clock.now()),
    route: 'default',
    receivedAt: clock.now(),
    request: {
      method: 'POST',
      target: '/v1/bots/7/new-webhook?&command=%2FonWebhook',
      headers: ['Host', 'bots.example', 'Content-Type', 'application/json'],
      body: Buffer.from('{}'),
      ip: '192.0.2.1',
      scheme: 'https',
    },
    bot: null,
    user: null,
    orderKey: null,
    sender: null,
    eventId: null,
    dedupeKey: null,
    ...changes,
  });

  const append = async (appended: Webhook, leaseMs: number) => {
    const now = clock.now();
    const waits = { orderWaitMaxMs: 300_000, dedupeWindowMs: 0 };
    const [one] = await log.append({ webhooks: [appended], leaseMs, ...waits, now });
    assert.ok(one);
    return one.lease;
  };

  return {
    clock,
    log,
    forwarder,
    settings,
    delivery,
    seen,
    webhook,
    /** Appends a webhook and hands it over, as ingress does. */
    arrive: async (
      changes: Partial<Webhook> = {},
      caller: FakeCaller | null = fakeCaller(),
      trace: TraceContext | null = null,
    ) => {
      const arrived = webhook(changes);
      const lease = await append(arrived, 60_000);
      delivery.live(arrived, lease, caller, trace);
      return { id: arrived.id, caller: caller ?? fakeCaller() };
    },
    /** Lets a caller wait for another's webhook, as ingress does with a copy of it. */
    join: (id: WebhookId, caller: FakeCaller = fakeCaller()) => ({
      caller,
      leave: delivery.join(id, 'default', caller),
    }),
    /** Appends a webhook that nobody hands over, its lease run out: as a crash leaves it. */
    leave: async (changes: Partial<Webhook> = {}): Promise<WebhookId> => {
      const left = webhook(changes);
      await append(left, 0);
      return left.id;
    },
    /** What support does. */
    replay: async (id: WebhookId) => {
      await log.replay({ ids: [id], by: 'support', reason: 'asked for', now: clock.now() });
      delivery.wake('default');
    },
    cancel: (id: WebhookId) =>
      log.cancel({ ids: [id], by: 'support', reason: 'asked for', now: clock.now() }),
    /** Moves time in steps of at most `stepMs`, so that what a timer starts can go on before the next. */
    pass: async (ms: number, stepMs = 100) => {
      for (let gone = 0; gone < ms; gone += stepMs) {
        clock.advance(Math.min(stepMs, ms - gone));
        await turn();
      }
    },
  };
}

export type Harness = ReturnType<typeof harness>;
