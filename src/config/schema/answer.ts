// What callers are answered. Null leaves it to the route's sender, or to what an ordinary HTTP client expects.
import { z } from 'zod';
import { duration } from './units.ts';

const contentType = z
  .string()
  .regex(/^[!-~]+(?: [!-~]+)*$/, { error: 'expected a media type such as text/plain' })
  .default('text/plain; charset=utf-8')
  .meta({ description: 'Content-Type of the body.' });

const queuedReply = z.strictObject({
  status: z.int().min(200).max(599).meta({ description: 'Status of the fixed answer.', example: 200 }),
  contentType,
  body: z.string().default('').meta({ description: 'Body of the fixed answer.' }),
});

const acknowledgement = z.strictObject({
  status: z.int().min(200).max(299).default(200).meta({ description: 'Status of the acknowledgement.' }),
  contentType,
  body: z.string().default('ok').meta({ description: 'Body of the acknowledgement; 204 sends none.' }),
});

/** The caller's budget, and what it is told when the bot's own answer is not to be had or not understood. */
export const answer = z.strictObject({
  mode: z
    .enum(['wait', 'ack'])
    .nullable()
    .default(null)
    .meta({
      description:
        "`wait`: the caller gets the bot's own answer. `ack`: it gets `ack` as soon as the webhook is on disk, and delivery " +
        'goes on behind. null: as suits the sender; without one `wait`.',
      example: 'ack',
    }),
  for: duration({ max: '10m' })
    .nullable()
    .default(null)
    .meta({
      description:
        'How long a caller is held in mode `wait`, retries included. null: what the sender waits less 500 ms; where that is not ' +
        'known 25 s.',
      example: '8s',
    }),
  whenQueued: z
    .union([z.enum(['accept', 'unavailable', 'acknowledge']), queuedReply])
    .nullable()
    .default(null)
    .meta({
      description:
        'The answer when no final one came within `for` and the webhook stays queued. `accept`: 202 with its id. ' +
        '`unavailable`: 503 with Retry-After. `acknowledge`: as `ack` says. Or a fixed `{status, contentType, body}`. null: ' +
        '`acknowledge` where it is known what the sender takes for success, else `accept`.',
      example: 'unavailable',
    }),
  ack: acknowledgement
    .nullable()
    .default(null)
    .meta({
      description:
        'The acknowledgement: what the sender takes for success. null: what is known of the sender; without one 200 and the ' +
        'text `ok`.',
      example: { body: 'YES' },
    }),
  success: z
    .enum(['relay', 'acknowledge'])
    .nullable()
    .default(null)
    .meta({
      description:
        "A bot's success, in mode `wait`, that the sender would take for a failure. `relay`: it goes to the caller as it is. " +
        '`acknowledge`: the caller gets `ack` in its place. null: as suits the sender; without one `relay`.',
      example: 'relay',
    }),
  whenLimited: z
    .enum(['too-many-requests', 'unavailable'])
    .nullable()
    .default(null)
    .meta({
      description:
        'The answer beyond a rate limit. `too-many-requests`: 429. `unavailable`: 503, for senders that take 429 for delivered. ' +
        'null: as suits the sender; without one 429.',
      example: 'unavailable',
    }),
});
