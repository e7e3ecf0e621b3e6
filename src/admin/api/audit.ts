import { createRoute, z } from '@hono/zod-openapi';
import type { AdminParts } from '../parts.ts';
import { answers, logFails, problems, refusesCallers, takes } from './endpoint.ts';
import { pageQuery } from './queries.ts';
import { createRouter } from './router.ts';

const auditEntryView = z
  .object({
    at: z.iso.datetime(),
    by: z.string(),
    action: z.string().openapi({ example: 'replay' }),
    subject: z.string().openapi({ description: 'What it was done to: an id, an address, a filter.' }),
    reason: z.string(),
  })
  .openapi('AuditEntry');

const list = createRoute({
  method: 'get',
  path: '/api/audit',
  operationId: 'listAudit',
  tags: ['audit'],
  summary: 'Who changed what, when and why; newest first',
  description: 'It only grows: nothing in the API changes or removes an entry.',
  ...takes('support'),
  request: { query: pageQuery },
  responses: {
    ...answers(
      z.object({ entries: z.array(auditEntryView), cursor: z.string().nullable() }),
      'A page of entries; a cursor leads to the next one',
    ),
    ...problems('usage-wrong', ...refusesCallers, ...logFails),
  },
});

/** The audit log. */
export function auditRoutes({ operations }: AdminParts) {
  const router = createRouter();
  router.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query');
    const page = await operations.audit({ limit, cursor: cursor ?? null });
    const entries = page.entries.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() }));
    return context.json({ entries, cursor: page.cursor }, 200);
  });
  return router;
}
