// Who stands at the other end of a connection: the socket's own peer or, where a proxy has said so, the one whose
// connection it passes on.
import type { Socket } from 'node:net';

interface Conveyed {
  readonly address: string;
  /** Bytes that the proxy wrote before those of the caller. */
  readonly headerBytes: number;
}

export class Peers {
  readonly #conveyed = new WeakMap<Socket, Conveyed>();

  /** Notes whose connection it is. */
  convey(socket: Socket, conveyed: Conveyed): void {
    this.#conveyed.set(socket, conveyed);
  }

  /** The peer's address as text; undefined where the connection is gone. */
  addressOf(socket: Socket): string | undefined {
    return this.#conveyed.get(socket)?.address ?? socket.remoteAddress;
  }

  /** Whether the caller itself has sent anything yet. */
  hasSent(socket: Socket): boolean {
    return socket.bytesRead > (this.#conveyed.get(socket)?.headerBytes ?? 0);
  }
}
