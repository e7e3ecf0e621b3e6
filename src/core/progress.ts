import type { WebhookEvent } from './state.ts';

/** How far a webhook's delivery has come; derived from its events, never stored beside them. */
export interface Progress {
  /** Tries so far, over all replays. */
  readonly attempts: number;
  /** Tries since arrival or since the last replay: what the retry budget counts. */
  readonly tries: number;
  /** 0, or the number of the last replay. */
  readonly replay: number;
  /** When the current retry budget began: arrival, or the last replay. Milliseconds since the epoch. */
  readonly budgetFrom: number;
}

/** A webhook that has just arrived. */
export function freshProgress(receivedAt: number): Progress {
  return { attempts: 0, tries: 0, replay: 0, budgetFrom: receivedAt };
}

/** The progress after one more event. A replay starts a fresh budget; a shutdown's interruption costs no try. */
export function advance(progress: Progress, event: WebhookEvent): Progress {
  switch (event.type) {
    case 'attempted': {
      const { outcome } = event.attempt;
      const interrupted = outcome.kind === 'failed' && outcome.cause === 'interrupted';
      return { ...progress, attempts: progress.attempts + 1, tries: progress.tries + (interrupted ? 0 : 1) };
    }
    case 'replayed':
      return { ...progress, tries: 0, replay: event.replay, budgetFrom: event.at };
    case 'deferred':
    case 'cancelled':
    case 'expired':
      return progress;
  }
}
