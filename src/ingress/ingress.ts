// The public listener as a service: opens it, counts what is open, ends it in order.
import { HookwardError } from '../core/errors.ts';
import type { Service } from '../core/service.ts';
import { Connections, type ConnectionRules } from './connections.ts';
import { InFlight } from './inFlight.ts';
import { OpenExchanges } from './openExchanges.ts';
import { Peers } from './peers.ts';
import type { IngressDeps } from './ports.ts';
import { takeRequest } from './road.ts';
import { createServer, type Server } from './server.ts';
import { Certificate } from './tls.ts';
import { takeUpgrade } from './upgrade.ts';

/** Where the listener listens. */
export interface ListenerAddress {
  readonly host: string;
  readonly port: number;
}

/** What is open right now; memory only, for gauges. */
export interface IngressReadings {
  readonly connections: number;
  /** Webhooks being read, written or answered, and the bytes of their bodies. */
  readonly inFlight: number;
  readonly inFlightBytes: number;
  /** Callers held for an answer. */
  readonly callersWaiting: number;
}

export interface Ingress extends Service {
  /** Where it listens; null before `start`. */
  address(): ListenerAddress | null;
  readings(): IngressReadings;
}

/** Before the deadline of a stop, so long is left for callers to get their last answer. */
const lastAnswerMs = 500;

/** How often a stop looks for connections that have become idle: Node tells nobody. */
const idleCheckMs = 50;

const written = (host: string, port: number) =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => {
      const message = `cannot listen on ${written(host, port)}: ${cause.code ?? cause.message}`;
      reject(new HookwardError('listen-failed', { message, cause }));
    };
    server.once('error', onError);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

class PublicListener implements Ingress {
  readonly #deps: IngressDeps;
  readonly peers = new Peers();
  readonly #inFlight = new InFlight();
  readonly #connections: Connections;
  readonly #certificate: Certificate | null;
  #server: Server | null = null;
  #stopped: Promise<void> | null = null;

  constructor(deps: IngressDeps) {
    this.#deps = deps;
    const { addresses, settings, listener, clock, observer } = deps;
    const rules: ConnectionRules = {
      perPeerMax: () => settings.current.limits.connectionsPerAddressMax,
      countedAs(peer) {
        if (addresses.isTrustedProxy(peer)) return null;
        return addresses.of({ peer, headers: [] })?.countedAs ?? '';
      },
    };
    this.#connections = new Connections(rules, this.peers);
    this.#certificate =
      listener.tls === null
        ? null
        : new Certificate(listener.tls, clock, (error) => observer.certificateReloaded(error));
  }

  get clock() {
    return this.#deps.clock;
  }

  get isStopping(): boolean {
    return this.#stopped !== null;
  }

  address(): ListenerAddress | null {
    const address = this.#server?.address() ?? null;
    if (address === null || typeof address === 'string') return null;
    return { host: address.address, port: address.port };
  }

  readings(): IngressReadings {
    const { webhooks, bytes, waiting } = this.#inFlight;
    return {
      connections: this.#connections.count,
      inFlight: webhooks,
      inFlightBytes: bytes,
      callersWaiting: waiting.size,
    };
  }

  async start(): Promise<void> {
    const { addresses, listener, metrics } = this.#deps;
    const secure = (await this.#certificate?.read()) ?? null;
    const server = createServer(listener, secure, {
      host: this,
      connections: this.#connections,
      exchanges: new OpenExchanges(),
      metrics,
      peers: this.peers,
      isTrustedProxy: (address) => addresses.isTrustedProxy(address),
      request: (exchange) => void takeRequest(this.#deps, this.#inFlight, exchange),
      upgrade: (request, socket, head) =>
        void takeUpgrade(
          this.#deps,
          { request, socket, head, peer: this.peers.addressOf(request.socket) },
          this.isStopping,
        ),
    });
    await listen(server, listener.host, listener.port);
    // Errors of accept (descriptors used up) pass; without a listener they would end the process.
    server.on('error', (error) => this.#deps.observer.failed(error));
    this.#server = server;
    if ('setSecureContext' in server) this.#certificate?.follow(server);
  }

  stop(deadlineMs: number): Promise<void> {
    return (this.#stopped ??= this.#stop(deadlineMs));
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#certificate?.stop();
    const server = this.#server;
    if (server === null) return;
    const { clock } = this.#deps;
    const closed = new Promise((resolve) => server.close(resolve));
    this.#connections.destroySilent();
    const sweep = () => {
      server.closeIdleConnections();
      timers.sweep = clock.after(idleCheckMs, sweep);
    };
    const timers = {
      sweep: clock.after(idleCheckMs, sweep),
      // Whoever still waits is told the truth: kept, and to be delivered later.
      lastAnswer: clock.after(Math.max(0, deadlineMs - lastAnswerMs), () => {
        for (const caller of this.#inFlight.waiting) caller.giveUp('queued');
      }),
      end: clock.after(deadlineMs, () => this.#connections.destroyAll()),
    };
    await closed;
    for (const timer of Object.values(timers)) timer.cancel();
  }
}

/** The public listener: takes webhooks up to the append, and answers their callers. */
export function createIngress(deps: IngressDeps): Ingress {
  return new PublicListener(deps);
}
