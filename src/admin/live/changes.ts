import type { WebhookId } from '../../core/ids.ts';
import type { WebhookState } from '../../core/state.ts';

/** A webhook that is new or has changed, for live pages. Holds nothing that a caller or a bot sent. */
export interface WebhookChange {
  readonly id: WebhookId;
  readonly route: string;
  /** Where it stands now. */
  readonly state: WebhookState;
  readonly what: 'received' | 'attempted' | 'deferred' | 'expired' | 'replayed' | 'cancelled';
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What has happened to webhooks, as it happens. */
export interface ChangeFeed {
  /**
   * Calls `listener` for each change until the returned function is called (harmless when called twice). Nothing is
   * kept for who subscribes later; a listener that throws is dropped, and never hinders what it was told of.
   *
   * @throws HookwardError `state-conflict` when too many listen already.
   */
  subscribe(listener: (change: WebhookChange) => void): () => void;
}
