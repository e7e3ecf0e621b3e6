import { z } from 'zod';
import { duration, size } from './units.ts';
import { rateLimit } from './access.ts';

const status = z.int().min(100).max(599);

export const retry = z.strictObject({
  attempts: z.int().min(1).max(100).default(12).meta({ description: 'Tries in all, the first included.' }),
  firstDelay: duration()
    .prefault('1s')
    .meta({ description: 'Upper bound of the first delay (full jitter); doubles.' }),
  maxDelay: duration().prefault('10m').meta({ description: 'Upper bound of every delay.' }),
  maxAge: duration()
    .prefault('24h')
    .meta({ description: 'Given up after this, counted from arrival or replay.' }),
  retryAfterMax: duration().prefault('1h').meta({ description: 'A longer Retry-After is cut to this.' }),
  statuses: z
    .array(status)
    .default([429, 502, 503, 504])
    .meta({ description: 'Answers that are tried again.' }),
});

export const circuit = z.strictObject({
  failures: z.int().min(1).default(10).meta({ description: 'Failures in a row that open the circuit.' }),
  statuses: z
    .array(status)
    .default([502, 504])
    .meta({
      description:
        'Answers that count as failures, beside no answer at all. 503 is not among them: from a bot platform it means ' +
        'that one command threw, which says nothing about the host.',
    }),
  openFor: duration()
    .prefault('2s')
    .meta({ description: 'Before the first probe; doubles while probes fail.' }),
  openMax: duration().prefault('30s').meta({ description: 'Upper bound between probes.' }),
});

export const botHost = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'expected an http:// or https:// address' }).meta({
    description: 'Scheme, host and port of the bot host. A path is put before the path of the webhook.',
  }),
  hostHeader: z.enum(['bot-host', 'keep']).default('bot-host').meta({
    description: '`bot-host`: Host names the bot host. `keep`: Host as the caller sent it.',
  }),
  concurrency: z.int().min(1).max(10_000).default(32).meta({ description: 'Attempts at once.' }),
  rate: rateLimit.omit({ burst: true }).nullable().default(null).meta({
    description: "Attempts started in each window; keeps Hookward clear of the bot host's own ban filter.",
  }),
  waitingMax: z.int().min(0).default(1_000).meta({
    description: 'Live webhooks waiting in memory for a free place; more are put off to the log.',
  }),
  connectTimeout: duration().prefault('5s').meta({ description: 'For a connection to be made.' }),
  attemptTimeout: duration()
    .prefault('30s')
    .meta({ description: 'For a whole attempt, its answer included.' }),
  circuit: circuit.prefault({}),
});

/** The caller's budget and what it is told when no answer came in time. */
export const answer = z.strictObject({
  mode: z.enum(['wait', 'ack']).default('wait').meta({
    description:
      "`wait`: the caller gets the bot's own answer. `ack`: an acknowledgement at once, after the append.",
  }),
  for: duration().prefault('25s').meta({ description: 'How long a caller is held in mode `wait`.' }),
  whenQueued: z
    .union([
      z.enum(['accept', 'unavailable']),
      z.strictObject({
        status: z.int().min(200).max(599),
        contentType: z.string().default('text/plain; charset=utf-8'),
        body: z.string().default(''),
      }),
    ])
    .default('accept')
    .meta({
      description:
        'When the budget ends first: `accept` (202 with id and state), `unavailable` (503 with Retry-After), or a ' +
        'fixed `{status, contentType, body}`.',
    }),
  ack: z
    .strictObject({
      status: z.int().min(200).max(299).default(200),
      contentType: z.string().default('text/plain; charset=utf-8'),
      body: z.string().default('ok'),
    })
    .prefault({})
    .meta({ description: 'The acknowledgement in mode `ack`; an empty body with status 204 sends none.' }),
});

export const cors = z.strictObject({
  origins: z.array(z.string().min(1)).min(1).meta({
    description: 'Origins whose pages may call this route, e.g. `https://app.example`, or `*`.',
  }),
  headers: z.array(z.string()).default(['content-type']).meta({ description: 'Request headers allowed.' }),
  maxAge: duration().prefault('10m').meta({ description: 'How long a browser may keep the preflight.' }),
});

export const order = z.strictObject({
  by: z
    .string()
    .regex(/^(header:[A-Za-z0-9-]+|query:[^\s]+|json:(\/[^\s]*)?)$/, {
      error: 'expected header:NAME, query:NAME or json:/POINTER',
    })
    .meta({ description: 'Where the key is: `header:NAME`, `query:NAME` or `json:/POINTER` (RFC 6901).' }),
  waitMax: duration()
    .prefault('5m')
    .meta({ description: 'A webhook stuck at the head is passed by after this.' }),
});

export const routeBodyMax = size();
