// Webhooks and events for tests of the log: every field filled, repeatable from a seed.
import { uuidIds } from '../../src/app/system.ts';
import type { Attempt, AttemptOutcome, FailureCause } from '../../src/core/attempt.ts';
import type { IdSource } from '../../src/core/ids.ts';
import type { Random } from '../../src/core/random.ts';
import type { Standing, WebhookEvent } from '../../src/core/state.ts';
import type { CapturedRequest, Webhook } from '../../src/core/webhook.ts';
import { seededRandom } from './seededRandom.ts';

/** When the stories of these tests begin. */
export const dawn = 1_750_000_000_000;

/** What a test says about a webhook; everything else is made up. */
export type WebhookWish = Partial<Omit<Webhook, 'request' | 'id'>> & {
  readonly request?: Partial<CapturedRequest>;
};

/** Makes webhooks whose ids grow. */
export interface WebhookMaker {
  make(wish?: WebhookWish): Webhook;
  readonly random: Random;
}

/** A maker of webhooks; the same seed makes the same ones. */
export function webhookMaker(seed = 1): WebhookMaker {
  const random = seededRandom(seed);
  const ids: IdSource = uuidIds(random);
  return {
    random,
    make(wish = {}) {
      const receivedAt = wish.receivedAt ?? dawn;
      return {
        id: ids.next(receivedAt),
        route: wish.route ?? 'default',
        receivedAt,
        request: {
          method: 'POST',
          target: '/v1/bots/7/new-webhook?&command=%2FonWebhook&a=%20+',
          headers: ['Host', 'hooks.test', 'Content-Type', 'application/json'],
          body: Buffer.from('{"n":1.0}'),
          ip: '192.0.2.7',
          scheme: 'https',
          ...wish.request,
        },
        bot: wish.bot ?? null,
        user: wish.user ?? null,
        orderKey: wish.orderKey ?? null,
        sender: wish.sender ?? null,
        eventId: wish.eventId ?? null,
        dedupeKey: wish.dedupeKey ?? null,
      };
    },
  };
}

/** An answer of the bot host. */
export function answered(status: number, body: Uint8Array = Buffer.from('ok')): AttemptOutcome {
  return {
    kind: 'answered',
    status,
    headers: ['Content-Type', 'text/plain', 'X-Odd', '1', 'x-oDD', '2'],
    body,
    bodyTruncated: false,
    complete: true,
  };
}

/** No answer of the bot host. */
export function failed(cause: FailureCause = 'connection-refused'): AttemptOutcome {
  return { kind: 'failed', cause, detail: 'connect ECONNREFUSED 127.0.0.1:3000' };
}

/** What a test says about a try. */
export interface TryWish {
  readonly then: Standing;
  readonly outcome?: AttemptOutcome;
  readonly at?: number;
  readonly number?: number;
  readonly replay?: number;
}

/** A try and where it leads. */
export function tried(wish: TryWish): WebhookEvent {
  const at = wish.at ?? dawn + 50;
  const attempt: Attempt = {
    number: wish.number ?? 1,
    replay: wish.replay ?? 0,
    startedAt: at - 40,
    durationMs: 40,
    outcome: wish.outcome ?? (wish.then.state === 'delivered' ? answered(200) : answered(503)),
  };
  return { type: 'attempted', at, attempt, then: wish.then };
}

/** A try that delivered. */
export const deliveredBy = (wish: Partial<TryWish> = {}) => tried({ then: { state: 'delivered' }, ...wish });

/** A try after which the webhook is given up. */
export const deadBy = (wish: Partial<TryWish> = {}) =>
  tried({ then: { state: 'dead', reason: 'exhausted' }, ...wish });

/** A try after which another one is due in the retry lane. */
export const dueAgain = (dueAt: number, wish: Partial<TryWish> = {}) =>
  tried({ then: { state: 'pending', dueAt, lane: 'retry' }, ...wish });

/** A webhook put off without a try. */
export function deferred(dueAt: number, lane: 'live' | 'retry' | 'replay' = 'live'): WebhookEvent {
  return { type: 'deferred', at: dawn, why: 'circuit-open', then: { state: 'pending', dueAt, lane } };
}
