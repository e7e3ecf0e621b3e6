import { z } from 'zod';
import { duration } from './units.ts';

export const addressRange = z
  .string()
  .min(1)
  .meta({ description: 'An address or a CIDR block, IPv4 or IPv6.', example: '192.0.2.0/24' });

const listedAddress = z.string().min(1).meta({
  description: 'An address or a CIDR block, IPv4 or IPv6; or `sender:NAME`.',
  example: 'sender:telegram',
});

/**
 * `off`: the whitelist is not looked at. `enforce`: others get 403. `exempt`: listed ones skip limits and bans.
 * `report`: others are only counted.
 */
const whitelistModes = ['off', 'enforce', 'exempt', 'report'] as const;

const whitelistMap = z.strictObject({
  mode: z
    .enum(whitelistModes)
    .default('off')
    .meta({
      description:
        '`off`: the list is not looked at. `enforce`: callers that are not listed get 403. `exempt`: listed callers skip rate ' +
        'limits and bans, others are treated as ever. `report`: callers that are not listed are let in and counted.',
      example: 'enforce',
    }),
  addresses: z
    .array(listedAddress)
    .default([])
    .meta({
      description:
        'Addresses and CIDR blocks that are listed. `sender:NAME` stands for all that the sender publishes; `hookward senders` ' +
        'shows who does.',
      example: ['sender:telegram', '192.0.2.0/24'],
    }),
});

/** A list by itself is enforced. An empty one would lock everybody out, which nobody means. */
export const whitelist = z.union([
  z
    .array(listedAddress)
    .min(1)
    .transform((addresses): z.output<typeof whitelistMap> => ({ mode: 'enforce', addresses })),
  whitelistMap,
]);

/** `requests` in each `per`, and `burst` more in each ten of them. */
export const rateLimit = z.strictObject({
  requests: z
    .int()
    .min(1)
    .max(1_000_000)
    .meta({ description: 'Requests let through in each `per`.', example: 100 }),
  per: duration().prefault('1s').meta({ description: 'The window that `requests` are counted in.' }),
  burst: z.int().min(0).max(1_000_000).default(0).meta({
    description: 'Requests let through beyond that in each ten windows, for callers that send in bursts.',
  }),
});

export const access = z
  .strictObject({
    whitelist: whitelist.prefault({}).meta({
      description:
        'The list that every call is held against; `hookward access` adds to it without a restart. A plain list of addresses ' +
        'is enforced.',
    }),
    perAddress: rateLimit.nullable().prefault({ requests: 50, per: '1s', burst: 200 }).meta({
      description:
        'Limit of one client address, or of the /64 of an IPv6 one; beyond it callers get 429. null: no limit.',
    }),
    bans: z
      .strictObject({
        after: z
          .int()
          .min(1)
          .max(1_000_000)
          .nullable()
          .default(100)
          .meta({
            description:
              'An address is banned when this many of its calls were refused by a rate limit within `within`. null: no ' +
              'automatic bans.',
          }),
        within: duration().prefault('1m').meta({ description: 'The time over which `after` counts.' }),
        for: duration({ max: '3650d' })
          .prefault('10m')
          .meta({ description: 'How long the first ban lasts.' }),
        growth: z.number().min(1).max(1000).default(2).meta({
          description: 'A ban that follows another lasts this many times longer.',
        }),
        max: duration({ max: '3650d' }).prefault('24h').meta({
          description:
            'No automatic ban lasts longer; an address that keeps quiet for this long starts afresh.',
        }),
      })
      .prefault({})
      .meta({
        description: 'Automatic bans of addresses that keep calling beyond their limit; they get 403.',
      }),
    addressesMax: z.int().min(1000).max(10_000_000).default(200_000).meta({
      description:
        'Addresses remembered for limits and bans; of more, those unseen for the longest are forgotten. It bounds the memory.',
    }),
  })
  .meta({ description: 'Who may call: whitelist, rate limits and bans.' });
