import { z } from 'zod';
import { duration, size } from './units.ts';
import { rateLimit } from './access.ts';

/** Statuses of an answer that is not a success; 1xx is no answer, and a delivered webhook is never tried again. */
const failureStatus = z.int().min(300).max(599);

export const retry = z.strictObject({
  attempts: z.int().min(1).max(100).default(12).meta({
    description:
      'Tries in all, the first one included; then the webhook is dead. A replay starts a fresh count.',
  }),
  firstDelay: duration().prefault('1s').meta({
    description: 'The first delay is drawn between 0 and this; the bound doubles with each try.',
  }),
  maxDelay: duration({ max: '7d' }).prefault('10m').meta({ description: 'No drawn delay is longer.' }),
  maxAge: duration({ max: '365d' }).prefault('24h').meta({
    description: 'A webhook is dead this long after it arrived or was replayed, whatever tries are left.',
  }),
  retryAfterMax: duration({ min: '0s', max: '7d' }).prefault('1h').meta({
    description:
      'A Retry-After of the bot host is obeyed where it is longer than the drawn delay, but cut to this.',
  }),
  statuses: z.array(failureStatus).default([429, 502, 503, 504]).meta({
    description:
      'Answers that are tried again, beside no answer at all. Every other answer is final and goes to the caller.',
  }),
});

const circuit = z.strictObject({
  failures: z.int().min(1).max(1_000_000).default(10).meta({
    description:
      'Failures in a row that open the circuit: then webhooks are queued at once, and one probes the host.',
  }),
  statuses: z
    .array(failureStatus)
    .default([502, 504])
    .meta({
      description:
        'Answers that count as failures, beside no answer at all. 503 is not among them: from a bot platform it means ' +
        'that one command threw, which says nothing about the host.',
    }),
  openFor: duration({ max: '1h' })
    .prefault('2s')
    .meta({ description: 'Time before the first probe; it doubles while probes fail.' }),
  openMax: duration({ max: '1h' })
    .prefault('30s')
    .meta({ description: 'The time between probes grows no longer.' }),
});

export const botHost = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'expected an http:// or https:// address' }).meta({
    description: 'Scheme, host and port of the bot host. A path is put before the path of each webhook.',
    example: 'http://127.0.0.1:3000',
  }),
  hostHeader: z.enum(['bot-host', 'keep']).default('bot-host').meta({
    description:
      '`bot-host`: the Host header names the bot host. `keep`: it is the one that the caller sent.',
  }),
  concurrency: z.int().min(1).max(10_000).default(32).meta({
    description: 'Attempts under way at once; more webhooks wait for a free place.',
  }),
  rate: rateLimit
    .omit({ burst: true })
    .nullable()
    .default(null)
    .meta({
      description:
        "Attempts begun in each window, retries and replays included: keeps Hookward clear of the bot host's own ban " +
        'filter. null: no limit.',
    }),
  waitingMax: z.int().min(0).max(1_000_000).default(1_000).meta({
    description:
      'Webhooks that wait in memory for a free place; more are queued in the log and delivered later.',
  }),
  waitingBytesMax: size({ min: '0B', max: '1TiB' })
    .prefault('64MiB')
    .meta({
      description:
        'Bytes of their bodies; more are queued in the log too. With `concurrency` times the largest body and ' +
        '`limits.inFlightBytesMax` this is what bodies take of the memory.',
    }),
  connectTimeout: duration({ max: '1h' })
    .prefault('5s')
    .meta({ description: 'An attempt fails when no connection is made in this time.' }),
  attemptTimeout: duration({ max: '1h' }).prefault('30s').meta({
    description: 'An attempt fails when the answer has not ended in this time, counted from its start.',
  }),
  circuit: circuit.prefault({}).meta({ description: 'Spares a bot host that is down.' }),
});

function isOrigin(text: string): boolean {
  return text === '*' || (URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text);
}

export const headerName = () =>
  z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, { error: 'expected the name of a header' });

export const cors = z.strictObject({
  origins: z
    .array(
      z.string().refine(isOrigin, {
        error: 'expected an origin such as https://app.example, in lower case and without a path, or *',
      }),
    )
    .min(1)
    .meta({
      description: 'Origins whose pages may call this route, such as `https://app.example`; `*`: all.',
      example: ['https://app.example'],
    }),
  headers: z
    .array(headerName())
    .default(['content-type'])
    .meta({ description: 'Request headers that pages may set.' }),
  maxAge: duration({ min: '0s' }).prefault('10m').meta({
    description: 'How long a browser may keep the answer to its preflight.',
  }),
});

/** Where a value stands in a request. */
export const requestPart = () =>
  z.string().regex(/^(header:[A-Za-z0-9-]+|(query|form|param):[^\s]+|json:(\/[^\s]*)?)$/, {
    error: 'expected header:NAME, query:NAME, form:NAME, param:NAME or json:/POINTER',
  });

export const order = z.strictObject({
  by: requestPart().meta({
    description:
      'Where the key stands: `header:NAME`, `query:NAME`, `form:NAME` (a field of a urlencoded body), `param:NAME` (a field of ' +
      'the form, else of the query) or `json:/POINTER` (RFC 6901).',
    example: 'query:user_id',
  }),
  waitMax: duration({ max: '7d' }).prefault('5m').meta({
    description: 'A webhook is let past one of its key that has been stuck for this long.',
  }),
});

/** The largest body that can be held in memory and written as one record without harm to others. */
export const bodyBytes = () => size({ max: '64MiB' });
