// Stands before the server where its listener is behind proxies that speak the PROXY protocol: a connection is the server's
// only when the header is there, it is a trusted proxy's, and it says whose it is.
import type { Server, Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { RefusalCode } from '../core/errors.ts';
import type { Peers } from './peers.ts';
import { readProxyHeader, type ProxyHeader } from './proxyProtocol.ts';

/** What the front asks of the rest. */
export interface ProxyFrontRules {
  readonly peers: Peers;
  readonly clock: Clock;
  /** Milliseconds for the header to arrive. */
  readonly headerTimeout: number;
  isTrustedProxy(address: string | undefined): boolean;
  /** Books a connection that nobody has been let in on yet. */
  hold(socket: Socket): void;
  /** Ends a connection that is not let in. */
  refuse(socket: Socket, code: RefusalCode): void;
}

/** One connection until its header is read. */
class Arrival {
  readonly #socket: Socket;
  readonly #settled: (outcome: ProxyHeader | RefusalCode) => void;
  #bytes: Buffer = Buffer.alloc(0);
  readonly #onData = (piece: Buffer): void => this.#take(piece);

  constructor(socket: Socket, rules: ProxyFrontRules, settled: (outcome: ProxyHeader | RefusalCode) => void) {
    const timer = rules.clock.after(rules.headerTimeout, () => {
      // A connection on which nothing came is closed without a word, as the server does it.
      if (this.#bytes.length === 0) socket.destroy();
      else this.#end('body-too-slow');
    });
    this.#socket = socket;
    this.#settled = (outcome) => {
      timer.cancel();
      settled(outcome);
    };
    socket.once('close', () => timer.cancel());
    socket.on('error', destroyed).on('data', this.#onData);
  }

  #take(piece: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? piece : Buffer.concat([this.#bytes, piece]);
    const reading = readProxyHeader(this.#bytes);
    if (reading === 'more') return;
    if (reading === 'malformed') this.#end('malformed-request');
    else this.#end(reading);
  }

  #end(outcome: ProxyHeader | RefusalCode): void {
    const socket = this.#socket;
    socket.off('data', this.#onData).off('error', destroyed);
    socket.pause();
    if (typeof outcome !== 'string' && this.#bytes.length > outcome.length)
      socket.unshift(this.#bytes.subarray(outcome.length));
    this.#settled(outcome);
  }
}

function destroyed(this: Socket): void {
  this.destroy();
}

/**
 * Puts the front before everything that listens to the server's connections so far, Node's own listener among them: they
 * hear of a connection when it is let in. Connections that wait are the server's all the same: they count, and end with it.
 */
export function awaitProxyHeaders(server: Server, rules: ProxyFrontRules): void {
  const listeners = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  const letIn = (socket: Socket, { peer, length }: ProxyHeader): void => {
    if (peer.kind === 'unknown') {
      rules.refuse(socket, 'address-unknown');
      return;
    }
    const address = peer.kind === 'client' ? peer.address : (socket.remoteAddress ?? '');
    rules.peers.convey(socket, { address, headerBytes: length });
    for (const listener of listeners) listener.call(server, socket);
    // What was read too far stands in the stream, which would not flow by itself any more.
    socket.resume();
  };
  server.on('connection', (socket: Socket) => {
    if (!rules.isTrustedProxy(socket.remoteAddress)) {
      rules.refuse(socket, 'address-unknown');
      return;
    }
    rules.hold(socket);
    new Arrival(socket, rules, (outcome) => {
      if (typeof outcome === 'string') rules.refuse(socket, outcome);
      else letIn(socket, outcome);
    });
  });
}
