import type { Claimed, DeliveryLog } from '../log/index.ts';
import type { BotHostParts } from './botHost.ts';
import type { Job } from './job.ts';
import type { DeliveryPlan, RoutePlan } from './plan.ts';
import type { CircuitState, DeliveryNotice } from './ports.ts';
import { BotHost } from './botHost.ts';
import { Claims } from './claims.ts';
import { planOf } from './plan.ts';

export interface BotHostsParts extends Omit<BotHostParts, 'routeOf' | 'publicBase' | 'onRoom'> {
  readonly log: Pick<DeliveryLog, 'claim' | 'pendingRoutes'>;
  /** Takes over a webhook that the log has given out. */
  readonly take: (claimed: Claimed, leaseUntil: number) => void;
}

/** A bot host and what brings its due webhooks. */
export interface HostEntry {
  readonly host: BotHost;
  readonly claims: Claims;
}

/** The bot hosts and routes in force; a reload replaces the plan and moves what waits. */
export class BotHosts {
  readonly #parts: BotHostsParts;
  readonly #entries = new Map<string, HostEntry>();
  /** Hosts that a reload took away, while their last attempts run. */
  readonly #retired = new Set<BotHost>();
  #plan: DeliveryPlan;

  constructor(parts: BotHostsParts, settings: Parameters<typeof planOf>[0]) {
    this.#parts = parts;
    this.#plan = planOf(settings);
  }

  /** The hosts in force. */
  get current(): readonly BotHost[] {
    return [...this.#entries.values()].map(({ host }) => host);
  }

  /** Those, and the ones that have attempts left from an earlier configuration. */
  get all(): readonly BotHost[] {
    return [...this.current, ...this.#retired];
  }

  routeOf(name: string): RoutePlan | undefined {
    return this.#plan.routes.get(name);
  }

  /** The host that serves a route, or undefined. */
  entryOf(route: string): HostEntry | undefined {
    const plan = this.#plan.routes.get(route);
    return plan === undefined ? undefined : this.#entries.get(plan.botHost);
  }

  /** Puts new settings in force; gives back the jobs that waited, for a route may have moved to another host. */
  apply(settings: Parameters<typeof planOf>[0]): Job[] {
    this.#plan = planOf(settings);
    const waiting = this.current.flatMap((host) => host.takeWaiting());
    for (const [name, entry] of this.#entries) if (!this.#plan.botHosts.has(name)) this.#retire(name, entry);
    for (const [name, plan] of this.#plan.botHosts) {
      const entry = this.#entries.get(name);
      if (entry === undefined) this.#entries.set(name, this.#open(new BotHost(plan, this.#hostParts())));
      else entry.host.update(plan);
    }
    return waiting;
  }

  /** Looks for due webhooks now, in every route or in the one named. */
  wake(route?: string): void {
    if (route !== undefined) {
      const claims = this.entryOf(route)?.claims;
      claims?.hintAll(route);
      claims?.wake();
      return;
    }
    for (const { host, claims } of this.#entries.values()) {
      for (const name of host.plan.routes) claims.hintAll(name);
      claims.wake();
    }
  }

  /** Ends claiming; resolves when the last claim has been answered. */
  async stopClaims(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ claims }) => claims.stop()));
  }

  #hostParts(): BotHostParts {
    return {
      ...this.#parts,
      routeOf: (name) => this.#plan.routes.get(name),
      publicBase: () => this.#plan.publicBase,
      onRoom: (host) => this.#onRoom(host),
      onCircuit: (host, state) => this.#onCircuit(host, state),
    };
  }

  #open(host: BotHost): HostEntry {
    const { log, clock, noticed, take } = this.#parts;
    const claims = new Claims({
      log,
      clock,
      noticed,
      host: {
        plan: () => host.plan,
        claimable: () => host.claimable(),
        probeInMs: () => host.probeInMs,
        take,
      },
    });
    claims.start();
    return { host, claims };
  }

  #retire(name: string, { host, claims }: HostEntry): void {
    this.#entries.delete(name);
    void claims.stop();
    if (host.running > 0) this.#retired.add(host);
  }

  #onRoom(host: BotHost): void {
    if (host.running === 0) this.#retired.delete(host);
    this.#entries.get(host.name)?.claims.placeFreed();
  }

  #onCircuit(host: BotHost, state: CircuitState): void {
    this.#parts.onCircuit(host, state);
    // Wakes even while nothing is known to be due: the timer for the probe is set, or the ramp's new places are filled.
    this.#entries.get(host.name)?.claims.wake();
  }
}

/** Says once of each route that the configuration has lost, but not the log, that its webhooks stay where they are. */
export class UnknownRoutes {
  readonly #known = new Set<string>();
  readonly #noticed: (notice: DeliveryNotice) => void;

  constructor(noticed: (notice: DeliveryNotice) => void) {
    this.#noticed = noticed;
  }

  /** Takes the unknown routes of now; a route that came back and went again is told of again. */
  report(unknown: readonly string[]): void {
    for (const route of this.#known) if (!unknown.includes(route)) this.#known.delete(route);
    for (const route of unknown) {
      if (this.#known.has(route)) continue;
      this.#known.add(route);
      const text = `Webhooks of route ${route} are pending, but the configuration no longer has it; they stay in the log`;
      this.#noticed({ code: 'route-unknown', text });
    }
  }
}
