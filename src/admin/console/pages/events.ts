import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { WebhookChange } from '../../changes.ts';
import type { ConsoleEnv, ConsoleParts } from '../environment.ts';

/** Changes of one such while go out together: a page of people needs no more, and a storm costs no more. */
const gatherMs = 500;

/** Changes told one by one in each while; beyond them only how many more there were. */
const toldMax = 200;

/** After so many whiles without a change a comment tells both sides that the other is there: 20 s. */
const quietMax = 40;

/** A stream ends after so many whiles, and the browser comes again: whether its login still stands is asked anew. 15 min. */
const lifeMax = 1_800;

/** What has changed since it was last taken: the latest of each webhook. */
class Gathered {
  readonly #latest = new Map<string, WebhookChange>();
  #more = 0;

  add(change: WebhookChange): void {
    const before = this.#latest.get(change.id);
    if (before === undefined && this.#latest.size >= toldMax) this.#more += 1;
    // That it is new must not be lost behind what came of it at once.
    else this.#latest.set(change.id, before?.what === 'received' ? { ...change, what: 'received' } : change);
  }

  /** The changes as JSON; null: there are none. */
  take(): string | null {
    if (this.#latest.size === 0) return null;
    const changes = [...this.#latest.values()].map(({ id, route, state, what }) => ({
      id,
      route,
      state,
      what,
    }));
    const text = JSON.stringify({ changes, more: this.#more });
    this.#latest.clear();
    this.#more = 0;
    return text;
  }
}

/** The stream of changes that live pages follow: ids, routes and states only. */
export function eventRoutes({ changes }: ConsoleParts): Hono<ConsoleEnv> {
  const router = new Hono<ConsoleEnv>();
  router.get('/events', (context) => {
    const gathered = new Gathered();
    // Before the answer begins, so that too many listeners are refused with a status.
    const leave = changes.subscribe((change) => gathered.add(change));
    context.header('x-accel-buffering', 'no');
    return streamSSE(context, async (stream) => {
      stream.onAbort(leave);
      try {
        let quiet = 0;
        for (let whiles = 0; whiles < lifeMax && !stream.aborted; whiles += 1) {
          const data = gathered.take();
          quiet = data === null ? quiet + 1 : 0;
          if (data !== null) await stream.writeSSE({ event: 'changes', data });
          else if (quiet % quietMax === 1) await stream.write(': here\n\n');
          await stream.sleep(gatherMs);
        }
      } finally {
        leave();
      }
    });
  });
  return router;
}
