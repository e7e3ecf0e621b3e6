import { z } from '@hono/zod-openapi';

const counts = z.record(z.string(), z.number()).readonly();

/** How the server is doing, for `hookward status` and the console; counters in memory only. */
export const statusView = z
  .object({
    version: z.string(),
    startedAt: z.iso.datetime(),
    log: z.object({
      mode: z.string(),
      reason: z.string().openapi({ description: 'Why the mode is not `ok`; empty where it is.' }),
      counts: counts.openapi({ description: 'Webhooks by state.' }),
      pendingByRoute: counts,
      inFlight: z.number(),
      earliestDueAt: z.iso.datetime().nullable(),
      recordBytes: z.number(),
      diskBytes: z.number(),
      diskFreeBytes: z.number(),
      unreadableRecords: z.number(),
      sequenceGaps: z.number(),
    }),
    botHosts: z
      .array(
        z.object({
          name: z.string(),
          circuit: z.string(),
          active: z.number().openapi({ description: 'Attempts under way.' }),
          waiting: counts,
        }),
      )
      .readonly(),
  })
  .openapi('Status');

export type StatusView = z.infer<typeof statusView>;
