import { createRoute, z } from '@hono/zod-openapi';
import type { AdminParts } from '../parts.ts';
import { statusView } from '../statusView.ts';
import { answers, problems, refusesCallers, takes, takesAnybody } from './endpoint.ts';
import { createRouter } from './router.ts';

const tags = ['health'];

const readiness = z.object({
  status: z.enum(['ready', 'not ready']),
  reasons: z.array(z.string()).readonly(),
});

const alive = createRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'isAlive',
  tags,
  summary: 'Whether the process answers',
  ...takesAnybody,
  responses: answers(z.object({ status: z.literal('alive') }), 'It does'),
});

const ready = createRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'isReady',
  tags,
  summary: 'Whether webhooks are taken now',
  description: 'For load balancers: a server that starts, stops or cannot write its log is not ready.',
  ...takesAnybody,
  responses: {
    ...answers(readiness, 'They are'),
    503: { description: 'They are not, and why', content: { 'application/json': { schema: readiness } } },
  },
});

const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'readMetrics',
  tags,
  summary: 'What Prometheus scrapes',
  ...takes('viewer'),
  responses: {
    200: { description: 'All series', content: { 'text/plain': { schema: z.string() } } },
    ...problems(...refusesCallers),
  },
});

const status = createRoute({
  method: 'get',
  path: '/api/status',
  operationId: 'readStatus',
  tags,
  summary: 'How the server, its log and its bot hosts are doing',
  description: 'Counters in memory: reading them costs nothing.',
  ...takes('viewer'),
  responses: { ...answers(statusView, 'As of now'), ...problems(...refusesCallers) },
});

/** Whether the server is alive and ready, what Prometheus scrapes, and how all is doing. */
export function healthRoutes(parts: AdminParts) {
  const router = createRouter();
  router.openapi(alive, (context) => context.json({ status: 'alive' as const }, 200));
  router.openapi(ready, (context) => {
    const { ready: isReady, reasons } = parts.readiness();
    return isReady
      ? context.json({ status: 'ready' as const, reasons }, 200)
      : context.json({ status: 'not ready' as const, reasons }, 503);
  });
  router.openapi(metrics, async (context) => {
    const { contentType, body } = await parts.metricsPage();
    return context.text(body, 200, { 'content-type': contentType });
  });
  router.openapi(status, (context) => context.json(parts.status(), 200));
  return router;
}
