import { z } from '@hono/zod-openapi';
import type { Asked } from '../operator.ts';

/** `counting`: finding out how many there are. The last three are ends. */
export const replayJobStates = ['counting', 'running', 'done', 'stopped', 'failed'] as const;
export type ReplayJobState = (typeof replayJobStates)[number];

/** Which webhooks a job replays: by a filter, as text fields like those of `GET /api/webhooks`; or by their ids. */
export type ReplaySelection =
  | { readonly filter: Readonly<Record<string, string>>; readonly ids?: undefined }
  | { readonly ids: readonly string[]; readonly filter?: undefined };

const asked = z.object({ by: z.string(), reason: z.string() });

/** A replay job as it stands now. */
export const replayJobView = z
  .object({
    id: z.string(),
    by: z.string(),
    reason: z.string(),
    filter: z.record(z.string(), z.string()).readonly().nullable().openapi({
      description: 'Fields of `GET /api/webhooks`; null: its webhooks were chosen by id.',
    }),
    state: z.enum(replayJobStates).openapi({
      description: '`counting`: finding out how many there are. `done`, `stopped` and `failed` are ends.',
    }),
    total: z.number().nullable().openapi({ description: 'How many there are; null: not counted yet.' }),
    replayed: z.number(),
    conflicts: z.number().openapi({
      description: 'Webhooks whose state did not allow it, e.g. pending ones.',
    }),
    missing: z.number().openapi({ description: 'Webhooks that were gone: retention had removed them.' }),
    ratePerSecond: z.number().nullable().openapi({ description: 'Null: as fast as the log takes them.' }),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    stopped: asked.nullable().openapi({ description: 'Who stopped it and why; null: nobody did.' }),
    failure: z.string().nullable().openapi({ description: 'Why it failed; null: it did not.' }),
  })
  .openapi('ReplayJob');

export type ReplayJobView = Readonly<z.infer<typeof replayJobView>>;

/** What a replay by a filter would meet. */
export const replayPreviewView = z
  .object({
    count: z.number(),
    isExact: z.boolean().openapi({
      description: 'False: counting ended at its bound, and there are at least `count`.',
    }),
    oldest: z.iso.datetime().nullable().openapi({ description: 'Null: there are none.' }),
    newest: z.iso.datetime().nullable(),
    byRoute: z.record(z.string(), z.number()).readonly(),
  })
  .openapi('ReplayPreview');

export type ReplayPreview = Readonly<z.infer<typeof replayPreviewView>>;

/** Fields of a filter by which a reader could find out, word by word, what bodies hold. */
const bodyFields: ReadonlySet<string> = new Set(['text', 'event']);

/** A job as a viewer may see it: without what somebody has looked for in bodies. */
export function maskedJob(job: ReplayJobView): ReplayJobView {
  if (job.filter === null) return job;
  const filter = Object.entries(job.filter).map(([name, value]) => [
    name,
    bodyFields.has(name) ? '***' : value,
  ]);
  return { ...job, filter: Object.fromEntries(filter) as Record<string, string> };
}

/** Replays of many webhooks at a pace, each of which can be watched and stopped. Of this process, in memory only. */
export interface ReplayJobs {
  /** @throws HookwardError `usage-wrong` for a filter that is none. */
  preview(filter: Readonly<Record<string, string>>): Promise<ReplayPreview>;
  /**
   * Begins a job; resolves once its beginning is in the audit log. Webhooks that arrive after it has begun are left out.
   *
   * @throws HookwardError `usage-wrong`, `state-conflict` (too many run already), and the log's.
   */
  start(order: ReplaySelection & Asked & { readonly ratePerSecond: number | null }): Promise<ReplayJobView>;
  /** Newest first: those that run, and the last 50 that have ended. */
  list(): readonly ReplayJobView[];
  /** @throws HookwardError `entry-not-found`. */
  get(id: string): ReplayJobView;
  /**
   * Ends a job after the batch that is under way (at most 100 webhooks); resolves when it has ended, and the audit log
   * says so. A log that fails holds up no stop: that it could not be audited then stands in the process log. A job that
   * has ended before stays as it is.
   *
   * @throws HookwardError `entry-not-found`
   */
  stop(id: string, asked: Asked): Promise<ReplayJobView>;
}
