import { z } from '@hono/zod-openapi';

/** One point of the overview's charts: counts within the interval that ends at `at`, and readings at its end. */
export const historySample = z.object({
  at: z.number().openapi({ description: 'The end of the interval, in milliseconds since the epoch.' }),
  received: z.number(),
  delivered: z.number(),
  dead: z.number(),
  refused: z.number().openapi({ description: 'Calls that were refused, for any reason.' }),
  duplicates: z
    .number()
    .openapi({ description: 'Copies of webhooks, which are not among the received ones.' }),
  retries: z.number(),
  pending: z.number().openapi({ description: 'At the end of the interval.' }),
  pastDueSeconds: z.number().openapi({
    description:
      'By how many seconds the earliest due webhook was late at the end of the interval; 0: none was.',
  }),
  waitP95Seconds: z.number().nullable().openapi({
    description: 'What 95 of 100 callers waited at most, within 15 %; null: nobody was answered.',
  }),
});

export type HistorySample = Readonly<z.infer<typeof historySample>>;

/** The last hour, in memory only: a restart begins anew. */
export interface History {
  /** Oldest first; one every 10 s, at most 360 of them. */
  samples(): readonly HistorySample[];
}
