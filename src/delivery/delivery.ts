import type { Caller } from '../core/answer.ts';
import type { Timer } from '../core/clock.ts';
import type { Service } from '../core/service.ts';
import type { WebhookEvent } from '../core/state.ts';
import type { Webhook } from '../core/webhook.ts';
import type { Claimed, Lease } from '../log/index.ts';
import type { BotHostStats } from './botHost.ts';
import type { HeldJobs, Job, WaitingCaller } from './job.ts';
import type { DeliveryPlan } from './plan.ts';
import type { CircuitState, DeliveryDeps } from './ports.ts';
import type { Settled } from './settler.ts';
import { freshProgress } from '../core/progress.ts';
import { createAttempt } from './attempt.ts';
import { BotHost } from './botHost.ts';
import { Callers } from './callers.ts';
import { Claims, claimPeriodMs } from './claims.ts';
import { Endings } from './endings.ts';
import { leaseMarginMs, planOf } from './plan.ts';
import { Settler, unsettledMax } from './settler.ts';

/** What delivery does now; memory only. */
export interface DeliveryStats {
  readonly botHosts: Readonly<Record<string, BotHostStats>>;
  /** Callers whose webhooks wait for a retry or behind their order key. */
  readonly callersWaiting: number;
  /** Outcomes not yet written to the log. */
  readonly unsettled: number;
}

/** Delivers logged webhooks: first attempts, retries and replays. */
export interface Delivery extends Service {
  /**
   * Takes a webhook over that has just been appended, and tries it at once where its bot host has a place. Without a
   * lease (an earlier one of its order key goes first) only the caller is kept until the log gives the webhook out.
   * Never throws. `caller` null: nobody waits.
   */
  live(webhook: Webhook, lease: Lease | null, caller: Caller | null): void;
  /** Something may be due (a replay was asked for): looks now, in all routes or in the one named. */
  wake(route?: string): void;
  /** Takes new settings over after a reload. The forwarder must know the new bot hosts already. */
  apply(): void;
  /** How long ingress must lease a webhook of `route` at its append, in milliseconds. */
  leaseMs(route: string): number;
  stats(): DeliveryStats;
}

interface HostEntry {
  readonly host: BotHost;
  readonly claims: Claims;
}

/** A wall clock that falls behind the monotonic one by more than this has been set back; less is drift and rounding. */
const clockStepMs = 1_000;
/** How long before the deadline of a stop the attempts still under way are interrupted, so that they can be settled. */
const interruptMarginMs = 2_000;

class DeliveryService implements Delivery {
  readonly #deps: DeliveryDeps;
  readonly #held: HeldJobs = new Map();
  readonly #callers: Callers;
  readonly #settler: Settler;
  readonly #endings: Endings;
  readonly #attempt: ReturnType<typeof createAttempt>;
  readonly #hosts = new Map<string, HostEntry>();
  /** Hosts that a reload took away, while their last attempts run. */
  readonly #retired = new Set<BotHost>();
  readonly #unknownRoutes = new Set<string>();
  #plan: DeliveryPlan;
  #phase: 'new' | 'running' | 'stopping' = 'new';
  #stopped: Promise<void> | null = null;
  #timer: Timer | null = null;
  #wallAhead: number;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
    this.#plan = planOf(deps.settings.current);
    this.#wallAhead = deps.clock.now() - deps.clock.monotonic();
    this.#callers = new Callers(deps.clock);
    this.#settler = new Settler({
      log: deps.log,
      clock: deps.clock,
      noticed: deps.noticed,
      onSettled: (job, event, result) => this.#onSettled(job, event, result),
    });
    this.#endings = new Endings({ ...deps, callers: this.#callers, settler: this.#settler });
    this.#attempt = createAttempt(deps);
  }

  start(): Promise<void> {
    if (this.#phase !== 'new') return Promise.resolve();
    this.#phase = 'running';
    this.apply();
    this.#housekeepLater();
    return Promise.resolve();
  }

  stop(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(deadlineMs);
    return this.#stopped;
  }

  live(webhook: Webhook, lease: Lease | null, caller: Caller | null): void {
    const route = this.#plan.routes.get(webhook.route);
    const entry = route === undefined ? undefined : this.#hosts.get(route.botHost);
    const now = this.#deps.clock.monotonic();
    const waiting =
      caller === null ? null : { caller, route: webhook.route, until: now + (route?.answerForMs ?? 0) };
    if (lease === null) {
      this.#follow(webhook, waiting, entry);
      return;
    }
    const leaseMs = entry?.host.plan.leaseMs ?? leaseMarginMs;
    const age = Math.min(Math.max(0, this.#deps.clock.now() - webhook.receivedAt), leaseMs);
    const job: Job = {
      webhook,
      progress: freshProgress(webhook.receivedAt),
      lane: 'live',
      claimed: false,
      takenAt: now,
      lease,
      leaseUntil: now + leaseMs - age,
      caller: waiting,
    };
    this.#held.set(webhook.id, job);
    this.#dispatch(job, entry, entry !== undefined && !entry.claims.busy);
  }

  wake(route?: string): void {
    if (route !== undefined) {
      this.#wakeRoute(route);
      return;
    }
    for (const { host, claims } of this.#hosts.values()) {
      for (const name of host.plan.routes) claims.hintAll(name);
      claims.wake();
    }
  }

  apply(): void {
    if (this.#phase === 'stopping') return;
    this.#plan = planOf(this.#deps.settings.current);
    // Taken out first and given out anew: a route may have moved to another host, and a host's rate may have changed.
    const waiting = [...this.#hosts.values()].flatMap(({ host }) => host.takeWaiting());
    for (const [name, entry] of this.#hosts) if (!this.#plan.botHosts.has(name)) this.#retire(name, entry);
    for (const [name, plan] of this.#plan.botHosts) {
      const entry = this.#hosts.get(name);
      if (entry === undefined) this.#hosts.set(name, this.#openHost(new BotHost(plan, this.#hostParts())));
      else entry.host.update(plan);
    }
    for (const job of waiting) this.#dispatch(job, this.#entryOf(job.webhook.route), true);
    this.wake();
  }

  leaseMs(route: string): number {
    return this.#entryOf(route)?.host.plan.leaseMs ?? leaseMarginMs;
  }

  stats(): DeliveryStats {
    const botHosts = Object.fromEntries(
      [...this.#hosts].map(([name, { host }]) => [name, host.stats()] as const),
    );
    return { botHosts, callersWaiting: this.#callers.size, unsettled: this.#settler.backlog };
  }

  /** A webhook behind another of its key: nothing to do but to keep its caller, where an answer can come soon. */
  #follow(webhook: Webhook, waiting: WaitingCaller | null, entry: HostEntry | undefined): void {
    const job = this.#held.get(webhook.id);
    if (waiting !== null) {
      // The log may have given it out already, between its append and this call.
      if (job !== undefined) job.caller ??= waiting;
      else if (this.#phase === 'running' && entry?.host.admits === true)
        this.#callers.hold(webhook.id, waiting);
      else waiting.caller.giveUp('queued');
    }
    entry?.claims.hintAll(webhook.route);
    entry?.claims.wake();
  }

  /** Gives a held job to its bot host, or puts it off where it has none or nothing begins any more. */
  #dispatch(job: Job, entry: HostEntry | undefined, mayProbe: boolean): void {
    const now = this.#deps.clock.now();
    if (this.#phase !== 'running') this.#endings.deferred(job, 'shutdown', now);
    else if (entry === undefined) this.#endings.deferred(job, 'no-bot-host', now);
    else entry.host.accept(job, mayProbe);
  }

  /** Takes a webhook that the log has given out. */
  #take({ webhook, lease, progress, lane }: Claimed, leaseUntil: number): void {
    const held = this.#held.get(webhook.id);
    if (held !== undefined) {
      // Its lease ran out while it was held here: one try at a time, now under the new lease.
      held.lease = lease;
      held.leaseUntil = leaseUntil;
      return;
    }
    const takenAt = this.#deps.clock.monotonic();
    const caller = this.#callers.take(webhook.id);
    const job: Job = { webhook, progress, lane, claimed: true, takenAt, lease, leaseUntil, caller };
    this.#held.set(webhook.id, job);
    const route = this.#plan.routes.get(webhook.route);
    if (route !== undefined && this.#deps.clock.now() - progress.budgetFrom > route.policy.ageMaxMs)
      this.#endings.expired(job, route.botHost);
    else this.#dispatch(job, this.#entryOf(webhook.route), true);
  }

  #onSettled(job: Job, event: WebhookEvent, result: Settled): void {
    const { id, route, orderKey } = job.webhook;
    if (this.#held.get(id) === job) this.#held.delete(id);
    if (result === 'stale') this.#endings.stale(job);
    const claims = this.#entryOf(route)?.claims;
    if (claims === undefined) return;
    const { then } = event;
    if (then.state === 'pending') claims.hint(route, then.lane, then.dueAt);
    // What has just ended may have let the next one of its key out.
    if (orderKey !== null) claims.hintAll(route);
    claims.placeFreed();
  }

  #entryOf(route: string): HostEntry | undefined {
    const plan = this.#plan.routes.get(route);
    return plan === undefined ? undefined : this.#hosts.get(plan.botHost);
  }

  #wakeRoute(route: string): void {
    const claims = this.#entryOf(route)?.claims;
    claims?.hintAll(route);
    claims?.wake();
  }

  #hostParts(): ConstructorParameters<typeof BotHost>[1] {
    const { clock, random, noticed } = this.#deps;
    return {
      clock,
      random,
      noticed,
      endings: this.#endings,
      attempt: this.#attempt,
      routeOf: (name) => this.#plan.routes.get(name),
      publicBase: () => this.#plan.publicBase,
      settlerFull: () =>
        this.#settler.backlog < unsettledMax ? null : this.#settler.whenBelow(unsettledMax),
      isStopping: () => this.#phase === 'stopping',
      release: (job) => void this.#held.delete(job.webhook.id),
      onRoom: (host) => this.#onRoom(host),
      onCircuit: (host, state) => this.#onCircuit(host, state),
    };
  }

  #openHost(host: BotHost): HostEntry {
    const claims = new Claims({
      log: this.#deps.log,
      clock: this.#deps.clock,
      noticed: this.#deps.noticed,
      host: {
        plan: () => host.plan,
        claimable: () => host.claimable(),
        probeInMs: () => host.probeInMs,
        take: (claimed, leaseUntil) => this.#take(claimed, leaseUntil),
      },
    });
    claims.start();
    return { host, claims };
  }

  #retire(name: string, { host, claims }: HostEntry): void {
    this.#hosts.delete(name);
    void claims.stop();
    if (host.running > 0) this.#retired.add(host);
  }

  #onRoom(host: BotHost): void {
    if (host.running === 0) this.#retired.delete(host);
    this.#hosts.get(host.name)?.claims.placeFreed();
  }

  #onCircuit(host: BotHost, state: CircuitState): void {
    this.#deps.metrics.circuitChanged({ botHost: host.name, state });
    if (state === 'open') this.#callers.giveUpRoutes(host.plan.routes);
    // Wakes even while nothing is known to be due: the timer for the probe is set, or the ramp's new places are filled.
    this.#hosts.get(host.name)?.claims.wake();
  }

  #housekeepLater(): void {
    this.#timer = this.#deps.clock.after(claimPeriodMs, () => {
      this.#housekeep();
      this.#housekeepLater();
    });
  }

  #housekeep(): void {
    const { clock } = this.#deps;
    this.#callers.sweep();
    const wallAhead = clock.now() - clock.monotonic();
    const wentBack = wallAhead < this.#wallAhead - clockStepMs;
    this.#wallAhead = wallAhead;
    for (const { host } of this.#hosts.values()) {
      host.dropStaleWaiting();
      if (wentBack) host.clockWentBack();
    }
    this.#reportUnknownRoutes();
  }

  /** Pending webhooks of a route that the configuration has lost stay where they are; an operator must know. */
  #reportUnknownRoutes(): void {
    const { log, metrics, noticed } = this.#deps;
    const unknown = log.pendingRoutes().filter((route) => this.#entryOf(route) === undefined);
    metrics.unknownRoutes(unknown.length);
    for (const route of this.#unknownRoutes) if (!unknown.includes(route)) this.#unknownRoutes.delete(route);
    for (const route of unknown) {
      if (this.#unknownRoutes.has(route)) continue;
      this.#unknownRoutes.add(route);
      const text = `Webhooks of route ${route} are pending, but the configuration no longer has it; they stay in the log`;
      noticed({ code: 'route-unknown', text });
    }
  }

  async #stop(deadlineMs: number): Promise<void> {
    const began = this.#phase;
    this.#phase = 'stopping';
    if (began === 'new') return;
    this.#timer?.cancel();
    const end = this.#deps.clock.monotonic() + deadlineMs;
    const margin = Math.min(interruptMarginMs, deadlineMs / 2);
    const hosts = [...[...this.#hosts.values()].map(({ host }) => host), ...this.#retired];
    const now = this.#deps.clock.now();
    for (const job of hosts.flatMap((host) => host.takeWaiting()))
      this.#endings.deferred(job, 'shutdown', now);
    this.#callers.giveUpAll();
    const quiet = this.#quiet(hosts);
    if (!(await this.#within(quiet, end - margin))) for (const host of hosts) host.interrupt();
    if (!(await this.#within(quiet, end))) this.#settler.abandon();
  }

  /** Resolves when nothing is claimed, tried or settled any more. */
  async #quiet(hosts: readonly BotHost[]): Promise<void> {
    await Promise.all([...this.#hosts.values()].map(({ claims }) => claims.stop()));
    await Promise.all(hosts.map((host) => host.whenIdle()));
    await this.#settler.whenBelow(1);
  }

  /** Whether `work` ends before `at` (monotonic milliseconds). */
  async #within(work: Promise<void>, at: number): Promise<boolean> {
    const { clock } = this.#deps;
    let timer: Timer | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = clock.after(Math.max(0, at - clock.monotonic()), () => resolve(false));
    });
    const done = await Promise.race([work.then(() => true), late]);
    timer?.cancel();
    return done;
  }
}

/** Makes the delivery service of one process. Its log, forwarder and signer must be running before it starts. */
export function createDelivery(deps: DeliveryDeps): Delivery {
  return new DeliveryService(deps);
}
