import { requireRole } from '../auth.ts';
import type { AdminParts } from '../parts.ts';
import { createRouter } from './router.ts';

/** What Prometheus scrapes, and how the server is doing. */
export function systemRoutes({ metricsPage, status }: AdminParts) {
  const router = createRouter();
  router.get('/metrics', requireRole('viewer'), async (context) => {
    const { contentType, body } = await metricsPage();
    return context.body(body, 200, { 'content-type': contentType });
  });
  router.get('/api/status', requireRole('viewer'), (context) => context.json(status()));
  return router;
}
