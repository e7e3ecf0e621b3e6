// What every request that Node's client sends to a bot host needs: connections, and bounds until the answer begins.
import type { ClientRequest } from 'node:http';
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Failed } from '../core/attempt.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { BotHostAddress } from './botHostAddress.ts';
import type { BotHostTarget } from './contract.ts';
import { failed, failureOf } from './failure.ts';

/** As for webhooks: below the 5 s after which Node servers close an idle connection. */
const idleConnectionMs = 4_000;

/** Connections to one bot host, kept alive: at most `concurrency`; further requests wait for one, within their time. */
export function agentOf(target: BotHostTarget, address: BotHostAddress, ca: string | undefined): Agent {
  const shared = { keepAlive: true, maxSockets: target.concurrency, timeout: idleConnectionMs };
  if (address.scheme === 'http') return new Agent(shared);
  return new TlsAgent({
    ...shared,
    rejectUnauthorized: true,
    // Otherwise Node checks the certificate against Host, which the caller may have chosen.
    servername: address.serverName ?? '',
    ...(ca === undefined ? {} : { ca }),
  });
}

/** The watch over one request. */
export interface UpstreamWatch {
  /** What `error` means that ended the request: the time-out that it came from, or what it says. */
  failureOf(error: unknown): Failed;
  /** The answer has begun, or the request is over: no more time-outs. */
  end(): void;
}

/**
 * Destroys `upstream` when no connection is made within `connectTimeout`; when no answer begins within `attemptTimeout`
 * of the last byte sent, or the last byte is not sent within as long; and, later too, when no byte moves for as long.
 */
export function watchUpstream(params: {
  readonly upstream: ClientRequest;
  readonly target: BotHostTarget;
  readonly clock: Clock;
}): UpstreamWatch {
  const { upstream, target, clock } = params;
  let timedOut: Failed | null = null;
  let sent = false;
  let connecting: Timer | null = null;

  const giveUp = (why: 'connect-timeout' | 'timeout') => () => {
    timedOut ??= failed(why, 'the time was over', sent);
    upstream.destroy(new Error(why));
  };
  const startWaiting = (): Timer => clock.after(target.attemptTimeout, giveUp('timeout'));
  let waiting = startWaiting();

  const end = (): void => {
    waiting.cancel();
    connecting?.cancel();
    upstream.off('finish', restart);
  };
  function restart(): void {
    waiting.cancel();
    waiting = startWaiting();
  }
  upstream.setTimeout(target.attemptTimeout, giveUp('timeout'));
  upstream.once('finish', restart);
  upstream.once('close', end);
  upstream.once('socket', (socket: Socket) => {
    sent = !socket.connecting;
    if (sent) return;
    const timer = clock.after(target.connectTimeout, giveUp('connect-timeout'));
    connecting = timer;
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
      sent = true;
      timer.cancel();
    });
  });
  return { failureOf: (error) => timedOut ?? failureOf(error, sent), end };
}

/** How long a connection that we have ended may take to end on the other side too. */
const lingerMs = 5_000;

/** Ends a bare socket: what was written is sent, what still comes is not looked at, and it is closed within bounds. */
export function endSocket(socket: Duplex, clock: Clock): void {
  if (socket.destroyed) return;
  socket.end();
  socket.resume();
  const timer = clock.after(lingerMs, () => socket.destroy());
  socket.once('close', () => timer.cancel());
}
