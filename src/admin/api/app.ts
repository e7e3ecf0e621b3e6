import type { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { HookwardError } from '../../core/errors.ts';
import { authenticate, type AdminEnv } from '../auth.ts';
import { consoleRoutes } from '../console/index.ts';
import type { AdminParts } from '../parts.ts';
import { accessRoutes } from './access.ts';
import { createRouter, problem } from './router.ts';
import { systemRoutes } from './system.ts';
import { webhookRoutes } from './webhooks.ts';

/** Largest body of an admin call: 500 ids of 36 characters and a reason fit many times over. */
const bodyBytesMax = 256 * 1024;

/** All that the admin listener serves: health and metrics, the admin API, the console. */
export function createAdminApi(parts: AdminParts): OpenAPIHono<AdminEnv> {
  const app = createRouter();
  app.use(async (context, next) => {
    await next();
    // Files of the console say so themselves: their addresses hold their hash.
    if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-store');
    context.header('x-content-type-options', 'nosniff');
  });
  app.use(
    bodyLimit({ maxSize: bodyBytesMax, onError: () => problem('usage-wrong', 'The body is too large.') }),
  );
  app.onError((error) => {
    if (error instanceof HookwardError) return problem(error.code, error.message);
    // What the library itself refuses: a body that is no JSON, above all.
    if (error instanceof HTTPException && error.status < 500) return problem('usage-wrong', error.message);
    parts.failed(error);
    return problem('internal-error', 'The server logged what went wrong.');
  });
  app.notFound(() => problem('entry-not-found', 'There is no such address in the admin API.'));

  app.get('/healthz', (context) => context.json({ status: 'alive' }));
  app.get('/readyz', (context) => {
    const { ready, reasons } = parts.readiness();
    return context.json({ status: ready ? 'ready' : 'not ready', reasons }, ready ? 200 : 503);
  });
  const known = authenticate(parts);
  app.use('/metrics', known);
  app.use('/api/*', known);
  app.route('/', systemRoutes(parts));
  app.route('/', webhookRoutes(parts));
  app.route('/', accessRoutes(parts));
  app.get('/', (context) => context.redirect('/console', 303));
  app.route('/console', consoleRoutes(parts));
  app.doc31('/api/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Hookward admin API', version: parts.version },
  });
  return app;
}
