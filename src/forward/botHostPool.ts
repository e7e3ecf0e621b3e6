// The connections to one bot host.
import type { Dispatcher } from 'undici';
import { Pool, buildConnector } from 'undici';
import type { Clock } from '../core/clock.ts';
import { botHostAddress } from './botHostAddress.ts';
import type { BotHostAddress } from './botHostAddress.ts';
import type { BotHostTarget } from './contract.ts';

/**
 * How long connections are used before new ones are made. Only a new connection looks the name up again: this bounds how
 * long a bot host that moved to another address is missed while traffic never lets a connection go idle. A minute is
 * the usual life of a DNS record that is meant to move; 32 connects a minute cost nothing.
 */
const connectionsLifetimeMs = 60_000;

/**
 * An idle connection is given up after this, or 2 s before what the host's own Keep-Alive says: below the 5 s of Node
 * servers and of nginx's shortest usual setting, so that a request seldom meets a connection that is just closing.
 */
const idleConnectionMs = 4_000;

/** Bound of an answer's header: as large as that of a request by default, twice Node's own bound. */
const answerHeaderBytesMax = 32 * 1024;

/** What undici's request takes beyond its published options. */
type DispatchOptions = Dispatcher.DispatchOptions & {
  /** Names the certificate's owner; otherwise undici takes it from Host, which the caller may have chosen. */
  readonly servername?: string;
};

/** Connections to one bot host: at most `concurrency`, one request at a time on each. */
export interface BotHostPool {
  readonly address: BotHostAddress;
  /** Whether the pool is one for `target` as it is now. */
  fits(target: BotHostTarget): boolean;
  dispatch(options: DispatchOptions, handler: Dispatcher.DispatchHandler): void;
  /** Lets requests under way end, then closes the connections. No new requests. */
  retire(): void;
  /** Closes every connection at once; requests under way fail. */
  destroy(): Promise<void>;
}

/** Opens a pool; connections are made when needed. TLS certificates are always verified. */
export function createBotHostPool(params: {
  readonly target: BotHostTarget;
  readonly clock: Clock;
  /** Certificates (PEM) trusted instead of the system's; undefined: the system's. */
  readonly ca: string | undefined;
}): BotHostPool {
  const { target, clock } = params;
  const address = botHostAddress(target.url);
  const connector = connectorOf(target, address, params.ca);
  const retiring = new Set<Pool>();
  let current = open();
  let openedAt = clock.monotonic();

  function open(): Pool {
    return new Pool(address.origin, {
      connections: target.concurrency,
      pipelining: 1,
      connect: connector,
      keepAliveTimeout: idleConnectionMs,
      keepAliveMaxTimeout: connectionsLifetimeMs,
      maxHeaderSize: answerHeaderBytesMax,
      // The attempt has one timer of its own, over everything.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  function retire(pool: Pool): void {
    retiring.add(pool);
    void pool
      .close()
      .catch(() => undefined)
      .finally(() => retiring.delete(pool));
  }

  return {
    address,
    fits: (other) =>
      other === target ||
      (other.url === target.url &&
        other.concurrency === target.concurrency &&
        other.connectTimeout === target.connectTimeout),
    dispatch(options, handler) {
      const now = clock.monotonic();
      if (now - openedAt >= connectionsLifetimeMs) {
        retire(current);
        current = open();
        openedAt = now;
      }
      current.dispatch(options, handler);
    },
    retire: () => retire(current),
    async destroy() {
      await Promise.all([current, ...retiring].map((pool) => pool.destroy().catch(() => undefined)));
    },
  };
}

/** Shared by all generations of a pool, so that TLS sessions are resumed. */
function connectorOf(
  target: BotHostTarget,
  address: BotHostAddress,
  ca: string | undefined,
): buildConnector.connector {
  const connect = buildConnector({
    timeout: target.connectTimeout,
    ...(address.scheme === 'https' ? { rejectUnauthorized: true } : {}),
    ...(ca === undefined ? {} : { ca }),
  });
  // SNI must not name an address (RFC 6066, 3); undici is given one all the same, so that Host never decides.
  return (options, callback) => connect({ ...options, servername: address.serverName ?? '' }, callback);
}
