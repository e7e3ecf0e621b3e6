import { createRoute, z } from '@hono/zod-openapi';
import type { AdminParts } from '../parts.ts';
import { limitHitView } from '../settingsViews.ts';
import { accessEntryView, viewAccessEntry } from './accessView.ts';
import {
  answers,
  askedBy,
  body,
  logFails,
  problems,
  refusesBodies,
  refusesCallers,
  takes,
} from './endpoint.ts';
import { accessBody, accessRemoval } from './queries.ts';
import { createRouter } from './router.ts';

const tags = ['access'];
const path = '/api/access';

const list = createRoute({
  method: 'get',
  path,
  operationId: 'listAccess',
  tags,
  summary: 'Whitelist and bans that were added at run time or automatically',
  ...takes('viewer'),
  responses: {
    ...answers(z.object({ entries: z.array(accessEntryView) }), 'All entries'),
    ...problems(...refusesCallers),
  },
});

const put = createRoute({
  method: 'put',
  path,
  operationId: 'putAccess',
  tags,
  summary: 'Add or replace a whitelist entry or a ban',
  ...takes('admin'),
  request: body(accessBody, { kind: 'ban', address: '192.0.2.0/24', reason: 'floods', until: null }),
  responses: {
    ...answers(accessEntryView, 'The entry as it is in force now'),
    ...problems(...refusesBodies, ...refusesCallers, ...logFails),
  },
});

const remove = createRoute({
  method: 'delete',
  path,
  operationId: 'removeAccess',
  tags,
  summary: 'Remove a whitelist entry or lift a ban',
  ...takes('admin'),
  request: body(accessRemoval, { kind: 'ban', address: '192.0.2.0/24', reason: 'they have stopped' }),
  responses: {
    ...answers(
      z.object({
        stillCoveredBy: accessEntryView.nullable().openapi({
          description: 'An entry that covers the address all the same, e.g. a wider block.',
        }),
      }),
      'It is gone',
    ),
    ...problems(...refusesBodies, ...refusesCallers, 'entry-not-found', ...logFails),
  },
});

const limits = createRoute({
  method: 'get',
  path: '/api/limits',
  operationId: 'listLimitHits',
  tags,
  summary: 'Who ran into a rate limit lately, the latest first',
  description: 'Since the server began; at most 200.',
  ...takes('viewer'),
  responses: {
    ...answers(z.object({ hits: z.array(limitHitView).readonly() }), 'Addresses and routes'),
    ...problems(...refusesCallers),
  },
});

/** Who may call and who may not, and who has been refused for calling too often. */
export function accessRoutes({ operations, limits: limitHits }: AdminParts) {
  const router = createRouter();
  router.openapi(list, async (context) =>
    context.json({ entries: (await operations.listAccess()).map(viewAccessEntry) }, 200),
  );
  router.openapi(put, async (context) => {
    const { kind, address, reason, until } = context.req.valid('json');
    const entry = { kind, address, until: until === null ? null : Date.parse(until) };
    return context.json(viewAccessEntry(await operations.putAccess(entry, askedBy(context, reason))), 200);
  });
  router.openapi(remove, async (context) => {
    const { kind, address, reason } = context.req.valid('json');
    const removed = await operations.removeAccess({ kind, address }, askedBy(context, reason));
    const { stillCoveredBy } = removed;
    return context.json(
      { stillCoveredBy: stillCoveredBy === null ? null : viewAccessEntry(stillCoveredBy) },
      200,
    );
  });
  router.openapi(limits, (context) => context.json({ hits: limitHits() }, 200));
  return router;
}
