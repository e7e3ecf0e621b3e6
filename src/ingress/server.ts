// Node's HTTP server, hardened, and its events turned into exchanges and refusals. Owns what Node reports outside of
// requests: malformed messages, time-outs, caps, CONNECT, upgrades.
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import type { RefusalCode } from '../core/errors.ts';
import type { Connections } from './connections.ts';
import { Exchange, type ExchangeHost, type Expectation } from './exchange.ts';
import { methodNotAllowed } from './method.ts';
import type { OpenExchanges } from './openExchanges.ts';
import type { Peers } from './peers.ts';
import type { IngressMetrics } from './ports.ts';
import { awaitProxyHeaders } from './proxyFront.ts';
import { refuseOnSocket } from './rawSocket.ts';
import { Refusal } from './refusals.ts';
import type { ListenerSettings } from './settings.ts';
import { WebhookMessage } from './webhookMessage.ts';

export type Server = HttpServer | HttpsServer;

/** What the server hands to the road, and what it counts by. */
export interface ServerEvents {
  readonly host: ExchangeHost;
  readonly connections: Connections;
  readonly exchanges: OpenExchanges;
  readonly metrics: IngressMetrics;
  readonly peers: Peers;
  /** Whether what it says of others is believed. */
  isTrustedProxy(address: string | undefined): boolean;
  request(exchange: Exchange): void;
  /** A WebSocket upgrade; the socket is the handler's, with an error listener already on it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** How often Node looks for slow requests: its default of 30 s lets them live that much longer than they are told to. */
const timeoutCheckMs = 1_000;

function optionsOf(settings: ListenerSettings): ServerOptions<typeof WebhookMessage> {
  return {
    IncomingMessage: WebhookMessage,
    maxHeaderSize: settings.headerBytesMax,
    headersTimeout: settings.headersTimeout,
    // Node wants it no shorter than headersTimeout.
    requestTimeout: Math.max(settings.requestTimeout, settings.headersTimeout),
    keepAliveTimeout: settings.idleTimeout,
    connectionsCheckingInterval: timeoutCheckMs,
    insecureHTTPParser: false,
    // Looked after in head.ts: Node would answer in its own words, and count nothing.
    requireHostHeader: false,
    noDelay: true,
    // Finds peers that have gone without a word, where no other time runs (WebSockets that are passed through).
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
  };
}

/** What an error of Node's parser or server means for the caller; null where there is nobody to tell. */
function refusalFor(code: string | undefined): RefusalCode | null {
  if (code === undefined) return null;
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'body-too-slow';
  return code.startsWith('HPE_') ? 'malformed-request' : null;
}

function onClientError(events: ServerEvents, error: NodeJS.ErrnoException, socket: Duplex): void {
  const code = refusalFor(error.code);
  // A connection on which nothing was ever sent (a browser's spare one, a port scan) is closed without a word.
  const isSilent = code === 'body-too-slow' && socket instanceof Socket && !events.peers.hasSent(socket);
  if (code === null || isSilent) {
    socket.destroy();
    return;
  }
  events.metrics.refused(code);
  if (events.exchanges.isWritable(socket)) refuseOnSocket(socket, Refusal.of(code), events.host.clock);
  else socket.destroy();
}

function listenToRequests(server: Server, events: ServerEvents): void {
  const begin = (request: IncomingMessage, response: ServerResponse, expectation: Expectation) => {
    const exchange = new Exchange(request, response, events.host, expectation);
    events.exchanges.open(exchange);
    events.request(exchange);
  };
  server.on('request', (request, response) => begin(request, response, 'none'));
  server.on('checkContinue', (request, response) => begin(request, response, 'continue'));
  server.on('checkExpectation', (request, response) => begin(request, response, 'unknown'));
}

/** Ends a connection on which nothing was asked yet. Before a TLS handshake there is no way to say anything. */
function refuserOf({ metrics, host }: ServerEvents, isTls: boolean) {
  return (socket: Socket, code: RefusalCode): void => {
    metrics.refused(code);
    if (isTls) socket.destroy();
    else refuseOnSocket(socket, Refusal.of(code), host.clock);
  };
}

function listenToSockets(server: Server, events: ServerEvents, isTls: boolean): void {
  const { metrics, connections, host } = events;
  const refuse = refuserOf(events, isTls);
  server.on('connection', (socket: Socket) => {
    if (!connections.open(socket)) refuse(socket, 'too-many-connections');
  });
  server.on('drop', () => metrics.refused('too-many-connections'));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => onClientError(events, error, socket));
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    metrics.refused(methodNotAllowed.code);
    refuseOnSocket(socket, methodNotAllowed, host.clock);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    events.upgrade(request, socket, head);
  });
}

function listenBehindProxies(server: Server, settings: ListenerSettings, events: ServerEvents): void {
  awaitProxyHeaders(server, {
    peers: events.peers,
    clock: events.host.clock,
    headerTimeout: settings.headersTimeout,
    isTrustedProxy: (address) => events.isTrustedProxy(address),
    hold: (socket) => events.connections.hold(socket),
    refuse: refuserOf(events, false),
  });
}

/** Makes the server; it does not listen yet. `secure`: the certificate, for HTTPS. */
export function createServer(
  settings: ListenerSettings,
  secure: SecureContextOptions | null,
  events: ServerEvents,
): Server {
  const options = optionsOf(settings);
  const server: Server =
    secure === null
      ? createHttpServer(options)
      : createHttpsServer({ ...options, ...secure, handshakeTimeout: settings.headersTimeout });
  // Node drops header lines beyond this in silence (default 2000); head.ts counts and refuses instead. 0: all are kept.
  server.maxHeadersCount = 0;
  server.maxConnections = settings.connectionsMax;
  listenToRequests(server, events);
  listenToSockets(server, events, secure !== null);
  if (settings.proxyProtocol === 'v1v2') listenBehindProxies(server, settings, events);
  return server;
}
