import { isIP } from 'node:net';
import { z } from 'zod';
import { bodyBytes, headerName } from './delivery.ts';
import { duration, size } from './units.ts';

const port = (fallback: number) => z.int().min(0).max(65_535).default(fallback);

/** An address or a plain host name: a port or a scheme has no place here. */
const host = () =>
  z
    .string()
    .refine((text) => isIP(text) !== 0 || /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?$/.test(text), {
      error: 'expected an address such as 127.0.0.1 or ::, or a host name, without a port',
    })
    .default('127.0.0.1');

const tls = z.strictObject({
  cert: z.string().min(1).meta({
    description: 'PEM file with the certificate and its chain; read again when it changes.',
    example: './tls/fullchain.pem',
    file: true,
  }),
  key: z.string().min(1).meta({
    description: 'PEM file with the private key; read again when it changes.',
    example: './tls/privkey.pem',
    file: true,
  }),
});

export const listen = z
  .strictObject({
    host: host().meta({
      description: 'Address of the public listener. `0.0.0.0` or `::`: reached from other machines too.',
    }),
    port: port(8080).meta({ description: 'Port of the public listener; 0 takes any free one.' }),
    tls: tls.nullable().default(null).meta({ description: 'HTTPS is served instead of HTTP. null: HTTP.' }),
    proxyProtocol: z
      .enum(['off', 'v1v2'])
      .default('off')
      .meta({
        description:
          '`v1v2`: each connection must begin with a header of the PROXY protocol, version 1 or 2, from one of `trustedProxies`; ' +
          'the client is the one that it names, and all other connections are refused. Not with `tls`.',
      }),
  })
  .meta({ description: 'The public listener, which senders call.', reload: 'restart' });

/** What a token may do: see DESIGN, section 12. */
const adminRoles = ['viewer', 'support', 'admin'] as const;

export const admin = z
  .strictObject({
    host: host().meta({
      description: 'Address of the admin listener. Off loopback it starts only with at least one token.',
      reload: 'restart',
    }),
    port: port(8081).meta({
      description: 'Port of the admin listener; 0 takes any free one.',
      reload: 'restart',
    }),
    tokens: z
      .array(
        z.strictObject({
          name: z
            .string()
            .regex(/^[^\x00-\x1f\x7f]{1,64}$/, { error: 'expected 1 to 64 characters' })
            .meta({ description: 'Who holds the token; stands in the audit log.', example: 'grafana' }),
          role: z.enum(adminRoles).meta({
            description:
              '`viewer`: numbers and lists, no bodies. `support`: bodies, replay and the audit log too. `admin`: access lists, ' +
              'links and cancel too.',
            example: 'viewer',
          }),
          sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/, {
              error: 'expected 64 lower-case hex digits, as `hookward keys token` prints them',
            })
            .meta({
              description:
                'SHA-256 of the token, as `hookward keys token` prints it. Never the token itself.',
              example: '${HOOKWARD_GRAFANA_TOKEN_SHA256}',
            }),
        }),
      )
      .default([])
      .meta({
        description:
          'Bearer tokens of the admin API. None: callers on loopback may do everything, others nothing.',
      }),
    maskedHeaders: z
      .array(headerName())
      .max(100)
      .default([])
      .meta({
        description:
          'Headers, of requests and answers, whose values viewers do not see; beside those that hold secrets by their names, such ' +
          'as `authorization`, `cookie`, or a signature. Bodies, queries and event ids they never see.',
        example: ['x-customer-email'],
      }),
  })
  .meta({ description: 'The admin listener: API, metrics and health.' });

export const limits = z
  .strictObject({
    headerBytesMax: size({ min: '256B', max: '1MiB' }).prefault('32KiB').meta({
      description: 'Request line and header together; larger ones get 431.',
      reload: 'restart',
    }),
    headersMax: z.int().min(1).max(1000).default(100).meta({
      description: 'Header lines of one request; more get 431.',
    }),
    targetBytesMax: size({ min: '16B', max: '1MiB' }).prefault('8KiB').meta({
      description: 'Path and query together; longer ones get 414.',
    }),
    bodyBytesMax: bodyBytes().prefault('1MiB').meta({
      description: 'The largest body of a webhook; larger ones get 413. A route may set its own.',
    }),
    headersTimeout: duration({ max: '1h' }).prefault('10s').meta({
      description: 'A connection whose request header is not there in this time gets 408.',
      reload: 'restart',
    }),
    requestTimeout: duration({ max: '1h' }).prefault('25s').meta({
      description: 'A request that is not there whole in this time gets 408, a second later at most.',
      reload: 'restart',
    }),
    idleTimeout: duration({ max: '1h' })
      .prefault('65s')
      .meta({
        description:
          'How long an idle connection is kept. Longer than the proxy in front keeps its own (nginx: 60 s), or webhooks meet a ' +
          'connection that is just being closed.',
        reload: 'restart',
      }),
    connectionsMax: z.int().min(1).max(1_000_000).default(10_000).meta({
      description: 'Open connections in all; more are refused.',
      reload: 'restart',
    }),
    connectionsPerAddressMax: z.int().min(1).max(1_000_000).default(256).meta({
      description: 'Open connections of one peer; more are refused. `trustedProxies` are not counted.',
    }),
    inFlightMax: z.int().min(1).max(1_000_000).default(5_000).meta({
      description: 'Webhooks that are being read, written or answered at once; more get 503.',
    }),
    inFlightBytesMax: size({ min: '1KiB', max: '1TiB' }).prefault('128MiB').meta({
      description: 'Bytes of the bodies held for them; beyond it webhooks get 503. It bounds the memory.',
    }),
    shutdownTimeout: duration({ min: '0s', max: '1h' }).prefault('20s').meta({
      description:
        'How long webhooks in flight may take to end after SIGTERM; the log keeps those that do not.',
      reload: 'restart',
    }),
  })
  .meta({ description: 'Bounds of the public listener.' });
