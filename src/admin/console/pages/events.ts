import { Hono } from 'hono';
import type { ConsoleEnv, ConsoleParts } from '../environment.ts';

/** The stream of changes that live pages follow: ids, routes and states only. */
export function eventRoutes({ live }: ConsoleParts): Hono<ConsoleEnv> {
  return new Hono<ConsoleEnv>().get('/events', (context) => live.open(context));
}
