// The caller of one accepted webhook, as delivery sees it. Owns the budget, who of several answers is the first, and what
// is answered where the bot's own answer does not come, or would not do.
import type { AnswerHead, AnswerWriter, Caller, NoAnswer } from '../core/answer.ts';
import type { Timer } from '../core/clock.ts';
import type { RawHeaders } from '../core/headers.ts';
import type { WebhookId } from '../core/ids.ts';
import type { Arrival } from './arrival.ts';
import { stateAnswer, type FixedAnswer } from './fixedAnswers.ts';
import type { AnswerKind, IngressDeps } from './ports.ts';
import { Refusal } from './refusals.ts';
import { beginRelaying } from './relayedAnswer.ts';

/** What the caller waits for. */
export interface AwaitedWebhook {
  readonly id: WebhookId;
  /** Our own fields in the answer. */
  readonly fields: RawHeaders;
}

/** As what an answer counts that is none of the bot's. */
const kinds: Readonly<Record<NoAnswer, AnswerKind>> = {
  queued: 'queued',
  dead: 'unreachable',
  cancelled: 'unreachable',
  delivered: 'acknowledged',
};

/** A caller that is held for the bot's answer, within its route's budget. */
export class WaitingCaller implements Caller {
  readonly #deps: Pick<IngressDeps, 'clock' | 'metrics'>;
  readonly #arrival: Arrival;
  readonly #awaited: AwaitedWebhook;
  #budget: Timer | null = null;
  #isWaiting = false;
  /** `queued` was said before it was known whether that is true. */
  #isQueued = false;
  #answered: AnswerKind | 'otherwise' | null = null;

  constructor(deps: Pick<IngressDeps, 'clock' | 'metrics'>, arrival: Arrival, awaited: AwaitedWebhook) {
    this.#deps = deps;
    this.#arrival = arrival;
    this.#awaited = awaited;
    arrival.exchange.onOver(() => this.#hangUp());
  }

  /** A final word has come, and the caller has been answered by it. */
  get hasHeard(): boolean {
    return this.#answered !== null && this.#answered !== 'none';
  }

  /**
   * Begins to wait: the webhook is certain to be pending. Before this a final answer is taken, but nobody is told that
   * it is queued.
   */
  wait(): void {
    if (this.#answered !== null) return;
    this.#isWaiting = true;
    if (this.#isQueued) {
      this.giveUp('queued');
      return;
    }
    const { exchange, route, waiting } = this.#arrival;
    const { clock } = this.#deps;
    waiting.add(this);
    const left = exchange.startedAt + route.waitMs - clock.monotonic();
    this.#budget = clock.after(Math.max(0, left), () => this.giveUp('queued'));
  }

  /** Leaves the caller to be answered by somebody else. */
  withdraw(): void {
    this.#answered ??= 'otherwise';
  }

  relay(head: AnswerHead): AnswerWriter | null {
    if (this.#answered !== null) return null;
    // A final answer below 200 does not exist; writing one would leave the caller waiting for another.
    if (head.status < 200 || head.status > 999) {
      this.giveUp('dead');
      return null;
    }
    this.#answer('bot');
    const { exchange, route } = this.#arrival;
    const { fields } = this.#awaited;
    if (head.status < 400 && route.acknowledges?.(head.status) === true) {
      exchange.send(route.ack, fields);
      return null;
    }
    const own = [...fields, ...exchange.answerHeaders];
    return beginRelaying(this.#arrival, head, { own, clock: this.#deps.clock });
  }

  giveUp(why: NoAnswer): void {
    if (this.#answered !== null) return;
    if (why === 'queued' && !this.#isWaiting) {
      this.#isQueued = true;
      return;
    }
    this.#answer(kinds[why]);
    const { exchange } = this.#arrival;
    exchange.answerHeaders = [...this.#awaited.fields, ...exchange.answerHeaders];
    const answer = this.#answerWithout(why);
    if (answer instanceof Refusal) exchange.refuse(answer);
    else exchange.send(answer);
  }

  /** Of a webhook that was given up or called off it would be untrue that it will be delivered later. */
  #answerWithout(why: NoAnswer): FixedAnswer | Refusal {
    const { whenQueued, whenDelivered } = this.#arrival.route;
    const { id } = this.#awaited;
    switch (why) {
      case 'dead':
      case 'cancelled':
        return Refusal.of('bot-host-unreachable');
      case 'delivered':
        return whenDelivered ?? stateAnswer(id, 'delivered');
      case 'queued':
        if (whenQueued === 'unavailable') return Refusal.of('queued-unavailable');
        return whenQueued === 'accept' ? stateAnswer(id, 'pending') : whenQueued;
    }
  }

  #answer(kind: AnswerKind): void {
    this.#answered = kind;
    this.#budget?.cancel();
    const { clock, metrics } = this.#deps;
    const { route, endedAt, waiting } = this.#arrival;
    waiting.delete(this);
    metrics.answered(route.name, kind, (clock.monotonic() - endedAt) / 1000);
  }

  #hangUp(): void {
    if (this.#answered === null) this.#answer('none');
  }
}
