// What follows the append: who answers the caller, and the hand-over to delivery.
import type { Caller } from '../core/answer.ts';
import type { Webhook } from '../core/webhook.ts';
import type { Lease } from '../log/index.ts';
import { WaitingCaller } from './caller.ts';
import type { Exchange } from './exchange.ts';
import { redirectAnswer, type FixedAnswer } from './fixedAnswers.ts';
import type { IngressDeps } from './ports.ts';
import type { IngressRoute } from './settings.ts';

/** A webhook that is durable, and whose it is. */
export interface Accepted {
  readonly exchange: Exchange;
  readonly webhook: Webhook;
  readonly lease: Lease | null;
  readonly route: IngressRoute;
  readonly idHeader: string;
  readonly redirectTo: string | null;
  /** Monotonic milliseconds at which the request had arrived. */
  readonly requestEndedAt: number;
  /** Where callers are listed while they wait. */
  readonly waiting: Set<Caller>;
}

type AcceptedDeps = Pick<IngressDeps, 'clock' | 'metrics' | 'observer' | 'deliver'>;

/** Delivery must never make an answer fail: the webhook is durable, its lease will run out, and it will be found again. */
function handOver(deps: AcceptedDeps, { webhook, lease }: Accepted, caller: Caller | null): void {
  try {
    deps.deliver(webhook, lease, caller);
  } catch (error) {
    deps.observer.failed(error);
    caller?.giveUp('queued');
  }
}

function answerAtOnce(deps: AcceptedDeps, accepted: Accepted, answer: FixedAnswer): void {
  const { exchange, webhook, route, idHeader, requestEndedAt } = accepted;
  const kind = exchange.isOver ? 'none' : 'acknowledged';
  if (!exchange.isOver) exchange.send(answer, [idHeader, webhook.id]);
  deps.metrics.answered(route.name, kind, (deps.clock.monotonic() - requestEndedAt) / 1000);
}

/** Answers at once (mode `ack`, or a link's redirect) or lets the caller wait for the bot, and starts the delivery. */
export function settleCaller(deps: AcceptedDeps, accepted: Accepted): void {
  const { exchange, webhook, route, idHeader, redirectTo, requestEndedAt, waiting } = accepted;
  const atOnce = (redirectTo === null ? null : redirectAnswer(redirectTo)) ?? route.ack;
  if (atOnce !== null) {
    try {
      answerAtOnce(deps, accepted, atOnce);
    } finally {
      handOver(deps, accepted, null);
    }
    return;
  }
  const { clock, metrics } = deps;
  const { id } = webhook;
  const caller = new WaitingCaller({
    exchange,
    id,
    idHeader,
    route,
    requestEndedAt,
    clock,
    metrics,
    waiting,
  });
  handOver(deps, accepted, caller);
}
