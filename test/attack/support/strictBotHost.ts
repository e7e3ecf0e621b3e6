import { createServer, type AddressInfo, type Socket } from 'node:net';
import { readRequests, type WireRequest } from './wire.ts';

/** A bot host that reads bytes by the letter of RFC 9112 and keeps all that came. */
export interface StrictBotHost {
  readonly url: string;
  /** Every request that could be read, in the order in which they ended. */
  readonly requests: readonly WireRequest[];
  /** What could not be read in exactly one way, in words; after it the connection is closed. */
  readonly faults: readonly string[];
  /** The beginnings of requests whose connection was closed before their end. */
  readonly brokenOff: readonly string[];
  close(): Promise<void>;
}

/** The answer names the request's target: a caller sees whether it got the answer to its own. */
function answerTo({ method, target }: WireRequest): Buffer {
  const body = method === 'HEAD' ? '' : target;
  return Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${body}`, 'latin1');
}

/** Starts one on a free port of 127.0.0.1. */
export async function startStrictBotHost(): Promise<StrictBotHost> {
  const requests: WireRequest[] = [];
  const faults: string[] = [];
  const brokenOff: string[] = [];
  const sockets = new Set<Socket>();

  const server = createServer((socket) => {
    let unread: Buffer = Buffer.alloc(0);
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      if (unread.length > 0) brokenOff.push(`a request broke off: ${quoted(unread)}`);
    });
    socket.on('error', () => undefined);
    socket.on('data', (piece) => {
      unread = Buffer.concat([unread, piece]);
      const reading = readRequests(unread, 'strict');
      for (const request of reading.requests) {
        requests.push(request);
        socket.write(answerTo(request));
      }
      unread = Buffer.from(unread.subarray(reading.end));
      if (reading.fault === null) return;
      faults.push(`${reading.fault}: ${quoted(unread)}`);
      unread = Buffer.alloc(0);
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    faults,
    brokenOff,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function quoted(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1', 0, 200));
}
