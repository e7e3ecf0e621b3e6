// How many webhooks a replay would meet. The one place where they are counted.
import type { WebhookFilter, WebhookReader } from '../../log/index.ts';
import { scanMax } from '../operations.ts';

/** So many summaries are read at a time. */
const pageMax = 500;

/** What counting has found. Times in milliseconds since the epoch. */
export interface ReplayableCount {
  readonly count: number;
  /** False: counting ended early, and there are at least `count`. */
  readonly isExact: boolean;
  readonly oldestAt: number | null;
  readonly newestAt: number | null;
  readonly byRoute: Readonly<Record<string, number>>;
}

/**
 * Counts the webhooks of a filter that can be replayed: all but pending ones. Ends early where `isStopped` says so, which
 * is asked after each page of 500.
 */
export async function countReplayable(
  log: Pick<WebhookReader, 'list'>,
  filter: WebhookFilter,
  isStopped: () => boolean,
): Promise<ReplayableCount> {
  const byRoute = new Map<string, number>();
  let count = 0;
  let [oldestAt, newestAt]: [number | null, number | null] = [null, null];
  let cursor: string | null = null;
  do {
    const page = await log.list({ filter, limit: pageMax, cursor, scanMax });
    for (const { standing, route, receivedAt } of page.items) {
      if (standing.state === 'pending') continue;
      count += 1;
      byRoute.set(route, (byRoute.get(route) ?? 0) + 1);
      oldestAt = Math.min(oldestAt ?? receivedAt, receivedAt);
      newestAt = Math.max(newestAt ?? receivedAt, receivedAt);
    }
    cursor = page.cursor;
  } while (cursor !== null && !isStopped());
  return { count, isExact: cursor === null, oldestAt, newestAt, byRoute: Object.fromEntries(byRoute) };
}
