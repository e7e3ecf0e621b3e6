import { createRoute, z } from '@hono/zod-openapi';
import { requireRole } from '../auth.ts';
import type { AdminParts } from '../parts.ts';
import { recordView, summaryView } from '../views.ts';
import { createRouter } from './router.ts';
import { filterOf, listQuery, operateBody } from './queries.ts';

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  200: { description, content: { 'application/json': { schema } } },
});

const idParam = z.object({ id: z.string().max(64) });

const list = createRoute({
  method: 'get',
  path: '/api/webhooks',
  summary: 'A page of webhooks, newest first',
  middleware: requireRole('viewer'),
  request: { query: listQuery },
  responses: json(z.object({ items: z.array(summaryView), cursor: z.string().nullable() }), 'The page'),
});

const show = createRoute({
  method: 'get',
  path: '/api/webhooks/{id}',
  summary: "A webhook's whole story",
  middleware: requireRole('viewer'),
  request: { params: idParam },
  responses: json(recordView, 'The webhook'),
});

const results = z.object({
  results: z.array(z.object({ id: z.string(), result: z.enum(['done', 'not-found', 'conflict']) })),
});

const replay = createRoute({
  method: 'post',
  path: '/api/webhooks/replay',
  summary: 'Deliver webhooks again',
  middleware: requireRole('support'),
  request: { body: { required: true, content: { 'application/json': { schema: operateBody } } } },
  responses: json(results, 'One result per id'),
});

const cancel = createRoute({
  method: 'post',
  path: '/api/webhooks/cancel',
  summary: 'Call pending webhooks off',
  middleware: requireRole('admin'),
  request: { body: { required: true, content: { 'application/json': { schema: operateBody } } } },
  responses: json(results, 'One result per id'),
});

/** Listing, showing, replaying and cancelling webhooks. */
export function webhookRoutes({ operations }: AdminParts) {
  const router = createRouter();
  const sightOf = (role: string) => (role === 'viewer' ? 'masked' : 'whole');

  router.openapi(list, async (context) => {
    const query = context.req.valid('query');
    const { items, cursor } = await operations.list({
      filter: filterOf(query),
      limit: query.limit,
      cursor: query.cursor ?? null,
      sight: sightOf(context.get('principal').role),
    });
    return context.json({ items: [...items], cursor }, 200);
  });

  router.openapi(show, async (context) => {
    const { id } = context.req.valid('param');
    return context.json(await operations.show(id, sightOf(context.get('principal').role)), 200);
  });

  router.get('/api/webhooks/:id/body', requireRole('support'), async (context) => {
    const record = await operations.show(context.req.param('id'), 'whole');
    // Never as what it claims to be: a hostile page must not run under the admin's origin.
    return context.body(Buffer.from(record.request.body ?? '', 'base64'), 200, {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${record.id}.bin"`,
    });
  });

  router.openapi(replay, async (context) => {
    const { ids, reason } = context.req.valid('json');
    return context.json(
      { results: [...(await operations.replay(ids, { by: context.get('principal').name, reason }))] },
      200,
    );
  });

  router.openapi(cancel, async (context) => {
    const { ids, reason } = context.req.valid('json');
    return context.json(
      { results: [...(await operations.cancel(ids, { by: context.get('principal').name, reason }))] },
      200,
    );
  });

  return router;
}
