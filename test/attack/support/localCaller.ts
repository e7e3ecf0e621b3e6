import { connect } from 'node:net';
import { parseAnswer, type RawAnswer } from '../../support/senderAnswer.ts';

/** Whom to call, and from which address of loopback. */
export interface LocalCall {
  readonly port: number;
  /** e.g. `127.0.0.77` or `::1`; the server is called at the loopback address of the same family. */
  readonly from: string;
}

/** Sends exact bytes from an address of loopback and gives the answer; null where the connection ended without one. */
export function callFrom({ port, from }: LocalCall, bytes: Buffer): Promise<RawAnswer | null> {
  const host = from.includes(':') ? '::1' : '127.0.0.1';
  const socket = connect({ port, host, localAddress: from });
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const look = (hasEnded: boolean) => {
      const parsed = parseAnswer(received, hasEnded, 'POST');
      if (parsed === null && !hasEnded) return;
      resolve(parsed?.answer ?? null);
      socket.destroy();
    };
    socket.on('data', (piece) => {
      received = Buffer.concat([received, piece]);
      look(false);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => look(true));
    socket.write(bytes);
  });
}
