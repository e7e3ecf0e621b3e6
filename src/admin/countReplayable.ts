// How many webhooks a replay would meet. The one place where they are counted.
import type { WebhookFilter, WebhookReader } from '../log/index.ts';
import { scanMax } from './operations.ts';

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
 * Counts the webhooks of a filter that can be replayed: all but pending ones. Looks at `lookMax` webhooks, or up to one
 * page more, and ends early where `isStopped` says so.
 */
export async function countReplayable(
  log: Pick<WebhookReader, 'list'>,
  filter: WebhookFilter,
  { lookMax, isStopped = () => false }: { readonly lookMax: number; readonly isStopped?: () => boolean },
): Promise<ReplayableCount> {
  const byRoute = new Map<string, number>();
  let [count, looked] = [0, 0];
  let [oldestAt, newestAt]: [number | null, number | null] = [null, null];
  let cursor: string | null = null;
  do {
    const page = await log.list({ filter, limit: pageMax, cursor, scanMax: Math.min(scanMax, lookMax) });
    for (const { standing, route, receivedAt } of page.items) {
      if (standing.state === 'pending') continue;
      count += 1;
      byRoute.set(route, (byRoute.get(route) ?? 0) + 1);
      oldestAt = Math.min(oldestAt ?? receivedAt, receivedAt);
      newestAt = Math.max(newestAt ?? receivedAt, receivedAt);
    }
    // A full page has looked at as many at least; one that is not full has ended at the bound of the scan.
    looked += page.items.length === pageMax ? pageMax : scanMax;
    cursor = page.cursor;
  } while (cursor !== null && looked < lookMax && !isStopped());
  return { count, isExact: cursor === null, oldestAt, newestAt, byRoute: Object.fromEntries(byRoute) };
}
