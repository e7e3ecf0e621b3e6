// The streams of changes (server-sent events) that the console's pages and programs follow.
import type { Context } from 'hono';
import type { Clock } from '../../core/clock.ts';
import type { AdminEnv } from '../identity/auth.ts';
import type { ChangeFeed } from './changes.ts';
import { LiveStream } from './liveStream.ts';

/** What streams stand on. */
export interface LiveStreamsParts {
  readonly changes: ChangeFeed;
  readonly clock: Clock;
}

/** All streams that are open. */
export interface LiveStreams {
  /**
   * Answers with a stream of changes: ids, routes and states only.
   *
   * @throws HookwardError `too-many-connections`
   */
  open<E extends AdminEnv>(context: Context<E>): Response;
  /** Ends all, so that none holds up the end of the server. */
  close(): void;
}

const headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // nginx passes each event on at once.
  'x-accel-buffering': 'no',
  // The connection has served its turn when the stream ends.
  connection: 'close',
};

/** Makes streams of a feed; none is open yet. */
export function createLiveStreams({ changes, clock }: LiveStreamsParts): LiveStreams {
  const open = new Set<LiveStream>();
  return {
    open(context) {
      const { incoming } = context.env as AdminEnv['Bindings'];
      // Before the answer begins, so that too many listeners are refused with a status.
      const stream = new LiveStream(changes, {
        clock,
        cut: () => incoming?.socket.destroy(),
        ended: () => open.delete(stream),
      });
      open.add(stream);
      return context.body(stream.body, 200, headers);
    },
    close() {
      for (const stream of open) stream.end();
    },
  };
}
