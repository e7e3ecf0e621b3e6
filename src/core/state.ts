import type { Attempt } from './attempt.ts';

/**
 * The states of a webhook.
 *
 * - `pending`: in flight, or due at a time. Hookward still owes its delivery.
 * - `delivered`: the bot host gave an answer that counts as success.
 * - `dead`: given up; needs a person.
 * - `cancelled`: a person called it off.
 */
export type WebhookState = 'pending' | 'delivered' | 'dead' | 'cancelled';

export const webhookStates: readonly WebhookState[] = ['pending', 'delivered', 'dead', 'cancelled'];

/** Why a webhook is dead: tries used up; a status that is not retried; too old. */
export type DeadReason = 'exhausted' | 'refused' | 'expired';

export const deadReasons: readonly DeadReason[] = ['exhausted', 'refused', 'expired'];

/** What kind of turn a delivery takes in the bot host's queue; live goes first, replays last. */
export type Lane = 'live' | 'retry' | 'replay';

/** Where a webhook stands after an event. */
export type Standing =
  | { readonly state: 'pending'; readonly dueAt: number; readonly lane: Lane }
  | { readonly state: 'delivered' }
  | { readonly state: 'dead'; readonly reason: DeadReason }
  | { readonly state: 'cancelled' };

/** Why a webhook was put off without a try. */
export type DeferReason = 'circuit-open' | 'lane-full' | 'behind-its-key' | 'shutdown' | 'no-bot-host';

/**
 * What happens to a webhook after its arrival. The log only ever adds events; the last one's `then` is the webhook's
 * standing. A webhook without events is pending and was due on arrival.
 */
export type WebhookEvent =
  | { readonly type: 'attempted'; readonly at: number; readonly attempt: Attempt; readonly then: Standing }
  | { readonly type: 'deferred'; readonly at: number; readonly why: DeferReason; readonly then: Standing }
  | {
      readonly type: 'replayed';
      readonly at: number;
      /** 1 for the first replay that a person asked for. */
      readonly replay: number;
      readonly by: string;
      readonly reason: string;
      readonly then: Standing;
    }
  | {
      readonly type: 'cancelled';
      readonly at: number;
      readonly by: string;
      readonly reason: string;
      readonly then: Standing;
    }
  | { readonly type: 'expired'; readonly at: number; readonly then: Standing };

export type WebhookEventType = WebhookEvent['type'];

/** The one table of transitions: from a state, by an event, to the states that the event may lead to. */
const transitions: Readonly<
  Record<WebhookState, Readonly<Partial<Record<WebhookEventType, readonly WebhookState[]>>>>
> = {
  pending: {
    attempted: ['delivered', 'dead', 'pending'],
    deferred: ['pending'],
    expired: ['dead'],
    cancelled: ['cancelled'],
  },
  delivered: { replayed: ['pending'] },
  dead: { replayed: ['pending'] },
  // A try that was under way when a person cancelled is still written down; it changes nothing.
  cancelled: { replayed: ['pending'], attempted: ['cancelled'] },
};

/** Whether `event` may happen to a webhook in state `from` and lead where it says. */
export function isTransitionAllowed(from: WebhookState, event: WebhookEvent): boolean {
  return transitions[from][event.type]?.includes(event.then.state) ?? false;
}
