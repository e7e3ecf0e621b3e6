// From the whole request to the durable webhook: nothing is answered, and nobody is told, before the log has it.
import type { SenderFinding } from '../core/senders.ts';
import type { Webhook } from '../core/webhook.ts';
import type { Appended } from '../log/index.ts';
import { appendParams, logRefusal } from './append.ts';
import type { Arrival } from './arrival.ts';
import { captureWebhook } from './capture.ts';
import { followDuplicate } from './duplicates.ts';
import type { IngressDeps } from './ports.ts';
import type { Refusal } from './refusals.ts';
import { answerHandshake, checkSender } from './senderCheck.ts';
import type { SenderRule } from './settings.ts';
import { settleCaller } from './settle.ts';
import { traceArrival } from './trace.ts';

/** Null: the caller has been answered, or whoever has it now will answer. */
type Accepted = Promise<Refusal | null>;

async function accept(deps: IngressDeps, arrival: Arrival, webhook: Webhook): Accepted {
  const { route, settings } = arrival;
  const { log, clock, observer, metrics } = deps;
  let appended: Appended | undefined;
  try {
    const at = { leaseMs: settings.leaseMs, now: clock.now() };
    [appended] = await log.append(appendParams(webhook, route, at));
  } catch (error) {
    return logRefusal(error, observer);
  }
  if (appended === undefined) {
    return logRefusal(new Error('the log gave no result for an append'), observer);
  }
  if (appended.duplicateOf === null) {
    metrics.received(route.name, webhook.request.body.length);
    const trace = traceArrival(deps, arrival, { id: webhook.id, isCopy: false });
    settleCaller(deps, arrival, { webhook, lease: appended.lease, trace });
    return null;
  }
  const followed = await followDuplicate(deps, arrival, appended.duplicateOf);
  // Without a key it is nobody's copy: what could be its original is not there any more.
  if (followed === 'original-gone') return accept(deps, arrival, { ...webhook, dedupeKey: null });
  traceArrival(deps, arrival, { id: appended.duplicateOf, isCopy: true });
  return followed;
}

function acceptFrom(deps: IngressDeps, arrival: Arrival, sender: SenderFinding | null): Accepted {
  return accept(deps, arrival, captureWebhook(arrival, deps.ids.next(arrival.receivedAt), sender));
}

async function acceptChecked(deps: IngressDeps, rule: SenderRule, arrival: Arrival): Accepted {
  const checking = checkSender(deps, rule, arrival);
  const checked = checking instanceof Promise ? await checking : checking;
  if (!('finding' in checked)) return checked;
  const { finding, handshake } = checked;
  return handshake === null ? acceptFrom(deps, arrival, finding) : answerHandshake(deps, arrival, handshake);
}

/** Checks the sender, where the route names one, writes the webhook durably and sees to its answer; or the refusal. */
export function acceptArrival(deps: IngressDeps, arrival: Arrival): Accepted {
  const { sender } = arrival.route;
  return sender === null ? acceptFrom(deps, arrival, null) : acceptChecked(deps, sender, arrival);
}
