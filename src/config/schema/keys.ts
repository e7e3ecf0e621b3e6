import { z } from 'zod';

const keyId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,32}$/, { error: 'expected 1 to 32 letters, digits, - or _' });

export const signing = z
  .strictObject({
    headerPrefix: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/)
      .default('hookward')
      .meta({
        description: 'The four headers are named `PREFIX-id`, `-timestamp`, `-options` and `-signature`.',
      }),
    keys: z
      .array(
        z
          .string()
          .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'expected a key as `hookward keys signing` prints it')
          .meta({
            description: 'A Standard Webhooks secret. Usually `${HOOKWARD_SIGNING_KEY}`.',
            secret: true,
          }),
      )
      .default([])
      .meta({
        description:
          'Every key signs, so that keys can overlap. None: a key is made and kept beside the log.',
      }),
    optionsBytesMax: z.int().min(512).max(16_384).default(4_096).meta({
      description: 'Size of the options header; beyond it the least important of `headers` are left out.',
    }),
  })
  .meta({ description: 'The headers that prove to a bot where a call came from.' });

export const links = z
  .strictObject({
    keys: z
      .array(
        z.strictObject({
          id: keyId.meta({ description: 'Stands in the link.' }),
          secret: z.string().min(16).meta({ description: 'At least 16 characters.', secret: true }),
        }),
      )
      .default([])
      .meta({
        description: 'Keys of the `hookward` scheme; the first one signs new links, all of them verify.',
      }),
    botTokens: z
      .record(z.string(), z.string().min(1).meta({ secret: true }))
      .default({})
      .meta({ description: 'Bot token by bot id, for the `bots-business` scheme.' }),
    revoked: z.array(z.string()).default([]).meta({ description: 'Ids of links that are refused.' }),
  })
  .meta({ description: 'Webhook URLs and their tokens.' });
