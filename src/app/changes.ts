// What happens to webhooks, told to those who listen. Without listeners it costs a look at an empty set.
import type { ChangeFeed, WebhookChange } from '../admin/index.ts';
import { HookwardError } from '../core/errors.ts';
import type { WebhookId } from '../core/ids.ts';
import type { WebhookReader } from '../log/index.ts';

/** Open pages and programs on the event stream; each costs a call per change. */
const listenersMax = 32;

/** So many of the webhooks that one call has changed are looked up to be told; pages show no more of them at once. */
const lookedUpMax = 100;

/** Where changes come together. */
export interface ChangeTeller extends ChangeFeed {
  /** Never throws. */
  tell(change: WebhookChange): void;
  /** Tells of webhooks of which only the ids are known; looks them up, but only where somebody listens. */
  tellOf(what: 'replayed' | 'cancelled', ids: readonly WebhookId[]): Promise<void>;
}

/** Makes a feed that nobody listens to yet. */
export function createChanges(log: Pick<WebhookReader, 'get'>, now: () => number): ChangeTeller {
  const listeners = new Set<(change: WebhookChange) => void>();

  const tell = (change: WebhookChange) => {
    for (const listener of listeners) {
      try {
        listener(change);
      } catch {
        listeners.delete(listener);
      }
    }
  };

  async function tellOne(what: 'replayed' | 'cancelled', id: WebhookId): Promise<void> {
    const record = await log.get({ id });
    if (record === null) return;
    tell({ id, route: record.webhook.route, state: record.standing.state, what, at: now() });
  }

  return {
    tell,
    async tellOf(what, ids) {
      for (const id of ids.slice(0, lookedUpMax)) {
        if (listeners.size === 0) return;
        // A webhook that cannot be read now is none to show.
        await tellOne(what, id).catch(() => undefined);
      }
    },
    subscribe(listener) {
      if (listeners.size >= listenersMax) {
        throw new HookwardError('too-many-connections', {
          message: `${String(listenersMax)} pages and programs follow the changes already.`,
        });
      }
      // One of its own for each call, so that a function that subscribes twice is told twice.
      const own = (change: WebhookChange) => listener(change);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}
