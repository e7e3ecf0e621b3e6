// Every open socket of the public listener, and who holds how many. Owns the cap per peer.
import type { Socket } from 'node:net';
import type { Peers } from './peers.ts';

/** What the book asks of the rest. */
export interface ConnectionRules {
  /** Open connections of one peer address; read at each new connection. */
  perPeerMax(): number;
  /** What the peer's connections are counted by (IPv6: its /64); null for a proxy, which holds those of many. */
  countedAs(peer: string | undefined): string | null;
}

/** Whose connections they are. */
type PeerBook = Pick<Peers, 'addressOf' | 'hasSent'>;

export class Connections {
  readonly #rules: ConnectionRules;
  readonly #peers: PeerBook;
  readonly #sockets = new Set<Socket>();
  readonly #byPeer = new Map<string, number>();

  constructor(rules: ConnectionRules, peers: PeerBook) {
    this.#rules = rules;
    this.#peers = peers;
  }

  get count(): number {
    return this.#sockets.size;
  }

  /** Books a connection until it closes, whosever it may turn out to be. */
  hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  /** Books a connection, and counts it for its peer, until it closes; false where that has too many: it must be closed. */
  open(socket: Socket): boolean {
    this.hold(socket);
    const peer = this.#rules.countedAs(this.#peers.addressOf(socket));
    if (peer === null) return true;
    const count = (this.#byPeer.get(peer) ?? 0) + 1;
    this.#byPeer.set(peer, count);
    socket.once('close', () => this.#leave(peer));
    return count <= this.#rules.perPeerMax();
  }

  /** Closes those on which nothing has been sent yet: spare ones, which could be held open for long. */
  destroySilent(): void {
    for (const socket of this.#sockets) if (!this.#peers.hasSent(socket)) socket.destroy();
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #leave(peer: string): void {
    const left = (this.#byPeer.get(peer) ?? 1) - 1;
    if (left > 0) this.#byPeer.set(peer, left);
    else this.#byPeer.delete(peer);
  }
}
