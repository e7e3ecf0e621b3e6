import { z } from 'zod';
import { access, addressRange } from './access.ts';
import { botHost } from './delivery.ts';
import { links, signing } from './keys.ts';
import { admin, limits, listen } from './listeners.ts';
import { log } from './log.ts';
import { passThrough, route } from './routes.ts';

const logging = z
  .strictObject({
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error'])
      .default('info')
      .meta({ description: 'Least level written.' }),
    pretty: z.boolean().default(false).meta({ description: 'Lines for people instead of JSON.' }),
  })
  .meta({ description: 'The process log on standard output.' });

/** The whole configuration: types, defaults, descriptions and what a reload may change, in one place. */
export const configSchema = z.strictObject({
  listen: listen.prefault({}),
  admin: admin.prefault({}),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .meta({ description: 'The address under which senders reach the public listener; links begin with it.' }),
  trustedProxies: z.array(addressRange).default([]).meta({
    description: 'Proxies whose X-Forwarded-For or Forwarded is believed. Everyone else could forge it.',
  }),
  limits: limits.prefault({}),
  access: access.prefault({}),
  botHosts: z
    .record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/), botHost)
    .meta({ description: 'Bot hosts by name.' }),
  routes: z.array(route).default([]).meta({
    description: 'Public paths and how each is treated. None: one route named `default` takes every path.',
  }),
  passThrough,
  signing: signing.prefault({}),
  links: links.prefault({}),
  log: log.prefault({}),
  logging: logging.prefault({}),
});

/** The configuration after parsing: durations in milliseconds, sizes in bytes, defaults filled in. */
export type Config = z.output<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;

export type RouteConfig = Config['routes'][number];
export type BotHostConfig = Config['botHosts'][string];
export type AccessConfig = Config['access'];
export type LimitsConfig = Config['limits'];
export type RateLimitConfig = NonNullable<RouteConfig['rateLimit']>;
export type WhitelistConfig = AccessConfig['whitelist'];
export type AdminToken = Config['admin']['tokens'][number];
export type AdminRole = AdminToken['role'];
