// The configuration in force, as people see it. Nothing here is a secret, or tells one. Times in milliseconds.
import { z } from '@hono/zod-openapi';

const names = z.array(z.string()).readonly();

/** A route as it works: what is configured, and what its sender's preset says where it is not. */
export const routeView = z
  .object({
    name: z.string(),
    path: z.string(),
    botHost: z.string(),
    sender: z.string().nullable(),
    verify: z.enum(['enforce', 'report']).nullable().openapi({
      description: "What becomes of calls that fail the sender's check; null: the route names no sender.",
    }),
    secrets: z.number().openapi({ description: 'How many secrets there are to check calls with.' }),
    answer: z.object({
      mode: z.enum(['wait', 'ack']),
      for: z.number(),
      whenQueued: z
        .enum(['accept', 'unavailable', 'acknowledge', 'fixed'])
        .openapi({ description: "`fixed`: a reply of the configuration's own." }),
    }),
    dedupe: z
      .object({ key: names, window: z.number(), whenDelivered: z.enum(['answer', 'deliver']) })
      .nullable()
      .openapi({ description: 'How copies are known; null: they are not looked for.' }),
    hasSecretTarget: z
      .boolean()
      .openapi({ description: 'The bot host is called at a path of its own, which is secret.' }),
    link: z.enum(['none', 'hookward', 'bots-business', 'any']),
    rateLimit: z.object({ requests: z.number(), per: z.number(), burst: z.number() }).nullable(),
    whitelist: z.object({ mode: z.string(), addresses: names }).nullable(),
  })
  .openapi('Route');

export type RouteView = z.infer<typeof routeView>;

/** What is known of a sender. */
export const senderView = z
  .object({
    name: z.string(),
    title: z.string(),
    signature: z.string().openapi({ description: 'How it signs, in a line.' }),
    secret: z.string().nullable().openapi({
      description: "What stands in a route's `secrets`, in words; null: nothing.",
    }),
    answer: z.object({
      mode: z.enum(['wait', 'ack']),
      waits: z.number().nullable(),
      acknowledgement: z
        .object({ status: z.number(), contentType: z.string(), body: z.string() })
        .nullable()
        .openapi({ description: 'What it takes for success; null: our sources do not say.' }),
    }),
    retries: z.object({ on: z.string(), schedule: z.string().nullable() }),
    eventId: names.nullable().openapi({
      description: "Where the event's id stands, as in `dedupe.key`; null: not known.",
    }),
    addresses: z.object({ count: z.number(), date: z.string(), source: z.string() }).nullable().openapi({
      description:
        'Published addresses that are known here, and the day on which they were true; null: none.',
    }),
    notes: names,
    sources: names,
    routes: names.openapi({ description: 'Names of the routes that name it.' }),
  })
  .openapi('Sender');

export type SenderView = z.infer<typeof senderView>;

/** Who ran into a rate limit lately. */
export const limitHitView = z
  .object({
    limit: z.enum(['address', 'route']).openapi({
      description: 'What ran over: one caller, or all callers of a route together.',
    }),
    name: z.string().openapi({ description: "The address (an IPv6 one as its /64), or the route's name." }),
    hits: z.number().openapi({ description: 'Calls refused since it was first seen here.' }),
    lastAt: z.iso.datetime(),
  })
  .openapi('LimitHit');

export type LimitHit = z.infer<typeof limitHitView>;

/** What a webhook URL says, and whether it would be taken now. */
export const linkCheckView = z
  .object({
    route: z.string().nullable().openapi({ description: 'The route that its path leads to; null: none.' }),
    isTaken: z.boolean().openapi({
      description:
        'Whether a call of it would pass: there is a route, and the token that it asks for is right.',
    }),
    refusal: z.string().nullable().openapi({
      description: 'Why it would not be taken, as the code of a refusal; null: it would.',
    }),
    link: z
      .object({
        scheme: z.enum(['hookward', 'bots-business']),
        keyId: z.string().nullable(),
        linkId: z.string().nullable().openapi({ description: 'By which it can be revoked.' }),
        bot: z.string().nullable(),
        command: z.string(),
        user: z.string().nullable(),
        content: z.string().nullable(),
        redirectTo: z.string().nullable(),
        expires: z.iso.datetime().nullable().openapi({ description: 'Null: never.' }),
        covered: names.openapi({ description: 'Names of the parameters that the token covers.' }),
        uncovered: names.openapi({
          description: "Names of the link's other parameters: whoever has the link can change these.",
        }),
      })
      .nullable()
      .openapi({ description: 'What the link says; null: it carries no token.' }),
  })
  .openapi('LinkCheck');

export type LinkCheck = z.infer<typeof linkCheckView>;
