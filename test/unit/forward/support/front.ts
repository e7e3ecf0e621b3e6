import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { systemClock } from '../../../../src/app/system.ts';
import type { Clock } from '../../../../src/core/clock.ts';
import type { BotHostTarget, PassThrough } from '../../../../src/forward/contract.ts';
import { createPassThrough } from '../../../../src/forward/passThrough.ts';
import { waitFor } from '../../../support/waitFor.ts';
import type { RawBotHost } from './botHost.ts';
import { rawBotHost, targetOf } from './botHost.ts';

/** A connection to the front that speaks bare bytes. */
export interface RawCaller {
  readonly socket: Socket;
  /** All that came back so far, Latin-1. */
  readonly got: () => string;
  readonly closed: () => boolean;
  send(bytes: string | Buffer): void;
  /** Waits until what came back holds `text`. */
  receives(text: string): Promise<string>;
}

export interface Front {
  readonly host: RawBotHost;
  readonly port: number;
  readonly passThrough: PassThrough;
  /** What the observer was told, in order. */
  readonly seen: readonly string[];
  readonly call: (bytes: string | Buffer) => RawCaller;
}

/** A public listener that passes everything through to a raw bot host, as ingress would. */
export async function front(
  t: TestContext,
  params: {
    readonly answering?: Parameters<typeof rawBotHost>[0];
    readonly target?: Partial<BotHostTarget>;
    readonly path?: string;
    readonly clock?: Clock;
    readonly botHost?: (host: RawBotHost) => BotHostTarget | null;
    /** What a request waits for before it is passed on. */
    readonly gate?: (socket: Socket) => Promise<void>;
    readonly tls?: Parameters<typeof rawBotHost>[1];
    readonly ca?: string;
  } = {},
): Promise<Front> {
  const host = await rawBotHost(params.answering, params.tls);
  const seen: string[] = [];
  const target = targetOf(host.url + (params.path ?? ''), params.target);
  const passThrough = createPassThrough({
    botHost: () => (params.botHost === undefined ? target : params.botHost(host)),
    headerPrefix: () => 'hookward',
    clock: params.clock ?? systemClock,
    ...(params.ca === undefined ? {} : { ca: params.ca }),
    observer: {
      answered: (status) => seen.push(`answered ${String(status)}`),
      refused: (why) => seen.push(`refused ${why}`),
      failed: (cause) => seen.push(`failed ${cause}`),
      webSocketOpened: () => seen.push('opened'),
      webSocketClosed: () => seen.push('closed'),
    },
  });
  const facts = { ip: '203.0.113.7', scheme: 'https' } as const;
  const { gate = () => Promise.resolve() } = params;
  const server = createServer((request, response) => {
    void gate(request.socket).then(() => passThrough.web(request, response, facts));
  });
  server.on('upgrade', (request, socket, head) => {
    void gate(request.socket).then(() => passThrough.upgrade(request, socket, head, facts));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const callers: Socket[] = [];
  t.after(async () => {
    for (const caller of callers) caller.destroy();
    await passThrough.stop(0);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await host.close();
  });
  return {
    host,
    port,
    passThrough,
    seen,
    call(bytes) {
      const caller = rawCaller(port);
      callers.push(caller.socket);
      caller.send(bytes);
      return caller;
    },
  };
}

function rawCaller(port: number): RawCaller {
  const socket = connect(port, '127.0.0.1');
  let got = '';
  socket.on('data', (chunk: Buffer) => (got += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  return {
    socket,
    got: () => got,
    closed: () => socket.closed,
    send: (bytes) => void socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
    async receives(text) {
      await waitFor(`${text} in ${got}`, () => got.includes(text));
      return got;
    },
  };
}
