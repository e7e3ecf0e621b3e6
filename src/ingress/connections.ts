// Every open socket of the public listener, and who holds how many. Owns the cap per peer.
import type { Socket } from 'node:net';

/** What the book asks of the rest. */
export interface ConnectionRules {
  /** Open connections of one peer address; read at each new connection. */
  perPeerMax(): number;
  /** Whether the peer is a proxy, which holds the connections of many. */
  isTrustedProxy(peer: string | undefined): boolean;
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
    const peer = socket.remoteAddress ?? '';
    const isCounted = !this.#rules.isTrustedProxy(socket.remoteAddress);
    const count = (this.#byPeer.get(peer) ?? 0) + 1;
    if (isCounted) this.#byPeer.set(peer, count);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (isCounted) this.#leave(peer);
    });
    return !isCounted || count <= this.#rules.perPeerMax();
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
