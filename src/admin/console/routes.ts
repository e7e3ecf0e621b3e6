import { Hono } from 'hono';
import { trimTrailingSlash } from 'hono/trailing-slash';
import { authenticate } from '../identity/auth.ts';
import { readAssets } from './assets.ts';
import type { ConsoleEnv, ConsoleParts } from './environment.ts';
import { loginRoutes } from './login.tsx';
import { accessRoutes } from './pages/access.tsx';
import { auditRoutes } from './pages/audit.tsx';
import { linkRoutes } from './pages/links.tsx';
import { replayRoutes } from './pages/replays.tsx';
import { senderRoutes } from './pages/senders.tsx';
import { systemRoutes } from './pages/system.tsx';
import { eventRoutes } from './pages/events.ts';
import { overviewRoutes } from './pages/overview.tsx';
import { webhookRoutes } from './pages/webhook.tsx';
import { webhooksRoutes } from './pages/webhooks.tsx';
import { base } from './paths.ts';
import { strictHeaders } from './policy.ts';
import { problemHandler, problemPage } from './problems.tsx';
import { staticRoutes } from './static.ts';

const allPages = [
  overviewRoutes,
  eventRoutes,
  webhooksRoutes,
  webhookRoutes,
  replayRoutes,
  accessRoutes,
  linkRoutes,
  senderRoutes,
  auditRoutes,
  systemRoutes,
];

/**
 * The console, to be mounted at `/console`. It finds out itself who calls: pages send whoever has not logged in to the
 * login.
 */
export function consoleRoutes(parts: ConsoleParts): Hono<ConsoleEnv> {
  const assets = readAssets();
  const assetBase = `${base}/static/${assets.version}`;
  const app = new Hono<ConsoleEnv>();
  app.use(strictHeaders);
  app.use(trimTrailingSlash());
  app.use(async (context, next) => {
    context.set('frame', { version: parts.version, assetBase, hasLogin: parts.tokens().length > 0 });
    await next();
  });
  app.onError(problemHandler(parts));
  app.route('/', staticRoutes(assets));
  app.route('/', loginRoutes(parts));
  app.use(authenticate(parts));
  for (const pages of allPages) app.route('/', pages(parts));
  app.all('*', (context) =>
    problemPage(context, {
      title: 'There is no such page',
      message: 'The console has no page at this address.',
      status: 404,
    }),
  );
  return app;
}
