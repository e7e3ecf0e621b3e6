import { z } from 'zod';
import { rateLimit, whitelist } from './access.ts';
import { answer, cors, order, retry, routeBodyMax } from './delivery.ts';

const routeName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, {
  error: 'expected lower-case letters, digits and dashes, at most 63',
});

export const route = z.strictObject({
  name: routeName.meta({
    description: 'Stands in metrics, logs and the console. Keep it: the log knows routes by name.',
  }),
  path: z
    .string()
    .regex(/^\/(?:[^\s?#\\]*)$/, { error: 'expected a path such as /v1/bots/:bot/new-webhook or /hooks/*' })
    .meta({
      description:
        'Public path. `:name` stands for one segment (`:bot` names the bot), a closing `*` for all that follows. ' +
        'The most exact route wins.',
    }),
  botHost: z.string().min(1).default('main').meta({ description: 'Which of `botHosts` gets its webhooks.' }),
  answer: answer.prefault({}),
  retry: retry.prefault({}),
  bodyBytesMax: routeBodyMax.nullable().default(null).meta({ description: 'null: as in `limits`.' }),
  rateLimit: rateLimit
    .nullable()
    .default(null)
    .meta({ description: 'Limit of the route over all callers. null: none.' }),
  whitelist: whitelist.nullable().default(null).meta({
    description: 'A whitelist of this route alone, looked at after the general one. null: none.',
  }),
  link: z.enum(['none', 'hookward', 'bots-business', 'any']).default('none').meta({
    description:
      'Which token a link must carry. `none`: links are not checked. `any`: one of the two schemes.',
  }),
  cors: cors
    .nullable()
    .default(null)
    .meta({ description: 'Lets web pages of other origins call this route.' }),
  order: order
    .nullable()
    .default(null)
    .meta({ description: 'Webhooks of one key are delivered one after another.' }),
});

export const passThrough = z
  .strictObject({
    botHost: z.string().min(1).meta({ description: 'Where requests go that match no route.' }),
    webSockets: z.boolean().default(true).meta({ description: 'Pass WebSocket upgrades too.' }),
  })
  .nullable()
  .default(null)
  .meta({ description: 'Paths of no route: passed to a bot host, gated but not logged. null: 404.' });
