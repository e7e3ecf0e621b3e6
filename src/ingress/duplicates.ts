// What becomes of a copy: the log knows its event, and has not written it. What the copy asks for is made durable before
// its caller is answered, exactly as if the caller had brought something new.
import { relayKept } from '../core/answer.ts';
import type { Answered } from '../core/attempt.ts';
import type { RawHeaders } from '../core/headers.ts';
import type { WebhookId } from '../core/ids.ts';
import type { WebhookRecord } from '../log/index.ts';
import { logRefusal } from './append.ts';
import type { Arrival } from './arrival.ts';
import { WaitingCaller, type AwaitedWebhook } from './caller.ts';
import type { FixedAnswer } from './fixedAnswers.ts';
import { copyFields } from './ownFields.ts';
import type { DuplicateOutcome, IngressDeps } from './ports.ts';
import { Refusal } from './refusals.ts';
import { answerAtOnce, answerBeforehand } from './settle.ts';

type DuplicateDeps = Pick<IngressDeps, 'log' | 'sendAgain' | 'join' | 'clock' | 'metrics' | 'observer'>;

/**
 * How often the original is looked at. It changes under our eyes only where another copy, or a person, has just sent it
 * again: it is pending then, at the second look; a third is for a bot host that failed it in between.
 */
const looksMax = 3;

/** What was found of the original, and done about it. */
type Found = { readonly outcome: DuplicateOutcome; readonly record: WebhookRecord };

/** Looks at the original and sends it again where that is due. `hasHeard`: its outcome has been told meanwhile. */
async function look(
  { log, sendAgain }: DuplicateDeps,
  { route }: Arrival,
  id: WebhookId,
  hasHeard: () => boolean,
): Promise<Found | Refusal | 'original-gone'> {
  for (let looks = 0; looks < looksMax; looks += 1) {
    const record = await log.get({ id });
    if (record === null) return 'original-gone';
    const { state } = record.standing;
    if (state === 'pending' || hasHeard()) return { outcome: 'joined', record };
    if (state === 'cancelled') return { outcome: 'cancelled', record };
    if (state === 'delivered' && route.dedupe?.whenDelivered !== 'deliver')
      return { outcome: 'answered', record };
    if (await sendAgain(id)) return { outcome: 'restarted', record };
  }
  return Refusal.of('log-busy');
}

/** `look`, but never rejects. */
async function find(...facts: Parameters<typeof look>): ReturnType<typeof look> {
  try {
    return await look(...facts);
  } catch (error) {
    return logRefusal(error, facts[0].observer);
  }
}

/** The answer that made the webhook a delivered one. */
function keptAnswer({ events }: WebhookRecord): Answered | null {
  const event = events.findLast(({ type, then }) => type === 'attempted' && then.state === 'delivered');
  return event?.type === 'attempted' && event.attempt.outcome.kind === 'answered'
    ? event.attempt.outcome
    : null;
}

function answerCopy(caller: WaitingCaller, { outcome, record }: Found): void {
  switch (outcome) {
    case 'joined':
    case 'restarted':
      caller.wait();
      return;
    case 'cancelled':
      caller.giveUp('cancelled');
      return;
    case 'answered': {
      const answer = keptAnswer(record);
      if (answer === null) caller.giveUp('delivered');
      else relayKept(caller, answer);
    }
  }
}

/** A refusal bears the original's id too: it is what an operator looks for. */
function refused({ exchange }: Arrival, fields: RawHeaders, refusal: Refusal): Refusal {
  exchange.answerHeaders = [...fields, ...exchange.answerHeaders];
  return refusal;
}

/** How a copy may end without an answer of its own. */
type Unanswered = Refusal | 'original-gone' | null;

async function answerWithout(
  deps: DuplicateDeps,
  arrival: Arrival,
  { id, fields }: AwaitedWebhook,
  answer: FixedAnswer,
): Promise<Unanswered> {
  const found = await find(deps, arrival, id, () => false);
  if (found === 'original-gone') return found;
  if (found instanceof Refusal) return refused(arrival, fields, found);
  deps.metrics.duplicate(arrival.route.name, found.outcome);
  answerAtOnce(deps, arrival, answer, fields);
  return null;
}

async function holdCaller(
  deps: DuplicateDeps,
  arrival: Arrival,
  original: AwaitedWebhook,
): Promise<Unanswered> {
  const { exchange, route } = arrival;
  const caller = new WaitingCaller(deps, arrival, original);
  // Joined before it is looked at: an outcome that comes in between is heard, and one that came before is seen.
  exchange.onOver(deps.join(original.id, route.name, caller));
  const found = await find(deps, arrival, original.id, () => caller.hasHeard);
  if (found === 'original-gone' || found instanceof Refusal) {
    if (caller.hasHeard) return null;
    caller.withdraw();
    return found === 'original-gone' ? found : refused(arrival, original.fields, found);
  }
  deps.metrics.duplicate(route.name, found.outcome);
  answerCopy(caller, found);
  return null;
}

/**
 * Answers the caller of a copy: joins a pending original, gives a delivered one's answer once more, sends a dead one
 * again. Null: answered, or waiting. `original-gone`: retention has taken it, so that the call brings something new.
 */
export function followDuplicate(deps: DuplicateDeps, arrival: Arrival, id: WebhookId): Promise<Unanswered> {
  const original = { id, fields: copyFields(arrival.settings.fields, id) };
  const beforehand = answerBeforehand(arrival);
  return beforehand === null
    ? holdCaller(deps, arrival, original)
    : answerWithout(deps, arrival, original, beforehand);
}
