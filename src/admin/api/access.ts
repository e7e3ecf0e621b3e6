import { createRoute, z } from '@hono/zod-openapi';
import { requireRole } from '../auth.ts';
import type { AdminParts } from '../parts.ts';
import { createRouter } from './router.ts';
import { accessBody, accessRemoval, linkBody, pageQuery } from './queries.ts';
import { viewAccessEntry } from './accessView.ts';

const entryView = z
  .object({
    kind: z.enum(['whitelist', 'ban']),
    address: z.string(),
    reason: z.string(),
    by: z.string(),
    createdAt: z.iso.datetime(),
    until: z.iso.datetime().nullable(),
    strikes: z.number(),
  })
  .openapi('AccessEntry');

const body = <T extends z.ZodType>(schema: T) => ({
  required: true,
  content: { 'application/json': { schema } },
});

const answers = <T extends z.ZodType>(schema: T, description: string) => ({
  200: { description, content: { 'application/json': { schema } } },
});

const listAccess = createRoute({
  method: 'get',
  path: '/api/access',
  summary: 'Whitelist and bans that were added at run time or automatically',
  middleware: requireRole('viewer'),
  responses: answers(z.object({ entries: z.array(entryView) }), 'All entries'),
});

const putAccess = createRoute({
  method: 'put',
  path: '/api/access',
  summary: 'Add or replace a whitelist entry or a ban',
  middleware: requireRole('admin'),
  request: { body: body(accessBody) },
  responses: answers(entryView, 'The entry as it is in force now'),
});

const removeAccess = createRoute({
  method: 'delete',
  path: '/api/access',
  summary: 'Remove a whitelist entry or lift a ban',
  middleware: requireRole('admin'),
  request: { body: body(accessRemoval) },
  responses: answers(z.object({ stillCoveredBy: entryView.nullable() }), 'It is gone'),
});

const makeLink = createRoute({
  method: 'post',
  path: '/api/links',
  summary: 'Make a webhook URL',
  middleware: requireRole('admin'),
  request: { body: body(linkBody) },
  responses: answers(z.object({ url: z.string() }), 'The URL'),
});

const listAudit = createRoute({
  method: 'get',
  path: '/api/audit',
  summary: 'Who changed what, when and why; newest first',
  middleware: requireRole('support'),
  request: { query: pageQuery },
  responses: answers(
    z.object({
      entries: z.array(
        z.object({
          at: z.iso.datetime(),
          by: z.string(),
          action: z.string(),
          subject: z.string(),
          reason: z.string(),
        }),
      ),
      cursor: z.string().nullable(),
    }),
    'A page of entries',
  ),
});

/** Access lists, links and the audit log. */
export function accessRoutes({ operations, makeLink: urlFor }: AdminParts) {
  const router = createRouter();
  router.openapi(listAccess, async (context) =>
    context.json({ entries: (await operations.listAccess()).map(viewAccessEntry) }, 200),
  );
  router.openapi(putAccess, async (context) => {
    const { kind, address, reason, until } = context.req.valid('json');
    const entry = { kind, address, until: until === null ? null : Date.parse(until) };
    const put = await operations.putAccess(entry, { by: context.get('principal').name, reason });
    return context.json(viewAccessEntry(put), 200);
  });
  router.openapi(removeAccess, async (context) => {
    const { kind, address, reason } = context.req.valid('json');
    const asked = { by: context.get('principal').name, reason };
    const { stillCoveredBy } = await operations.removeAccess({ kind, address }, asked);
    return context.json(
      { stillCoveredBy: stillCoveredBy === null ? null : viewAccessEntry(stillCoveredBy) },
      200,
    );
  });
  router.openapi(makeLink, (context) => context.json(urlFor(context.req.valid('json')), 200));
  router.openapi(listAudit, async (context) => {
    const { limit, cursor } = context.req.valid('query');
    const page = await operations.audit({ limit, cursor: cursor ?? null });
    const entries = page.entries.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() }));
    return context.json({ entries, cursor: page.cursor }, 200);
  });
  return router;
}
