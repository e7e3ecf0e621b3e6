import { z } from 'zod';
import { rateLimit, whitelist } from './access.ts';
import { answer } from './answer.ts';
import { bodyBytes, cors, order, retry } from './delivery.ts';
import { dedupe, forwardTo, secrets, sender, senderSettings, verify } from './senders.ts';

const routeName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, {
  error: 'expected 1 to 63 lower-case letters, digits and dashes',
});

export const route = z.strictObject({
  name: routeName.meta({
    description:
      'Stands in metrics, in the log and in `hookward list`. Keep it: the log knows routes by name.',
    example: 'payments',
  }),
  path: z
    .string()
    .regex(/^\/(?:[!"$->@-[\]-~]*)$/, {
      error:
        'expected a path such as /v1/bots/:bot/new-webhook or /hooks/*, without spaces, ?, # or letters beyond ASCII',
    })
    .meta({
      description:
        'The public path. `:name` stands for one segment (`:bot` names the bot), a closing `*` for all that follows. ' +
        'The most exact route wins, wherever it stands in the list.',
      example: '/hooks/payments/*',
    }),
  botHost: z.string().min(1).default('main').meta({ description: 'Which of `botHosts` gets the webhooks.' }),
  sender,
  secrets,
  verify,
  senderSettings,
  answer: answer.prefault({}).meta({ description: 'What the caller gets, and how long it is held.' }),
  dedupe,
  forwardTo,
  retry: retry.prefault({}).meta({ description: 'When and how often a failed delivery is tried again.' }),
  bodyBytesMax: bodyBytes().nullable().default(null).meta({
    description: 'The largest body; larger ones get 413. null: as in `limits`.',
    example: '256KiB',
  }),
  rateLimit: rateLimit.nullable().default(null).meta({
    description: 'Limit of the route over all its callers; beyond it they get 429. null: no limit.',
  }),
  whitelist: whitelist
    .nullable()
    .default(null)
    .meta({
      description:
        'A whitelist of this route alone, looked at after the general one. A plain list of addresses is enforced. null: none.',
      example: ['sender:telegram'],
    }),
  link: z
    .enum(['none', 'hookward', 'bots-business', 'any'])
    .default('none')
    .meta({
      description:
        'Which token a link must carry; calls without a right one get 403. `none`: tokens are not looked at. `hookward`: made ' +
        "with `links.keys`. `bots-business`: the platform's own, checked with `links.botTokens`. `any`: one of these two.",
    }),
  cors: cors.nullable().default(null).meta({
    description: 'Lets web pages of other origins call this route. null: browsers refuse them the answer.',
  }),
  order: order.nullable().default(null).meta({
    description: 'Webhooks of one key are delivered one after another. null: in no order.',
  }),
});

export const passThrough = z
  .strictObject({
    botHost: z
      .string()
      .min(1)
      .meta({ description: 'Which of `botHosts` gets the requests.', example: 'main' }),
    webSockets: z.boolean().default(true).meta({ description: 'WebSocket upgrades are passed through too.' }),
  })
  .nullable()
  .default(null)
  .meta({
    description:
      'Requests that match no route go to a bot host as they are: limits, bans and the whitelist hold, but nothing is ' +
      'logged or retried. null: they get 404.',
  });
