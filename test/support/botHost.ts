// A bot host for tests: a real HTTP server on loopback with a ledger of all that arrived, and an answer for each that the
// test decides. What it notes is what came over the wire: target, header order, case and repeats, body bytes.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { headerValue } from '../../src/core/headers.ts';

/** One request as it arrived at the bot host. */
export interface Arrived {
  /** 0 for the first request that this bot host ever saw; counted when its header is whole. */
  readonly index: number;
  /** Milliseconds of the monotonic clock (`performance.now()`) at the end of its header. */
  readonly at: number;
  readonly method: string;
  /** Path and query as they stood on the wire. */
  readonly target: string;
  /** Names and values by turns, as they stood on the wire (Latin-1). */
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly bodySha256: string;
  /** `hookward-id`; null where there is none. */
  readonly id: string | null;
  /** Numbers the connections from 0: tells whether connections are reused. */
  readonly connection: number;
  /** Requests that were being answered when this one came, this one included. */
  readonly concurrency: number;
}

/**
 * How a request is answered. `reset`: the connection is reset without an answer. `hang`: nothing is ever answered.
 * `cut`: the header and half of the body go out, then the connection is reset.
 */
export type BotAnswer =
  | 'reset'
  | 'hang'
  | {
      readonly status?: number;
      /** Names and values by turns. Content-Length is set unless `chunks` are given. */
      readonly headers?: readonly string[];
      readonly body?: Uint8Array | string;
      /** The body in pieces, each sent on its own (chunked coding). */
      readonly chunks?: readonly (Uint8Array | string)[];
      /** Waits so long before the header goes out. */
      readonly delayMs?: number;
      readonly cut?: boolean;
    };

/** Decides the answer to one request; called when its body is whole. */
export type BotBehaviour = (arrived: Arrived) => BotAnswer | Promise<BotAnswer>;

/** A line of the ledger: what arrived and what was said to it. */
export interface LedgerLine {
  readonly arrived: Arrived;
  /** Null while it is being decided. */
  answer: BotAnswer | null;
  /** The whole answer went to the system (it may still not have reached the other side). */
  answered: boolean;
}

/** A running bot host. */
export interface BotHost {
  /** `http://127.0.0.1:PORT`; stays the same over `away` and `back`. */
  readonly url: string;
  readonly port: number;
  /** Every whole request, in the order in which their bodies ended. */
  readonly ledger: readonly LedgerLine[];
  /** Requests that broke off before their body was whole. */
  brokenOff(): number;
  /** The most requests that were open at once (a request ends with its answer or its connection). */
  peakConcurrency(): number;
  /** The most requests whose header came within any `windowMs`. */
  peakRate(windowMs: number): number;
  connections(): number;
  /** Answers differently from now on. */
  behave(behaviour: BotBehaviour): void;
  /** Goes away as a killed process does: connections are reset, new ones refused. */
  away(): Promise<void>;
  /** Listens again on the same port. */
  back(): Promise<void>;
  close(): Promise<void>;
}

/** Answers 200 `ok` to everything. */
export const answersOk: BotBehaviour = () => ({ status: 200, body: 'ok' });

/** Starts a bot host on a free port of 127.0.0.1. */
export async function startBotHost(behaviour: BotBehaviour = answersOk): Promise<BotHost> {
  const host = new LedgerHost(behaviour);
  await host.listen(0);
  return host;
}

class LedgerHost implements BotHost {
  readonly ledger: LedgerLine[] = [];
  port = 0;
  #behaviour: BotBehaviour;
  #server: Server;
  readonly #sockets = new Map<Socket, number>();
  readonly #arrivals: number[] = [];
  #connections = 0;
  #open = 0;
  #peak = 0;
  #broken = 0;

  constructor(behaviour: BotBehaviour) {
    this.#behaviour = behaviour;
    this.#server = this.#makeServer();
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  brokenOff = () => this.#broken;
  peakConcurrency = () => this.#peak;
  connections = () => this.#connections;

  peakRate(windowMs: number): number {
    let peak = 0;
    let from = 0;
    for (const [at, time] of this.#arrivals.entries()) {
      while ((this.#arrivals[from] ?? time) <= time - windowMs) from += 1;
      peak = Math.max(peak, at - from + 1);
    }
    return peak;
  }

  behave(behaviour: BotBehaviour): void {
    this.#behaviour = behaviour;
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async away(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets.keys()) socket.resetAndDestroy();
    await closed;
  }

  async back(): Promise<void> {
    this.#server = this.#makeServer();
    await this.listen(this.port);
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.away();
  }

  #makeServer(): Server {
    const server = createServer({ keepAlive: true, maxHeaderSize: 256 * 1024 }, (request, response) => {
      void this.#take(request, response);
    });
    server.keepAliveTimeout = 0;
    server.on('connection', (socket: Socket) => {
      this.#sockets.set(socket, this.#connections++);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    return server;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const index = this.#arrivals.length;
    const at = performance.now();
    const connection = this.#sockets.get(request.socket) ?? -1;
    this.#arrivals.push(at);
    this.#open += 1;
    this.#peak = Math.max(this.#peak, this.#open);
    const concurrency = this.#open;
    response.once('close', () => (this.#open -= 1));

    const body = await readWhole(request);
    if (body === null) {
      this.#broken += 1;
      return;
    }
    const { method = '', url: target = '', rawHeaders: headers } = request;
    const bodySha256 = createHash('sha256').update(body).digest('hex');
    const id = headerValue(headers, 'hookward-id');
    const arrived = { index, at, method, target, headers, body, bodySha256, id, connection, concurrency };
    const line: LedgerLine = { arrived, answer: null, answered: false };
    this.ledger.push(line);
    line.answer = await this.#behaviour(arrived);
    response.once('finish', () => (line.answered = true));
    await giveAnswer(response, line.answer);
  }
}

async function readWhole(request: IncomingMessage): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of request) pieces.push(piece as Buffer);
  } catch {
    return null;
  }
  return request.complete ? Buffer.concat(pieces) : null;
}

async function giveAnswer(response: ServerResponse, answer: BotAnswer): Promise<void> {
  if (answer === 'hang') return;
  if (answer === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const { status = 200, headers = [], body = '', chunks, delayMs = 0, cut = false } = answer;
  // The delay is the behaviour under test (a slow bot), not a wait for a condition.
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  if (response.destroyed) return;
  const content = Buffer.from(body);
  const own =
    chunks === undefined && status !== 204 && status !== 304
      ? ['Content-Length', String(content.length)]
      : [];
  response.writeHead(status, [...own, ...headers]);
  if (cut) {
    response.write(content.subarray(0, Math.floor(content.length / 2)), () =>
      response.socket?.resetAndDestroy(),
    );
    return;
  }
  for (const chunk of chunks ?? []) await new Promise((resolve) => response.write(chunk, resolve));
  response.end(chunks === undefined ? content : undefined);
}
