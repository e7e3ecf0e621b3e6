import { z } from 'zod';
import { duration, size } from './units.ts';

export const log = z
  .strictObject({
    engine: z.enum(['level']).default('level').meta({ description: 'Where webhooks are kept.' }),
    dir: z
      .string()
      .min(1)
      .default('./data')
      .meta({ description: 'Directory of the log; made when it is not there.' }),
    freeBytesMin: size().prefault('256MiB').meta({
      description: 'Below this much free disk webhooks are refused with 503, before the disk is full.',
    }),
    ballastBytes: size().prefault('32MiB').meta({
      description: 'A file kept to be given up, so that a log on a full disk can be opened again.',
    }),
    keep: z
      .strictObject({
        delivered: duration().prefault('7d').meta({ description: 'Delivered webhooks are kept this long.' }),
        dead: duration().prefault('30d').meta({ description: 'Dead ones.' }),
        cancelled: duration().prefault('7d').meta({ description: 'Cancelled ones.' }),
      })
      .prefault({}),
    bytesMax: size().prefault('10GiB').meta({
      description:
        'Above this the oldest delivered and cancelled ones go early; pending and dead ones never do.',
    }),
  })
  .meta({ description: 'The durable log.', reload: 'restart' });
