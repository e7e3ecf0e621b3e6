// Every open socket of the public listener, and who holds how many. Owns the cap per peer.
import type { Socket } from 'node:net';

/** What the book asks of the rest. */
export interface ConnectionRules {
  /** Open connections of one peer address; read at each new connection. */
  perPeerMax(): number;
  /** What the peer's connections are counted by (IPv6: its /64); null for a proxy, which holds those of many. */
  countedAs(peer: string | undefined): string | null;
}

export class Connections {
  readonly #rules: ConnectionRules;
  readonly #sockets = new Set<Socket>();
  readonly #byPeer = new Map<string, number>();

  constructor(rules: ConnectionRules) {
    this.#rules = rules;
  }

  get count(): number {
    return this.#sockets.size;
  }

  /** Books a new connection until it closes; false where its peer has too many, and it must be closed. */
  open(socket: Socket): boolean {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const peer = this.#rules.countedAs(socket.remoteAddress);
    if (peer === null) return true;
    const count = (this.#byPeer.get(peer) ?? 0) + 1;
    this.#byPeer.set(peer, count);
    socket.once('close', () => this.#leave(peer));
    return count <= this.#rules.perPeerMax();
  }

  /** Closes those on which nothing has been sent yet: spare ones, which could be held open for long. */
  destroySilent(): void {
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
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
