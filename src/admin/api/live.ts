import { createRoute, z } from '@hono/zod-openapi';
import { historySample } from '../live/history.ts';
import type { AdminParts } from '../parts.ts';
import { answers, problems, refusesCallers, takes } from './endpoint.ts';
import { createRouter } from './router.ts';

const tags = ['live'];

const events = createRoute({
  method: 'get',
  path: '/api/events',
  operationId: 'followChanges',
  tags,
  summary: 'New and changed webhooks, as they happen',
  description:
    'Server-sent events named `changes`, at most two a second. Each is JSON: `changes` with id, route, state and what ' +
    'happened (the latest of each webhook), and `more`, how many more webhooks changed. A comment every 20 s says that ' +
    'the server is there. A stream ends after 15 minutes: open it anew.',
  ...takes('viewer'),
  responses: {
    200: {
      description: 'The stream',
      content: {
        'text/event-stream': {
          schema: z.string(),
          example:
            'event: changes\ndata: {"changes":[{"id":"019ab3c4-5d6e-7f00-8000-000000000001","route":"pay","state":"delivered","what":"attempted"}],"more":0}\n\n',
        },
      },
    },
    ...problems(...refusesCallers, 'too-many-connections'),
  },
});

const history = createRoute({
  method: 'get',
  path: '/api/history',
  operationId: 'readHistory',
  tags,
  summary: 'The last hour in numbers',
  description: 'One sample every 10 s, oldest first, at most 360; in memory only.',
  ...takes('viewer'),
  responses: {
    ...answers(z.object({ samples: z.array(historySample).readonly() }), 'The samples'),
    ...problems(...refusesCallers),
  },
});

/** What happens now, and what has happened in the last hour. */
export function liveRoutes(parts: AdminParts) {
  const router = createRouter();
  router.openapi(events, (context) => parts.live.open(context));
  router.openapi(history, (context) => context.json({ samples: parts.history.samples() }, 200));
  return router;
}
