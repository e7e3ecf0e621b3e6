import { createRoute, z } from '@hono/zod-openapi';
import type { AdminParts } from '../parts.ts';
import { routeView, senderView } from '../settingsViews.ts';
import { answers, problems, refusesCallers, takes } from './endpoint.ts';
import { createRouter } from './router.ts';

const tags = ['settings'];

const routes = createRoute({
  method: 'get',
  path: '/api/routes',
  operationId: 'listRoutes',
  tags,
  summary: 'Every route as it works',
  description: "What is configured, and what its sender's preset says where it is not.",
  ...takes('viewer'),
  responses: {
    ...answers(z.object({ routes: z.array(routeView).readonly() }), "In the configuration's order"),
    ...problems(...refusesCallers),
  },
});

const senders = createRoute({
  method: 'get',
  path: '/api/senders',
  operationId: 'listSenders',
  tags,
  summary: 'Every sender that there is a preset for',
  ...takes('viewer'),
  responses: {
    ...answers(z.object({ senders: z.array(senderView).readonly() }), 'By name'),
    ...problems(...refusesCallers),
  },
});

const config = createRoute({
  method: 'get',
  path: '/api/config',
  operationId: 'readConfig',
  tags,
  summary: 'The configuration in force',
  description: 'Every secret in it is `***`; of a token it shows name and role alone.',
  ...takes('viewer'),
  responses: {
    ...answers(z.looseObject({}).openapi('Configuration'), 'As in config/webhooks.config.schema.json'),
    ...problems(...refusesCallers),
  },
});

/** The configuration in force, as people see it. */
export function settingsRoutes(parts: AdminParts) {
  const router = createRouter();
  router.openapi(routes, (context) => context.json({ routes: parts.routes() }, 200));
  router.openapi(senders, (context) => context.json({ senders: parts.senders() }, 200));
  router.openapi(config, (context) => context.json({ ...parts.config() }, 200));
  return router;
}
