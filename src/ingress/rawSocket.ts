// Answers on sockets for which Node has no response object: malformed requests, upgrades, connections over a cap.
import type { Duplex } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import { rawAnswerTo, type Refusal } from './refusals.ts';

/** How long a closed socket may wait for its peer to take the last bytes. */
const lastBytesMs = 2_000;

/** Answers with the refusal's problem and closes. Harmless on a socket that is gone. */
export function refuseOnSocket(socket: Duplex, refusal: Refusal, clock: Clock): void {
  socket.on('error', () => socket.destroy());
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const timer = clock.after(lastBytesMs, () => socket.destroy());
  socket.once('close', () => timer.cancel());
  socket.end(rawAnswerTo(refusal, clock.now()), () => socket.destroy());
}
