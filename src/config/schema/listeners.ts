import { z } from 'zod';
import { duration, size } from './units.ts';

const port = (fallback: number) => z.int().min(0).max(65_535).default(fallback);

const tls = z.strictObject({
  cert: z
    .string()
    .min(1)
    .meta({ description: 'PEM file with the certificate chain; read again when it changes.' }),
  key: z.string().min(1).meta({ description: 'PEM file with the private key; read again when it changes.' }),
});

export const listen = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').meta({
      description: 'Address of the public listener. `0.0.0.0` or `::` to be reached from other machines.',
    }),
    port: port(8080).meta({ description: 'Port of the public listener; 0 takes any free one.' }),
    tls: tls.nullable().default(null).meta({ description: 'Serve HTTPS here instead of HTTP.' }),
  })
  .meta({ description: 'The public listener, which senders call.', reload: 'restart' });

/** What a token may do: see DESIGN, section 12. */
export const adminRoles = ['viewer', 'support', 'admin'] as const;

export const admin = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').meta({
      description: 'Address of the admin listener. Off loopback it needs at least one token.',
    }),
    port: port(8081).meta({ description: 'Port of the admin listener; 0 takes any free one.' }),
    tokens: z
      .array(
        z.strictObject({
          name: z
            .string()
            .min(1)
            .max(64)
            .meta({ description: 'Who holds the token; stands in the audit log.' }),
          role: z.enum(adminRoles).meta({
            description:
              '`viewer`: no bodies. `support`: bodies, replay. `admin`: access lists, links, cancel.',
          }),
          sha256: z
            .string()
            .regex(
              /^[0-9a-f]{64}$/,
              'expected 64 lower-case hex digits, as `hookward keys token` prints them',
            )
            .meta({
              description:
                'SHA-256 of the token, as `hookward keys token` prints it. Never the token itself.',
            }),
        }),
      )
      .default([])
      .meta({ description: 'Bearer tokens of the admin API. None: only calls on loopback, as `admin`.' }),
  })
  .meta({ description: 'The admin listener: API, metrics, health.', reload: 'restart' });

export const limits = z
  .strictObject({
    headerBytesMax: size()
      .prefault('32KiB')
      .meta({ description: 'Request line and header together.', reload: 'restart' }),
    headersMax: z.int().min(1).max(1000).default(100).meta({ description: 'Header lines of one request.' }),
    targetBytesMax: size().prefault('8KiB').meta({ description: 'Path and query together.' }),
    bodyBytesMax: size().prefault('1MiB').meta({ description: "A webhook's body; a route may set its own." }),
    headersTimeout: duration()
      .prefault('10s')
      .meta({ description: 'For the header to arrive.', reload: 'restart' }),
    requestTimeout: duration()
      .prefault('30s')
      .meta({ description: 'For the whole request to arrive.', reload: 'restart' }),
    idleTimeout: duration().prefault('65s').meta({
      description: 'For which an idle connection is kept; longer than the usual 60 s of a proxy in front.',
      reload: 'restart',
    }),
    connectionsMax: z
      .int()
      .min(1)
      .default(10_000)
      .meta({ description: 'Open connections in all.', reload: 'restart' }),
    connectionsPerAddressMax: z.int().min(1).default(256).meta({
      description: 'Open connections of one peer address; peers in `trustedProxies` are not counted.',
    }),
    inFlightMax: z
      .int()
      .min(1)
      .default(5_000)
      .meta({ description: 'Webhooks being read, written or answered at once.' }),
    inFlightBytesMax: size().prefault('128MiB').meta({ description: 'Bytes of the bodies held for them.' }),
    shutdownTimeout: duration()
      .prefault('20s')
      .meta({ description: 'For webhooks in flight to end on SIGTERM.' }),
  })
  .meta({ description: 'Bounds of the public listener.' });
