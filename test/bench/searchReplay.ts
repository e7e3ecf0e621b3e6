// A replay of many webhooks out of a full log: previewed, started, watched, and stopped once it has come far enough.
import { waitFor } from '../support/waitFor.ts';
import { routes } from './searchLog.ts';

interface Job {
  readonly id: string;
  readonly state: string;
  readonly total: number | null;
  readonly replayed: number;
}

const reason = 'the bench';
const deadlineMs = 600_000;

/** What was seen, in lines, and whether the job did as it was told. */
export interface ReplayMeasured {
  readonly lines: readonly string[];
  readonly isGood: boolean;
}

async function call<T>(url: string, body?: unknown): Promise<T> {
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(url, { ...sent, headers: { 'content-type': 'application/json' } });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${String(response.status)} ${text.slice(0, 500)}`);
  return JSON.parse(text) as T;
}

const since = (startedAt: number) => performance.now() - startedAt;
const inSeconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;

/**
 * Replays what was delivered on the busiest route, and stops when `count` webhooks have been.
 *
 * @throws Error where the job does not get there within ten minutes.
 */
export async function measureReplay(adminUrl: string, count: number): Promise<ReplayMeasured> {
  const filter = { state: 'delivered', route: routes[0]?.name ?? '' };
  const begun = performance.now();
  const preview = await call<{ count: number; isExact: boolean }>(`${adminUrl}/api/replays/preview`, {
    filter,
  });
  const previewMs = since(begun);
  const started = performance.now();
  const { id } = await call<Job>(`${adminUrl}/api/replays`, { filter, reason });
  const look = () => call<Job>(`${adminUrl}/api/replays/${id}`);
  let looks = 0;
  const seen = async (far: (job: Job) => boolean) =>
    waitFor(
      'the job to get on',
      async () => {
        looks += 1;
        const job = await look();
        return far(job) || job.state === 'failed' ? job : null;
      },
      deadlineMs,
    );
  await seen(({ replayed }) => replayed > 0);
  const firstMs = since(started);
  const listed = performance.now();
  await call(`${adminUrl}/api/webhooks?limit=50`);
  const listMs = since(listed);
  const far = await seen(({ replayed }) => replayed >= count);
  const farMs = since(started);
  const stopping = performance.now();
  const stopped = await call<Job>(`${adminUrl}/api/replays/${id}/stop`, { reason });
  const stopMs = since(stopping);
  const after = await look();
  return {
    lines: [
      `replay: preview found ${preview.isExact ? '' : 'at least '}${String(preview.count)} in ${inSeconds(previewMs)}`,
      `replay: first progress after ${inSeconds(firstMs)}; the newest page came in ${listMs.toFixed(1)} ms meanwhile`,
      `replay: ${String(far.replayed)} of ${String(far.total)} after ${inSeconds(farMs)}, seen in ${String(looks)} looks`,
      `replay: stopped in ${inSeconds(stopMs)}, at ${String(stopped.replayed)}`,
    ],
    isGood:
      far.replayed >= count &&
      stopped.state === 'stopped' &&
      after.replayed === stopped.replayed &&
      stopped.replayed < (stopped.total ?? 0),
  };
}
