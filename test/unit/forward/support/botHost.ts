import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { BotHostTarget } from '../../../../src/forward/contract.ts';
import { waitFor } from '../../../support/waitFor.ts';

/** One request as it stood on the wire. */
export interface WireRequest {
  /** Request line and header, Latin-1, without the empty line. */
  readonly head: string;
  readonly requestLine: string;
  /** Header lines in order, as received. */
  readonly lines: readonly string[];
  readonly body: Buffer;
  readonly socket: Socket;
}

/** A bot host that speaks bare TCP: it records exact bytes and answers exact bytes. */
export interface RawBotHost {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly WireRequest[];
  /** Open connections. */
  readonly sockets: ReadonlySet<Socket>;
  /** Connections ever accepted. */
  readonly accepted: () => number;
  /** Bytes that came after the last whole request. */
  readonly rest: () => string;
  close(): Promise<void>;
}

export const okAnswer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Bytes to answer every request with, or what to do with each (by its number, from 0): bytes returned are answered. */
type Answering = string | ((request: WireRequest, number: number) => string | Buffer | undefined);

/** Reads whole requests (Content-Length or chunked) off `buffered`; the rest comes back. */
function takeRequest(buffered: Buffer, socket: Socket): { request: WireRequest; rest: Buffer } | null {
  const end = buffered.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = buffered.subarray(0, end).toString('latin1');
  const [requestLine = '', ...lines] = head.split('\r\n');
  const after = buffered.subarray(end + 4);
  const chunked = lines.some((line) => /^transfer-encoding:.*chunked/i.test(line));
  const length = Number(lines.find((line) => /^content-length:/i.test(line))?.slice(15) ?? 0);
  const whole = chunked
    ? dechunked(after)
    : after.length >= length
      ? { body: after.subarray(0, length), used: length }
      : null;
  if (whole === null) return null;
  return {
    request: { head, requestLine, lines, body: whole.body, socket },
    rest: after.subarray(whole.used),
  };
}

function dechunked(bytes: Buffer): { body: Buffer; used: number } | null {
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return null;
    const size = Number.parseInt(bytes.subarray(at, line).toString('latin1'), 16);
    at = line + 2;
    if (bytes.length < at + size + 2) return null;
    if (size === 0) return { body: Buffer.concat(pieces), used: at + 2 };
    pieces.push(bytes.subarray(at, at + size));
    at += size + 2;
  }
}

/** Starts a bot host; `answering` is asked for each request by its number, from 0. */
export async function rawBotHost(
  answering: Answering = okAnswer,
  tls?: { readonly cert: string; readonly key: string },
): Promise<RawBotHost> {
  const requests: WireRequest[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  let rest = Buffer.alloc(0);
  const onSocket = (socket: Socket): void => {
    accepted += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let buffered = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk]);
      for (let taken = takeRequest(buffered, socket); taken !== null; taken = takeRequest(buffered, socket)) {
        buffered = Buffer.from(taken.rest);
        requests.push(taken.request);
        answer(taken.request, requests.length - 1);
      }
      rest = buffered;
    });
  };
  const answer = (request: WireRequest, number: number): void => {
    const bytes = typeof answering === 'string' ? answering : answering(request, number);
    if (bytes !== undefined)
      request.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  };
  const server: Server = tls === undefined ? createServer(onSocket) : createTlsServer(tls, onSocket);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http${tls === undefined ? '' : 's'}://127.0.0.1:${String(port)}`,
    port,
    requests,
    sockets,
    accepted: () => accepted,
    rest: () => rest.toString('latin1'),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port on loopback where nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A target with the usual settings. */
export function targetOf(url: string, changes: Partial<BotHostTarget> = {}): BotHostTarget {
  return {
    name: 'main',
    url,
    hostHeader: 'bot-host',
    concurrency: 4,
    connectTimeout: 5_000,
    attemptTimeout: 30_000,
    ...changes,
  };
}

/** Waits until the bot host has `count` requests and returns the last of them. */
export async function requestNumber(host: RawBotHost, count: number): Promise<WireRequest> {
  await waitFor(`${String(count)} requests at the bot host`, () => host.requests.length >= count);
  return host.requests[count - 1] as WireRequest;
}
