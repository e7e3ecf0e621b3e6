import { HookwardError, refusalOf } from '../core/errors.ts';
import type { Webhook } from '../core/webhook.ts';
import type { WebhookAppender } from '../log/index.ts';
import type { IngressObserver } from './ports.ts';
import { Refusal } from './refusals.ts';
import type { IngressRoute } from './settings.ts';

/** What the log is asked for: one webhook, by the rules of its route. */
export function appendParams(
  webhook: Webhook,
  route: IngressRoute,
  at: { readonly leaseMs: number; readonly now: number },
): Parameters<WebhookAppender['append']>[0] {
  return {
    webhooks: [webhook],
    leaseMs: at.leaseMs,
    orderWaitMaxMs: route.orderWaitMaxMs,
    dedupeWindowMs: route.dedupe === null ? 0 : route.dedupe.windowMs,
    now: at.now,
  };
}

/** The refusal where the log did not do what it was asked for: whatever went wrong, the caller must come again. */
export function logRefusal(error: unknown, observer: Pick<IngressObserver, 'failed'>): Refusal {
  const code = refusalOf(error);
  if (code === null) {
    observer.failed(error);
    return Refusal.of('log-failing');
  }
  const retryAfterSeconds = error instanceof HookwardError ? error.retryAfterSeconds : null;
  return new Refusal(code, { retryAfterSeconds });
}
