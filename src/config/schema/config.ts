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
      .meta({ description: 'Lines of this level and above are written.' }),
    pretty: z.boolean().default(false).meta({ description: 'Lines for people are written instead of JSON.' }),
  })
  .meta({ description: "The process's own log, on standard output.", reload: 'restart' });

const httpUrl = (message: string) => z.url({ protocol: /^https?$/, error: message });

/** The whole configuration: types, defaults, descriptions and what a reload may change, in one place. */
export const configSchema = z.strictObject({
  listen: listen.prefault({}),
  admin: admin.prefault({}),
  publicUrl: httpUrl('expected the http:// or https:// address that senders call')
    .nullable()
    .default(null)
    .meta({
      description:
        'The address under which senders reach the public listener: links begin with it, and bots are told it. null: links ' +
        "begin with the public listener's own address, and bots are told the Host of the request.",
      example: 'https://hooks.example.com',
    }),
  trustedProxies: z
    .array(addressRange)
    .default([])
    .meta({
      description:
        'Addresses and CIDR blocks of the proxies in front. Only from them X-Forwarded-For and Forwarded are believed: anyone ' +
        'else could forge these headers. Failed logins at the console are told apart by them, too.',
      example: ['127.0.0.1', '::1'],
    }),
  limits: limits.prefault({}),
  access: access.prefault({}),
  senderAddresses: z
    .string()
    .min(1)
    .default('./sender-addresses.json')
    .meta({
      description:
        'File with newer published addresses of senders, as `hookward senders --refresh` writes it: they count in place of those ' +
        "that Hookward ships with, sender by sender. It need not exist. A relative one counts from this file's directory.",
      file: true,
    }),
  botHosts: z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, {
        error: 'expected a name of 1 to 63 lower-case letters, digits and dashes',
      }),
      botHost,
    )
    .refine((hosts) => Object.keys(hosts).length > 0, { error: 'needs at least one bot host' })
    .meta({ description: 'The servers that run the bots, by name. Routes that name none go to `main`.' }),
  routes: z
    .array(route)
    .default([])
    .meta({
      description:
        'Public paths and how each is treated. None: one route named `default` takes every path, to `main` or to the only ' +
        'bot host.',
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
