import { createRoute, z } from '@hono/zod-openapi';
import type { AdminParts } from '../parts.ts';
import {
  maskedJob,
  replayJobView,
  replayPreviewView,
  type ReplayJobView,
  type ReplaySelection,
} from '../replays/replays.ts';
import { sightOf, type Sight } from '../views.ts';
import {
  answers,
  askedBy,
  body,
  logFails,
  makes,
  problems,
  refusesBodies,
  refusesCallers,
  takes,
} from './endpoint.ts';
import { jobBody, previewBody, stopBody } from './queries.ts';
import { createRouter } from './router.ts';

const tags = ['replays'];
const path = '/api/replays';
const idParam = z.object({ id: z.string().max(64) });

const preview = createRoute({
  method: 'post',
  path: `${path}/preview`,
  operationId: 'previewReplay',
  tags,
  summary: 'How many webhooks a replay by a filter would meet',
  description: 'Changes nothing. Counts for two seconds at most; then `isExact` is false.',
  ...takes('support'),
  request: body(previewBody, { filter: { state: 'dead', route: 'pay' } }),
  responses: {
    ...answers(replayPreviewView, 'What there is'),
    ...problems(...refusesBodies, ...refusesCallers, ...logFails),
  },
});

const start = createRoute({
  method: 'post',
  path,
  operationId: 'startReplay',
  tags,
  summary: 'Begin to replay many webhooks',
  description: 'By a filter or by ids. Webhooks that arrive after it has begun are left out.',
  ...takes('support'),
  request: body(jobBody, {
    filter: { state: 'dead', route: 'pay' },
    reason: 'the bot host is back',
    ratePerSecond: 50,
  }),
  responses: {
    ...makes(replayJobView, 'The job, which has begun'),
    ...problems(...refusesBodies, ...refusesCallers, 'state-conflict', ...logFails),
  },
});

const list = createRoute({
  method: 'get',
  path,
  operationId: 'listReplays',
  tags,
  summary: 'Replays that run, and the last 50 that have ended; newest first',
  description: 'Of this run of the server: they end with it.',
  ...takes('viewer'),
  responses: {
    ...answers(z.object({ jobs: z.array(replayJobView) }), 'The jobs'),
    ...problems(...refusesCallers),
  },
});

const show = createRoute({
  method: 'get',
  path: `${path}/{id}`,
  operationId: 'showReplay',
  tags,
  summary: 'How far a replay is',
  ...takes('viewer'),
  request: { params: idParam },
  responses: { ...answers(replayJobView, 'The job'), ...problems(...refusesCallers, 'entry-not-found') },
});

const stop = createRoute({
  method: 'post',
  path: `${path}/{id}/stop`,
  operationId: 'stopReplay',
  tags,
  summary: 'Stop a replay',
  description:
    'After the batch that is under way (at most 100 webhooks). What was replayed stays so. A job that has ended before stays as it is.',
  ...takes('support'),
  request: { params: idParam, ...body(stopBody, { reason: 'the bot answers with errors' }) },
  responses: {
    ...answers(replayJobView, 'The job, which has ended'),
    ...problems(...refusesBodies, ...refusesCallers, 'entry-not-found'),
  },
});

const seen = (job: ReplayJobView, sight: Sight) => (sight === 'masked' ? maskedJob(job) : job);

function selectionOf({ filter, ids }: z.infer<typeof jobBody>): ReplaySelection {
  return ids === undefined ? { filter: { ...filter } } : { ids };
}

/** Replays of many webhooks: counted first, then begun, watched and stopped. */
export function replayRoutes({ replays }: AdminParts) {
  const router = createRouter();
  router.openapi(preview, async (context) =>
    context.json(await replays.preview(context.req.valid('json').filter), 200),
  );
  router.openapi(start, async (context) => {
    const order = context.req.valid('json');
    const { reason, ratePerSecond } = order;
    const job = await replays.start({ ...selectionOf(order), ...askedBy(context, reason), ratePerSecond });
    return context.json(job, 201, { location: `${path}/${job.id}` });
  });
  router.openapi(list, (context) =>
    context.json(
      { jobs: replays.list().map((job) => seen(job, sightOf(context.get('principal').role))) },
      200,
    ),
  );
  router.openapi(show, (context) =>
    context.json(
      seen(replays.get(context.req.valid('param').id), sightOf(context.get('principal').role)),
      200,
    ),
  );
  router.openapi(stop, async (context) => {
    const { reason } = context.req.valid('json');
    return context.json(await replays.stop(context.req.valid('param').id, askedBy(context, reason)), 200);
  });
  return router;
}
