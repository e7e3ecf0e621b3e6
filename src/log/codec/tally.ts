import type { Progress } from '../../core/progress.ts';
import { advance } from '../../core/progress.ts';
import type { WebhookEvent, WebhookState } from '../../core/state.ts';
import type { Tally } from './event.ts';

/** The sum before any event. */
export function freshTally(receivedAt: number): Tally {
  // Spelt out, not spread from `freshProgress`: every webhook passes here, and a spread costs a microsecond.
  return {
    attempts: 0,
    tries: 0,
    replay: 0,
    budgetFrom: receivedAt,
    since: 0,
    lastStatus: null,
    lastFailure: null,
  };
}

/** The sum after event number `eventNo`, which was met in state `from`. */
export function addToTally(tally: Tally, from: WebhookState, event: WebhookEvent, eventNo: number): Tally {
  const { attempts, tries, replay, budgetFrom } = advance(tally, event);
  const since = event.then.state === from ? tally.since : eventNo;
  let { lastStatus, lastFailure } = tally;
  if (event.type === 'attempted') {
    const { outcome } = event.attempt;
    if (outcome.kind === 'answered') lastStatus = outcome.status;
    lastFailure = outcome.kind === 'answered' ? null : outcome.cause;
  }
  return { attempts, tries, replay, budgetFrom, since, lastStatus, lastFailure };
}

/** The part of the sum that consumers see. */
export function progressOf({ attempts, tries, replay, budgetFrom }: Tally): Progress {
  return { attempts, tries, replay, budgetFrom };
}

/** Stands for a sum that has not been read. */
export const emptyTally: Tally = Object.freeze(freshTally(0));
