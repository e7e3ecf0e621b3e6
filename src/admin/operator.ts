import { isWebhookId, type WebhookId } from '../core/ids.ts';
import type { OperatorResult, WebhookOperator } from '../log/index.ts';

/** Who asks for a change, and why; both stand in the audit log. */
export interface Asked {
  readonly by: string;
  readonly reason: string;
}

/** What is done to webhooks here. */
export type Operated = 'replayed' | 'cancelled';

/** One result per id, in the order asked. */
export interface OperatedView {
  readonly id: string;
  readonly result: OperatorResult;
}

/** What an operator works on. */
export interface OperatorParts {
  readonly log: WebhookOperator;
  readonly now: () => number;
  /** Called after webhooks have become due, so that delivery looks at once. */
  readonly wake: () => void;
  /** Called with the count of webhooks that were replayed or cancelled, for metrics. */
  readonly counted: (what: Operated, count: number) => void;
  /** Called with the webhooks that were replayed or cancelled, for live pages. Never throws. */
  readonly changed: (what: Operated, ids: readonly WebhookId[]) => void;
}

/** Changes webhooks, and tells whoever must know. Whoever calls it writes the audit log. */
export interface Operator {
  operate(
    action: 'replay' | 'cancel',
    ids: readonly string[],
    asked: Asked,
  ): Promise<readonly OperatedView[]>;
}

/** Makes an operator on a log. */
export function createOperator({ log, now, wake, counted, changed }: OperatorParts): Operator {
  return {
    async operate(action, ids, asked) {
      // What is no id at all is of no webhook.
      const known = ids.filter((id): id is WebhookId => isWebhookId(id));
      const results = await log[action]({ ids: known, ...asked, now: now() });
      const done = known.filter((_, index) => results[index] === 'done');
      if (done.length > 0) {
        const what = action === 'replay' ? 'replayed' : 'cancelled';
        counted(what, done.length);
        changed(what, done);
        wake();
      }
      const byId = new Map<string, OperatorResult>();
      known.forEach((id, index) => byId.set(id, results[index] ?? 'not-found'));
      return ids.map((id): OperatedView => ({ id, result: byId.get(id) ?? 'not-found' }));
    },
  };
}
