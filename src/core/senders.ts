import type { RefusalCode } from './errors.ts';

/** The senders that there is a preset for, by the name that a route's `sender` bears. */
export const senderNames = [
  'telegram',
  'stripe',
  'github',
  'paypal',
  'coinbase-commerce',
  'nowpayments',
  'crypto-pay',
  'yookassa',
  'shopify',
  'slack',
  'discord',
  'twilio',
  'paddle',
  'liqpay',
  'cryptomus',
  'plisio',
  'coinpayments',
  'coinpayments-v3',
  'freekassa',
  'oxapay',
  'ccpayment',
  'cryptapi',
  'standard-webhooks',
  'hmac',
] as const;

export type SenderName = (typeof senderNames)[number];

/** Why a call cannot be taken for its sender's: also the code under which it is refused. */
export const senderProblems = [
  'signature-missing',
  'signature-malformed',
  'signature-wrong',
  'signature-stale',
  'sender-address-wrong',
  'sender-unverifiable',
] as const satisfies readonly RefusalCode[];

export type SenderProblem = (typeof senderProblems)[number];

/** What looking at a call told; `unchecked`: the route has nothing to check it with, and lets everything in. */
export type SenderVerdict = 'verified' | SenderProblem | 'unchecked';

/**
 * What was found out about a webhook's sender when it arrived. It is kept and never judged again: a replay must not fail
 * because a signature has grown old.
 */
export interface SenderFinding {
  readonly sender: SenderName;
  /** Anything but `verified` only where the route's `verify` is `report`. */
  readonly verdict: SenderVerdict;
}

/** Whether there is a preset of this name. */
export function isSenderName(name: string): name is SenderName {
  return (senderNames as readonly string[]).includes(name);
}
