import { z } from 'zod';
import { duration } from './units.ts';

export const addressRange = z
  .string()
  .min(1)
  .meta({
    description: 'An address or a CIDR block, IPv4 or IPv6.',
    examples: ['192.0.2.7', '10.0.0.0/8', '2001:db8::/32'],
  });

/**
 * `off`: the whitelist is not looked at. `enforce`: others get 403. `exempt`: listed ones skip limits and bans.
 * `report`: others are only counted.
 */
export const whitelistModes = ['off', 'enforce', 'exempt', 'report'] as const;

export const whitelist = z.strictObject({
  mode: z.enum(whitelistModes).default('off').meta({
    description:
      '`enforce`: others get 403. `exempt`: listed ones skip limits and bans. `report`: others are only counted. `off`.',
  }),
  addresses: z.array(addressRange).default([]).meta({
    description: 'Listed addresses; `hookward access` adds more without a restart.',
  }),
});

/** A token bucket: `requests` in each `per` on average, and `burst` more at once. */
export const rateLimit = z.strictObject({
  requests: z.int().min(1).meta({ description: 'Requests in each `per`.' }),
  per: duration().prefault('1s').meta({ description: 'The window.' }),
  burst: z
    .int()
    .min(0)
    .default(0)
    .meta({ description: 'Further requests let through in a burst, ten windows long.' }),
});

export const access = z
  .strictObject({
    whitelist: whitelist.prefault({}),
    perAddress: rateLimit.nullable().default({ requests: 50, per: 1000, burst: 200 }).meta({
      description: 'Limit of one client address (IPv6: of its /64). null: none.',
    }),
    bans: z
      .strictObject({
        after: z.int().min(1).nullable().default(100).meta({
          description: 'Refusals by rate limit within `within` that ban an address. null: no automatic bans.',
        }),
        within: duration().prefault('1m').meta({ description: 'The window for `after`.' }),
        for: duration().prefault('10m').meta({ description: 'How long the first ban lasts.' }),
        growth: z
          .number()
          .min(1)
          .default(2)
          .meta({ description: 'Each ban that follows lasts this many times longer.' }),
        max: duration().prefault('24h').meta({ description: 'No automatic ban lasts longer.' }),
      })
      .prefault({}),
    addressesMax: z.int().min(1000).default(200_000).meta({
      description: 'Addresses remembered for limits and bans; the longest unseen are forgotten first.',
    }),
  })
  .meta({ description: 'Who may call: whitelist, rate limits, bans.' });
