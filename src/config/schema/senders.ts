// What a route knows of its sender: how calls are verified, and how copies of one event are told.
import { z } from 'zod';
import { senderNames } from '../../core/senders.ts';
import { headerName, requestPart } from './delivery.ts';
import { duration } from './units.ts';

/** An old and a new secret overlap; more than a few are a mistake, and each costs a signature to check. */
const secretsMax = 8;

const secret = (example: string) =>
  z.string().min(1).meta({ description: 'A secret.', example, secret: true });

export const sender = z
  .enum(senderNames)
  .nullable()
  .default(null)
  .meta({
    description:
      'The service that calls here: how it signs, what it takes for success, how long it waits, and what tells its events apart ' +
      'follow from it. `hookward senders` lists them. null: any, and nothing is verified.',
    example: 'stripe',
  });

export const secrets = z.array(secret('${STRIPE_SECRET}')).max(secretsMax).default([]).meta({
  description:
    'What the sender signs with, as its own pages name it. Any of them will do, so that an old and a new one can overlap.',
});

export const verify = z
  .enum(['enforce', 'report'])
  .default('enforce')
  .meta({
    description:
      "Calls that are not shown to be the sender's. `enforce`: they are refused. `report`: they are taken and counted, and the " +
      'bot is told.',
  });

export const senderSettings = z
  .strictObject({
    webhookId: z.string().min(1).optional().meta({
      description: '`paypal`: the id of the webhook, which is part of what is signed.',
      example: '8PT597110X687430LKGECATA',
    }),
    merchant: z.string().min(1).optional().meta({
      description: '`coinpayments`, `freekassa`: the merchant that calls must be for.',
      example: '14963',
    }),
    clientId: z.string().min(1).optional().meta({
      description: '`coinpayments-v3`: the integration that calls must be for.',
      example: 'cb608ee5ab6d4f3b',
    }),
    appId: z
      .string()
      .min(1)
      .optional()
      .meta({ description: '`ccpayment`: the application that calls must be for.', example: '202302010636' }),
    payoutKeys: z
      .array(secret('${OXAPAY_PAYOUT_KEY}'))
      .min(1)
      .max(secretsMax)
      .optional()
      .meta({ description: '`oxapay`: the keys of payouts, where they are not those of payments.' }),
    header: headerName()
      .optional()
      .meta({ description: '`hmac`: the header that the signature stands in.', example: 'X-Signature' }),
    algorithm: z
      .enum(['sha1', 'sha256', 'sha512'])
      .optional()
      .meta({ description: '`hmac`: the hash.', example: 'sha256' }),
    encoding: z
      .enum(['hex', 'base64', 'base64url'])
      .optional()
      .meta({ description: '`hmac`: how the signature is written.', example: 'hex' }),
    prefix: z
      .string()
      .regex(/^[\x20-\x7e]{1,64}$/, { error: 'expected 1 to 64 printable ASCII characters' })
      .optional()
      .meta({
        description: '`hmac`: what stands before the signature in its header.',
        example: 'sha256=',
      }),
    signed: z.string().min(1).optional().meta({
      description:
        '`hmac`: what is signed: text with `{body}`, `{timestamp}`, `{url}`, `{method}` and `{target}` in it.',
      example: '{timestamp}.{body}',
    }),
    timestampHeader: headerName().optional().meta({
      description: '`hmac`: the header with the time of signing, in Unix seconds.',
      example: 'X-Timestamp',
    }),
    tolerance: duration().optional().meta({
      description: '`hmac`: how far that time may be off, before or after.',
      example: '5m',
    }),
  })
  .prefault({})
  .meta({
    description:
      'What single senders need beside their secrets; `hookward senders NAME` says what it can be told.',
    example: { webhookId: '8PT597110X687430LKGECATA' },
  });

const dedupeKey = z
  .union([requestPart(), z.array(requestPart()).min(1).max(secretsMax)])
  .transform((key) => (typeof key === 'string' ? [key] : key))
  .nullable()
  .default(null)
  .meta({
    description:
      "Where the event's own id stands, as in `order.by`. Several places in a list make one id together, such as a payment and " +
      'its status. null: as the sender has it.',
    example: 'header:X-Event-Id',
  });

export const dedupe = z
  .union([
    z.enum(['off']),
    z.strictObject({
      key: dedupeKey,
      window: duration({ min: '1s', max: '3650d' }).nullable().default(null).meta({
        description:
          'For how long copies are looked for. null: 4 days, or a day more than the sender sends again where that is longer.',
        example: '3d',
      }),
      whenDelivered: z
        .enum(['answer', 'deliver'])
        .default('answer')
        .meta({
          description:
            'A copy of what was delivered. `answer`: it gets the answer that was kept. `deliver`: the bot gets it once more, for ' +
            'senders with a button that sends again.',
        }),
    }),
  ])
  .nullable()
  .default(null)
  .meta({
    description:
      'Copies of one event: a copy of what is under way waits for the same outcome, a copy of what was delivered gets the answer ' +
      'that was kept, and a copy of what is dead starts it again. `off`: each call is a webhook of its own. null: as suits the ' +
      'sender; without one `off`.',
    example: { key: 'header:X-Event-Id' },
  });

export const forwardTo = z
  .string()
  .min(1)
  .meta({ secret: true })
  .nullable()
  .default(null)
  .meta({
    description:
      "Path and query that the bot host is called with in place of the caller's; the caller's own query is put behind, and callers " +
      'cannot give a parameter that stands here. It is a secret, and may be a whole address that begins with the `url` of the bot ' +
      "host. null: the caller's own path and query.",
    example: '${PAYMENTS_BOT_URL}',
  });
