// The append: nothing is answered, and nobody is told, before it has resolved.
import { HookwardError, refusalOf } from '../core/errors.ts';
import type { Webhook } from '../core/webhook.ts';
import type { Appended } from '../log/index.ts';
import type { IngressDeps } from './ports.ts';
import { Refusal } from './refusals.ts';
import type { IngressRoute } from './settings.ts';

/** The refusal for an append that failed: whatever went wrong, the caller must come again. */
function refusalFor(error: unknown, observer: IngressDeps['observer']): Refusal {
  const code = refusalOf(error);
  if (code === null) {
    observer.failed(error);
    return Refusal.of('log-failing');
  }
  const retryAfterSeconds = error instanceof HookwardError ? error.retryAfterSeconds : null;
  return new Refusal(code, { retryAfterSeconds });
}

/** Writes the webhook durably, or gives the refusal. Never rejects. */
export async function appendWebhook(
  { log, clock, observer }: Pick<IngressDeps, 'log' | 'clock' | 'observer'>,
  webhook: Webhook,
  { leaseMs, route }: { readonly leaseMs: number; readonly route: IngressRoute },
): Promise<Appended | Refusal> {
  try {
    const appended = await log.append({
      webhooks: [webhook],
      leaseMs,
      orderWaitMaxMs: route.orderWaitMaxMs,
      now: clock.now(),
    });
    return appended[0] ?? refusalFor(new Error('the log gave no result for an append'), observer);
  } catch (error) {
    return refusalFor(error, observer);
  }
}
