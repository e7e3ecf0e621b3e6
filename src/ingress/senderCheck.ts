// Who sent it: the sender's own check of a call that has arrived whole, made once, and what a question of the sender's
// about this address is answered with.
import type { FixedReply } from '../core/fixedReply.ts';
import { publicUrlOf } from '../core/publicUrl.ts';
import type { SenderFinding, SenderVerdict } from '../core/senders.ts';
import type { SenderCall, Verified } from '../senders/index.ts';
import type { Arrival } from './arrival.ts';
import { fixedAnswer } from './fixedAnswers.ts';
import type { IngressDeps } from './ports.ts';
import { Refusal } from './refusals.ts';
import type { SenderRule } from './settings.ts';

/** A call that may go on. */
export interface CheckedSender {
  readonly finding: SenderFinding;
  /** The answer to a call that is no event; null: it is one. */
  readonly handshake: FixedReply | null;
}

type SenderDeps = Pick<IngressDeps, 'metrics' | 'observer'>;

function callOf({ request, settings, receivedAt }: Arrival): SenderCall {
  const { method, target, headers, body, ip } = request;
  return { method, target, headers, body, ip, receivedAt, url: publicUrlOf(settings.publicUrl, request) };
}

/** By its contract a check never throws. Should one do so, nobody knows who called: that is never taken for verified. */
function verify({ observer }: SenderDeps, { sender }: SenderRule, call: SenderCall) {
  const failed = (error: unknown): Verified => {
    observer.failed(error);
    return 'sender-unverifiable';
  };
  try {
    const verified = sender.verify(call);
    return verified instanceof Promise ? verified.catch(failed) : verified;
  } catch (error) {
    return failed(error);
  }
}

/**
 * Checks a call against its route's sender: what was found out, or the refusal. Waits only where the check does. A
 * route that only reports lets everything go on, with what was found.
 */
export function checkSender(
  deps: SenderDeps,
  rule: SenderRule,
  arrival: Arrival,
): CheckedSender | Refusal | Promise<CheckedSender | Refusal> {
  const { preset } = rule.sender;
  const found = (verdict: SenderVerdict, handshake: FixedReply | null = null): CheckedSender => ({
    finding: { sender: preset.name, verdict },
    handshake,
  });
  if (!rule.isChecked) return found('unchecked');
  const call = callOf(arrival);
  const judge = (verified: Verified): CheckedSender | Refusal => {
    if (verified === 'verified') return found(verified, preset.handshake?.(call) ?? null);
    deps.metrics.unverified(arrival.route.name, verified);
    return rule.verify === 'enforce' ? Refusal.of(verified) : found(verified);
  };
  const verified = verify(deps, rule, call);
  return verified instanceof Promise ? verified.then(judge) : judge(verified);
}

/** Answers a handshake. Nothing is logged, and nobody behind hears of it. Null: answered. */
export function answerHandshake(
  { metrics }: SenderDeps,
  { exchange, route }: Arrival,
  reply: FixedReply,
): null {
  if (exchange.isOver) return null;
  metrics.handshake(route.name);
  exchange.send(fixedAnswer(reply));
  return null;
}
