// What follows the append: who answers the caller, and the hand-over to delivery.
import type { Caller } from '../core/answer.ts';
import type { RawHeaders } from '../core/headers.ts';
import type { TraceContext } from '../core/traceContext.ts';
import type { Webhook } from '../core/webhook.ts';
import type { Lease } from '../log/index.ts';
import type { Arrival } from './arrival.ts';
import { WaitingCaller } from './caller.ts';
import { redirectAnswer, type FixedAnswer } from './fixedAnswers.ts';
import { webhookFields } from './ownFields.ts';
import type { IngressDeps } from './ports.ts';

/** A webhook that is durable, and the right to its first try. */
export interface Taken {
  readonly webhook: Webhook;
  readonly lease: Lease | null;
  /** The span of its arrival; null where nothing is traced. */
  readonly trace: TraceContext | null;
}

type SettleDeps = Pick<IngressDeps, 'clock' | 'metrics' | 'observer' | 'deliver'>;

/** Delivery must never make an answer fail: the webhook is durable, its lease will run out, and it will be found again. */
function handOver(deps: SettleDeps, { webhook, lease, trace }: Taken, caller: Caller | null): void {
  try {
    deps.deliver(webhook, lease, caller, trace);
  } catch (error) {
    deps.observer.failed(error);
    caller?.giveUp('queued');
  }
}

/** The answer that does not wait for the bot: a link's redirect, the acknowledgement of mode `ack`; null: there is none. */
export function answerBeforehand({ link, route }: Arrival): FixedAnswer | null {
  const redirect = link.redirectTo === null ? null : redirectAnswer(link.redirectTo);
  return redirect ?? (route.isAcknowledgedAtOnce ? route.ack : null);
}

/** Sends that answer, under `fields`, to a caller who has not gone. */
export function answerAtOnce(
  { clock, metrics }: Pick<IngressDeps, 'clock' | 'metrics'>,
  { exchange, route, endedAt }: Arrival,
  answer: FixedAnswer,
  fields: RawHeaders,
): void {
  const kind = exchange.isOver ? 'none' : 'acknowledged';
  if (!exchange.isOver) exchange.send(answer, fields);
  metrics.answered(route.name, kind, (clock.monotonic() - endedAt) / 1000);
}

/** Answers at once or lets the caller wait for the bot, and starts the delivery. */
export function settleCaller(deps: SettleDeps, arrival: Arrival, taken: Taken): void {
  const beforehand = answerBeforehand(arrival);
  const fields = webhookFields(arrival.settings.fields, taken.webhook.id);
  if (beforehand === null) {
    const caller = new WaitingCaller(deps, arrival, { id: taken.webhook.id, fields });
    caller.wait();
    handOver(deps, taken, caller);
    return;
  }
  try {
    answerAtOnce(deps, arrival, beforehand, fields);
  } finally {
    handOver(deps, taken, null);
  }
}
