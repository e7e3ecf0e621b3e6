import { z } from 'zod';

const keyId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,32}$/, { error: 'expected 1 to 32 letters, digits, - or _' });

/** `whsec_` and canonical base64 of 24 to 64 bytes (Standard Webhooks 1.0.0). */
const signingKeyPattern =
  /^whsec_(?=[^=]{32,86}={0,2}$)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const signing = z
  .strictObject({
    headerPrefix: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/, {
        error: 'expected 1 to 32 lower-case letters, digits and dashes, a letter first',
      })
      .default('hookward')
      .meta({
        description:
          'The headers that bots get are named `PREFIX-id`, `PREFIX-timestamp`, `PREFIX-options` and `PREFIX-signature`.',
      }),
    keys: z
      .array(
        z
          .string()
          .regex(signingKeyPattern, { error: 'expected a key as `hookward keys signing` prints it' })
          .meta({
            description: 'A Standard Webhooks secret.',
            example: '${HOOKWARD_SIGNING_KEY}',
            secret: true,
          }),
      )
      .max(8)
      .default([])
      .meta({
        description:
          'Keys that bots check calls with. Every key signs, so that an old and a new one can overlap. None: a key is made ' +
          "at the first start and kept in the log's directory.",
      }),
    optionsBytesMax: z
      .int()
      .min(512)
      .max(16_384)
      .default(4_096)
      .meta({
        description:
          'Bytes of the options header. Beyond it the least important headers of the request are left out of it, and ' +
          '`truncated` says so.',
      }),
  })
  .meta({ description: 'The headers that prove to a bot where a call came from.' });

export const links = z
  .strictObject({
    keys: z
      .array(
        z.strictObject({
          id: keyId.meta({ description: 'Stands in each link made with the key.', example: 'k1' }),
          secret: z.string().min(16).meta({
            description: 'At least 16 characters that nobody can guess.',
            example: '${HOOKWARD_LINK_KEY}',
            secret: true,
          }),
        }),
      )
      .default([])
      .meta({
        description: 'Keys of the `hookward` scheme. The first one makes new links, all of them check.',
      }),
    botTokens: z
      .record(
        z.string(),
        z.string().min(1).meta({ description: 'The token.', secret: true, example: '${BOT_TOKEN}' }),
      )
      .default({})
      .meta({ description: "The bots' own tokens by bot id, for the `bots-business` scheme." }),
    revoked: z.array(z.string().min(1)).default([]).meta({
      description: 'Ids of links that are refused with 403, though their token is right.',
    }),
  })
  .meta({ description: 'Webhook URLs and their tokens.' });
