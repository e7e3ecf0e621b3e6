// Which exchanges are open on which connection. Needed because Node tells neither a response that is queued behind an
// earlier one that its connection has gone, nor a 'clientError' handler whether an answer is under way.
import type { Duplex } from 'node:stream';
import type { Exchange } from './exchange.ts';

export class OpenExchanges {
  readonly #bySocket = new WeakMap<Duplex, Set<Exchange>>();

  /** Books an exchange until its answer is sent or its connection has gone, and ends it then. */
  open(exchange: Exchange): void {
    const { socket } = exchange.request;
    let open = this.#bySocket.get(socket);
    if (open === undefined) {
      const all = new Set<Exchange>();
      this.#bySocket.set(socket, all);
      socket.once('close', () => {
        for (const one of all) one.end();
        all.clear();
      });
      open = all;
    }
    const siblings = open;
    siblings.add(exchange);
    exchange.openOnConnection = siblings.size;
    exchange.response.on('close', () => {
      siblings.delete(exchange);
      exchange.end();
    });
  }

  /**
   * Whether an answer may be written on the bare socket: nothing is under way there but, at most, one request that has
   * not arrived whole and has not been answered.
   */
  isWritable(socket: Duplex): boolean {
    const open = this.#bySocket.get(socket);
    if (open === undefined || open.size === 0) return true;
    const [only] = open;
    return open.size === 1 && only?.request.complete === false && !only.response.headersSent;
  }
}
