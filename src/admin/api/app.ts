import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { HookwardError } from '../../core/errors.ts';
import { authenticate, type AdminEnv } from '../identity/auth.ts';
import { consoleRoutes } from '../console/index.ts';
import type { AdminParts } from '../parts.ts';
import { accessRoutes } from './access.ts';
import { auditRoutes } from './audit.ts';
import { openApiDocument, registerShared } from './document.ts';
import { answers, problems, refusesCallers, takes } from './endpoint.ts';
import { healthRoutes } from './health.ts';
import { linkRoutes } from './links.ts';
import { liveRoutes } from './live.ts';
import { replayRoutes } from './replays.ts';
import { createRouter, problem } from './router.ts';
import { settingsRoutes } from './settings.ts';
import { webhookRoutes } from './webhooks.ts';

/** Largest body of an admin call: 5,000 ids of 36 characters and a reason. */
const bodyBytesMax = 256 * 1024;

const resources = [
  healthRoutes,
  webhookRoutes,
  replayRoutes,
  accessRoutes,
  linkRoutes,
  settingsRoutes,
  auditRoutes,
  liveRoutes,
];

const document = createRoute({
  method: 'get',
  path: '/api/openapi.json',
  operationId: 'readDocument',
  tags: ['health'],
  summary: 'This document',
  ...takes('viewer'),
  responses: { ...answers(z.looseObject({}), 'OpenAPI 3.1'), ...problems(...refusesCallers) },
});

/** Turns whatever a handler throws into a problem. */
function problemOf(error: Error, failed: AdminParts['failed']): Response {
  if (error instanceof HookwardError) return problem(error.code, error.message, error.retryAfterSeconds);
  // What the library itself refuses: a body that is no JSON, above all.
  if (error instanceof HTTPException && error.status < 500) return problem('usage-wrong', error.message);
  failed(error);
  return problem('internal-error', 'The server logged what went wrong.');
}

/** All that the admin listener serves: health and metrics, the admin API, the console. */
export function createAdminApi(parts: AdminParts): OpenAPIHono<AdminEnv> {
  const app = createRouter();
  app.use(async (context, next) => {
    await next();
    // Files of the console say so themselves: their addresses hold their hash.
    if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-store');
    context.header('x-content-type-options', 'nosniff');
  });
  const tooLarge = `A body here has ${String(bodyBytesMax)} bytes at most.`;
  app.use(bodyLimit({ maxSize: bodyBytesMax, onError: () => problem('body-too-large', tooLarge) }));
  app.onError((error) => problemOf(error, parts.failed));
  app.notFound(() =>
    problem('entry-not-found', 'The admin API has no such address, or it does not take this method.'),
  );

  const known = authenticate(parts);
  app.use('/metrics', known);
  app.use('/api/*', known);
  for (const routes of resources) app.route('/', routes(parts));
  registerShared(app);
  app.openapi(document, (context) => {
    const made: object = openApiDocument(app, parts.version);
    return context.json({ ...made }, 200);
  });
  app.get('/', (context) => context.redirect('/console', 303));
  app.route('/console', consoleRoutes(parts));
  return app;
}
