import { createRoute, z } from '@hono/zod-openapi';
import type { AdminParts } from '../parts.ts';
import { linkCheckView } from '../settingsViews.ts';
import {
  answers,
  askedBy,
  body,
  logFails,
  problems,
  refusesBodies,
  refusesCallers,
  takes,
} from './endpoint.ts';
import { linkOrder, linkToCheck } from './queries.ts';
import { createRouter } from './router.ts';

const tags = ['links'];

const make = createRoute({
  method: 'post',
  path: '/api/links',
  operationId: 'makeLink',
  tags,
  summary: 'Make a webhook URL',
  description: 'The audit log keeps its route, bot, command and link id; never its token.',
  ...takes('admin'),
  request: body(linkOrder, {
    route: 'bots',
    scheme: 'hookward',
    bot: '7',
    command: '/onPaid',
    reason: 'for the new shop',
  }),
  responses: {
    ...answers(z.object({ url: z.string() }), 'The URL'),
    ...problems(...refusesBodies, ...refusesCallers, 'entry-not-found', ...logFails),
  },
});

const check = createRoute({
  method: 'post',
  path: '/api/links/check',
  operationId: 'checkLink',
  tags,
  summary: 'What a webhook URL says, and whether it would be taken now',
  description: 'Nobody is called.',
  ...takes('support'),
  request: body(linkToCheck, { url: '/v1/bots/7/new-webhook?command=%2FonPaid' }),
  responses: {
    ...answers(linkCheckView, 'What it says'),
    ...problems(...refusesBodies, ...refusesCallers),
  },
});

/** Making webhook URLs, and telling what one says. */
export function linkRoutes({ makeLink, checkLink }: AdminParts) {
  const router = createRouter();
  router.openapi(make, async (context) => {
    const { reason, ...link } = context.req.valid('json');
    const { url } = await makeLink(link, askedBy(context, reason));
    return context.json({ url }, 200);
  });
  router.openapi(check, (context) => context.json(checkLink(context.req.valid('json').url), 200));
  return router;
}
