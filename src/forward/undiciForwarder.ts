import type { AttemptOutcome } from '../core/attempt.ts';
import type { Clock } from '../core/clock.ts';
import type { RawHeaders } from '../core/headers.ts';
import type { CapturedRequest } from '../core/webhook.ts';
import type { BotHostAddress } from './botHostAddress.ts';
import { createBotHostPools } from './botHostPools.ts';
import type { BotHostTarget, Forwarder } from './contract.ts';
import { Exchange } from './exchange.ts';
import { failed } from './failure.ts';
import { forwardedHeaders } from './forwardedHeaders.ts';
import { passedOnHeaders } from './headerFilter.ts';
import { underwayOf } from './underway.ts';

type SendParams = Parameters<Forwarder['send']>[0];

/** In every spelling: one beside our own exact Content-Length must never be believed. */
const contentLength = /^content[^a-z0-9]length$/i;

/**
 * The forwarder on undici. Each bot host has a pool of its own, so that a slow one holds back no other.
 *
 * What the bot host gets: the method, the bot host's base path and the raw target; Host first (its own, or the
 * caller's where `hostHeader` is `keep`); the caller's headers in their order, case and repeats, less what
 * `passedOnHeaders` takes out; `Forwarded` and its kin; the signed headers; Content-Length and the body's bytes.
 */
export function createUndiciForwarder(params: {
  readonly botHosts: readonly BotHostTarget[];
  readonly clock: Clock;
  /** Prefix of our own headers, as it is now: forged copies are left out. */
  readonly headerPrefix: () => string;
  /** Certificates (PEM) that bot hosts' are checked against instead of the system's. */
  readonly ca?: string;
}): Forwarder {
  const { clock, headerPrefix, ca } = params;
  const pools = createBotHostPools({ clock, ca });
  const underway = underwayOf<Exchange>(clock);
  let accepting = false;

  function attempt(sending: SendParams, resolve: (outcome: AttemptOutcome) => void): void {
    const { botHost, request, signal, onHead } = sending;
    const pool = pools.of(botHost);
    const exchange = new Exchange({
      clock,
      timeoutMs: botHost.attemptTimeout,
      onHead,
      settled(outcome) {
        underway.delete(exchange);
        signal?.removeEventListener('abort', interrupt);
        resolve(outcome);
      },
    });
    const interrupt = (): void => exchange.end('interrupted', 'the attempt was called off');
    underway.add(exchange);
    signal?.addEventListener('abort', interrupt, { once: true });
    pool.dispatch(
      {
        method: request.method,
        path: pool.address.basePath + request.target,
        headers: outgoingHeaders(sending, pool.address, headerPrefix()),
        body: request.body.byteLength === 0 ? null : request.body,
        ...(pool.address.scheme === 'https' ? { servername: pool.address.hostname } : {}),
      },
      exchange,
    );
  }

  return {
    start() {
      accepting = true;
      pools.retarget(params.botHosts);
      return Promise.resolve();
    },
    send(sending) {
      if (!accepting) return Promise.resolve(failed('interrupted', 'the forwarder is stopped', false));
      if (sending.signal?.aborted === true)
        return Promise.resolve(failed('interrupted', 'the attempt was called off', false));
      if (!sending.request.target.startsWith('/'))
        return Promise.resolve(failed('unknown', 'the target does not begin with a slash', false));
      return new Promise((resolve) => attempt(sending, resolve));
    },
    retarget: (botHosts) => pools.retarget(botHosts),
    async stop(deadlineMs) {
      accepting = false;
      await underway.idleWithin(deadlineMs);
      underway.endAll((exchange) => exchange.end('interrupted', 'the forwarder was stopped'));
      await pools.destroy();
    },
  };
}

/** Host first, then what is passed on, then what Hookward knows, then the signed headers. undici adds Content-Length. */
function outgoingHeaders(
  sending: {
    readonly botHost: BotHostTarget;
    readonly request: CapturedRequest;
    readonly signed: RawHeaders;
  },
  address: BotHostAddress,
  headerPrefix: string,
): string[] {
  const { botHost, request, signed } = sending;
  const passed = passedOnHeaders({ headers: request.headers, headerPrefix });
  const outgoing = ['host', address.host];
  for (let at = 0; at + 1 < passed.length; at += 2) {
    const name = passed[at] as string;
    const value = passed[at + 1] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') {
      if (botHost.hostHeader === 'keep') outgoing[1] = value;
    } else if (name.length !== 14 || !contentLength.test(name)) {
      outgoing.push(name, value);
    }
  }
  const { ip, scheme } = request;
  outgoing.push(...forwardedHeaders({ ip, scheme, headers: request.headers }), ...signed);
  return outgoing;
}
