import { z } from 'zod';
import { duration, size } from './units.ts';

const kept = (fallback: string) => duration({ min: '1m', max: '3650d' }).prefault(fallback);

export const log = z
  .strictObject({
    engine: z
      .enum(['level'])
      .default('level')
      .meta({ description: 'The store: `level` is embedded LevelDB.', reload: 'restart' }),
    dir: z.string().min(1).default('./data').meta({
      description:
        "Directory of the log, made at the first start. A relative one counts from this file's directory.",
      file: true,
      reload: 'restart',
    }),
    freeBytesMin: size().prefault('256MiB').meta({
      description: 'With less free disk than this webhooks are refused with 503, before the disk is full.',
      reload: 'restart',
    }),
    ballastBytes: size({ max: '64GiB' }).prefault('32MiB').meta({
      description:
        'Size of a file that is kept to be given up, so that a log on a full disk can be opened again.',
      reload: 'restart',
    }),
    keep: z
      .strictObject({
        delivered: kept('7d').meta({ description: 'How long delivered webhooks are kept.' }),
        dead: kept('30d').meta({ description: 'How long dead ones are kept.' }),
        cancelled: kept('7d').meta({ description: 'How long cancelled ones are kept.' }),
      })
      .prefault({})
      .meta({
        description: 'For these times webhooks can be found and replayed. Pending ones are always kept.',
      }),
    bytesMax: size({ min: '1MiB' })
      .prefault('10GiB')
      .meta({
        description:
          'Above this the oldest delivered and cancelled webhooks go before their time. Pending and dead ones never do: with ' +
          'only those left more are refused with 503.',
      }),
  })
  .meta({ description: 'The durable log.' });
