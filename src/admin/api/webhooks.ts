import { createRoute, z } from '@hono/zod-openapi';
import type { AdminParts } from '../parts.ts';
import { eventView, recordView, sightOf, summaryView } from '../views.ts';
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
import { filterOf, listQuery, operateBody } from './queries.ts';
import { createRouter } from './router.ts';

const tags = ['webhooks'];
const path = '/api/webhooks';

const exampleId = '019ab3c4-5d6e-7f00-8000-000000000001';
const idParam = z.object({ id: z.string().max(64).openapi({ example: exampleId }) });

const list = createRoute({
  method: 'get',
  path,
  operationId: 'listWebhooks',
  tags,
  summary: 'A page of webhooks, newest first',
  description:
    'A call ends after some 150 ms with what it has found: a page can hold few, or none, and still have a cursor to go on ' +
    'with. Viewers see no query of a target and no event id, and cannot search by `event` or `text`.',
  ...takes('viewer'),
  request: { query: listQuery },
  responses: {
    ...answers(
      z.object({
        items: z.array(summaryView).readonly(),
        cursor: z.string().nullable().openapi({ description: 'For the next page; null: this is the last.' }),
      }),
      'The page',
    ),
    ...problems('usage-wrong', ...refusesCallers, ...logFails),
  },
});

const show = createRoute({
  method: 'get',
  path: `${path}/{id}`,
  operationId: 'showWebhook',
  tags,
  summary: "A webhook's whole story",
  description: 'Viewers see no bodies, no query, and no header that may hold a secret.',
  ...takes('viewer'),
  request: { params: idParam },
  responses: {
    ...answers(recordView, 'The webhook'),
    ...problems(...refusesCallers, 'webhook-not-found', ...logFails),
  },
});

const attempts = createRoute({
  method: 'get',
  path: `${path}/{id}/attempts`,
  operationId: 'listAttempts',
  tags,
  summary: 'Each attempt to deliver a webhook, and what came of it',
  description: 'Oldest first. Viewers see no bodies of answers.',
  ...takes('viewer'),
  request: { params: idParam },
  responses: {
    ...answers(z.object({ attempts: z.array(eventView) }), 'The attempts'),
    ...problems(...refusesCallers, 'webhook-not-found', ...logFails),
  },
});

const download = createRoute({
  method: 'get',
  path: `${path}/{id}/body`,
  operationId: 'downloadBody',
  tags,
  summary: 'The body of a webhook, byte for byte',
  description: 'Always as a file of bytes, whatever it claims to be.',
  ...takes('support'),
  request: { params: idParam },
  responses: {
    200: {
      description: 'The bytes',
      content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...problems(...refusesCallers, 'webhook-not-found', ...logFails),
  },
});

const results = z.object({
  results: z
    .array(z.object({ id: z.string(), result: z.enum(['done', 'not-found', 'conflict']) }))
    .readonly(),
});

const operated = {
  ...answers(results, 'One result per id, in the order asked'),
  ...problems(...refusesBodies, ...refusesCallers, ...logFails),
};

const replay = createRoute({
  method: 'post',
  path: `${path}/replay`,
  operationId: 'replayWebhooks',
  tags,
  summary: 'Deliver webhooks again',
  description: 'At once, and at most 500; for more, or at a pace, begin a replay job.',
  ...takes('support'),
  request: body(operateBody, { ids: [exampleId], reason: 'the customer asked' }),
  responses: operated,
});

const cancel = createRoute({
  method: 'post',
  path: `${path}/cancel`,
  operationId: 'cancelWebhooks',
  tags,
  summary: 'Call pending webhooks off',
  ...takes('admin'),
  request: body(operateBody, { ids: [exampleId], reason: 'sent by mistake' }),
  responses: operated,
});

/** Never as what it claims to be: a hostile page must not run under the admin's origin. */
const asBytes = (id: string) => ({
  'content-type': 'application/octet-stream',
  'content-disposition': `attachment; filename="${id}.bin"`,
  'content-security-policy': "sandbox; default-src 'none'",
  'x-content-type-options': 'nosniff',
});

/** Listing, showing, replaying and cancelling webhooks. */
export function webhookRoutes({ operations }: AdminParts) {
  const router = createRouter();

  router.openapi(list, async (context) => {
    const query = context.req.valid('query');
    const page = { filter: filterOf(query), limit: query.limit, cursor: query.cursor ?? null };
    return context.json(
      await operations.list({ ...page, sight: sightOf(context.get('principal').role) }),
      200,
    );
  });

  router.openapi(show, async (context) =>
    context.json(
      await operations.show(context.req.valid('param').id, sightOf(context.get('principal').role)),
      200,
    ),
  );

  router.openapi(attempts, async (context) => {
    const { events } = await operations.show(
      context.req.valid('param').id,
      sightOf(context.get('principal').role),
    );
    return context.json({ attempts: events.filter(({ type }) => type === 'attempted') }, 200);
  });

  router.openapi(download, async (context) => {
    const { id, request } = await operations.show(context.req.valid('param').id, 'whole');
    return context.body(new Uint8Array(Buffer.from(request.body ?? '', 'base64')), 200, asBytes(id));
  });

  for (const [route, what] of [
    [replay, 'replay'],
    [cancel, 'cancel'],
  ] as const) {
    router.openapi(route, async (context) => {
      const { ids, reason } = context.req.valid('json');
      return context.json({ results: await operations[what](ids, askedBy(context, reason)) }, 200);
    });
  }

  return router;
}
