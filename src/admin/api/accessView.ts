import { z } from '@hono/zod-openapi';
import type { AccessEntry } from '../../log/index.ts';

/** An access entry as JSON: times in ISO 8601. */
export const accessEntryView = z
  .object({
    kind: z.enum(['whitelist', 'ban']),
    address: z.string(),
    reason: z.string(),
    by: z.string(),
    createdAt: z.iso.datetime(),
    until: z.iso.datetime().nullable().openapi({ description: 'Null: until it is lifted.' }),
    strikes: z
      .number()
      .openapi({ description: 'Bans of the same address in a row; 0 where a person made it.' }),
  })
  .openapi('AccessEntry');

export type AccessEntryView = z.infer<typeof accessEntryView>;

/** Turns an entry of the log into what the API shows. */
export function viewAccessEntry(entry: AccessEntry): AccessEntryView {
  return {
    ...entry,
    createdAt: new Date(entry.createdAt).toISOString(),
    until: entry.until === null ? null : new Date(entry.until).toISOString(),
  };
}
