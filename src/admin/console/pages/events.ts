import { Hono } from 'hono';
import type { ConsoleEnv, ConsoleParts } from '../environment.ts';

/** The stream of changes that live pages follow: ids, routes and states only. */
export function eventRoutes({ live }: ConsoleParts): Hono<ConsoleEnv> {
  const router = new Hono<ConsoleEnv>();
  router.get('/events', (context) => live.open(context));
  return router;
}
