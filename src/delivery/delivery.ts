import type { Caller } from '../core/answer.ts';
import type { Timer } from '../core/clock.ts';
import type { WebhookId } from '../core/ids.ts';
import type { Service } from '../core/service.ts';
import type { WebhookEvent } from '../core/state.ts';
import type { TraceContext } from '../core/traceContext.ts';
import type { Webhook } from '../core/webhook.ts';
import type { Claimed, Lease } from '../log/index.ts';
import type { BotHost, BotHostStats } from './botHost.ts';
import type { HostEntry } from './botHosts.ts';
import type { HeldJobs, Job, WaitingCaller } from './job.ts';
import type { CircuitState, DeliveryDeps } from './ports.ts';
import type { Settled } from './settler.ts';
import { freshProgress } from '../core/progress.ts';
import { createAttempt } from './attempt.ts';
import { BotHosts, UnknownRoutes } from './botHosts.ts';
import { Callers } from './callers.ts';
import { Endings } from './endings.ts';
import { Joiners } from './joiners.ts';
import { leaseMarginMs } from './plan.ts';
import { Settler, unsettledMax } from './settler.ts';

/** What delivery does now; memory only. */
export interface DeliveryStats {
  readonly botHosts: Readonly<Record<string, BotHostStats>>;
  /** Callers whose webhooks wait for a retry or behind their order key, and all that joined another's webhook. */
  readonly callersWaiting: number;
  /** Outcomes not yet written to the log. */
  readonly unsettled: number;
}

/** Delivers logged webhooks: first attempts, retries and replays. */
export interface Delivery extends Service {
  /**
   * Takes a webhook over that has just been appended, and tries it at once where its bot host has a place. Without a
   * lease (an earlier one of its order key goes first) only the caller is kept until the log gives the webhook out.
   * Never throws. `caller` null: nobody waits. `trace`: the span of its arrival; null where nothing is traced.
   */
  live(webhook: Webhook, lease: Lease | null, caller: Caller | null, trace: TraceContext | null): void;
  /**
   * Lets `caller` wait for the outcome of a webhook that was appended before: tried here, waiting for a retry, behind its
   * order key, or delivered by another node. Any number may join, beside the caller whose call it was. They are told once
   * the log has written the outcome, so that whoever joins first and reads the log then misses none; what is neither
   * ended nor to be tried again soon gives them up as `queued`, after `answer.for` of the route at the latest.
   *
   * Gives back what lets the caller leave at once, harmless at any time. Never throws.
   */
  join(id: WebhookId, route: string, caller: Caller): () => void;
  /** Something may be due (a replay was asked for): looks now, in all routes or in the one named. */
  wake(route?: string): void;
  /** Takes new settings over after a reload. The forwarder must know the new bot hosts already. */
  apply(): void;
  stats(): DeliveryStats;
}

/** A wall clock that falls behind the monotonic one by more than this has been set back; less is drift and rounding. */
const clockStepMs = 1_000;
/** How long before the deadline of a stop the attempts still under way are interrupted, so that they can be settled. */
const interruptMarginMs = 2_000;
const housekeepingMs = 1_000;

class DeliveryService implements Delivery {
  readonly #deps: DeliveryDeps;
  readonly #held: HeldJobs = new Map();
  readonly #callers: Callers;
  readonly #joiners: Joiners;
  readonly #settler: Settler;
  readonly #endings: Endings;
  readonly #hosts: BotHosts;
  readonly #unknownRoutes: UnknownRoutes;
  #phase: 'new' | 'running' | 'stopping' = 'new';
  #stopped: Promise<void> | null = null;
  #timer: Timer | null = null;
  #wallAhead: number;

  constructor(deps: DeliveryDeps) {
    const { log, clock, random, noticed, settings } = deps;
    this.#deps = deps;
    this.#wallAhead = clock.now() - clock.monotonic();
    this.#callers = new Callers(clock);
    this.#joiners = new Joiners({ clock, noticed });
    this.#unknownRoutes = new UnknownRoutes(noticed);
    this.#settler = new Settler({
      log,
      clock,
      noticed,
      onSettled: (job, event, result, lease) => this.#onSettled(job, event, result, lease),
    });
    this.#endings = new Endings({
      ...deps,
      callers: this.#callers,
      joiners: this.#joiners,
      settler: this.#settler,
    });
    const parts = {
      log,
      clock,
      random,
      noticed,
      endings: this.#endings,
      attempt: createAttempt(deps),
      settlerFull: () =>
        this.#settler.backlog < unsettledMax ? null : this.#settler.whenBelow(unsettledMax),
      isStopping: () => this.#phase === 'stopping',
      release: (job: Job) => void this.#held.delete(job.webhook.id),
      take: (claimed: Claimed, leaseUntil: number) => this.#take(claimed, leaseUntil),
      onCircuit: (host: BotHost, state: CircuitState) => this.#onCircuit(host, state),
    };
    this.#hosts = new BotHosts(parts, settings.current);
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

  live(webhook: Webhook, lease: Lease | null, caller: Caller | null, trace: TraceContext | null): void {
    const { clock } = this.#deps;
    const entry = this.#hosts.entryOf(webhook.route);
    const now = clock.monotonic();
    const waiting = caller && this.#waitingOf(caller, webhook.route);
    if (lease === null) {
      this.#follow(webhook, waiting);
      return;
    }
    const leaseMs = entry?.host.plan.leaseMs ?? leaseMarginMs;
    // The append took its time; a clock that was set meanwhile must not make more of it than the lease.
    const spentMs = Math.min(Math.max(0, clock.now() - webhook.receivedAt), leaseMs);
    const job: Job = {
      webhook,
      progress: freshProgress(webhook.receivedAt),
      lane: 'live',
      claimed: false,
      takenAt: now,
      trace,
      lease,
      leaseUntil: now + leaseMs - spentMs,
      givenAnew: null,
      caller: waiting,
    };
    this.#held.set(webhook.id, job);
    this.#dispatch(job, entry, entry !== undefined && !entry.claims.busy);
  }

  join(id: WebhookId, route: string, caller: Caller): () => void {
    if (this.#phase === 'running') return this.#joiners.join(id, this.#waitingOf(caller, route));
    caller.giveUp('queued');
    return () => undefined;
  }

  wake(route?: string): void {
    this.#hosts.wake(route);
  }

  apply(): void {
    if (this.#phase !== 'running') return;
    const waiting = this.#hosts.apply(this.#deps.settings.current);
    for (const job of waiting) this.#dispatch(job, this.#hosts.entryOf(job.webhook.route), true);
    this.#hosts.wake();
  }

  stats(): DeliveryStats {
    const botHosts = Object.fromEntries(this.#hosts.current.map((host) => [host.name, host.stats()]));
    const callersWaiting = this.#callers.size + this.#joiners.size;
    return { botHosts, callersWaiting, unsettled: this.#settler.backlog };
  }

  /** A caller of `route` that comes now. */
  #waitingOf(caller: Caller, route: string): WaitingCaller {
    const answerForMs = this.#hosts.routeOf(route)?.answerForMs ?? 0;
    return { caller, route, until: this.#deps.clock.monotonic() + answerForMs };
  }

  /** A webhook behind another of its key: nothing to do but to keep its caller, where an answer can come soon. */
  #follow(webhook: Webhook, waiting: WaitingCaller | null): void {
    const job = this.#held.get(webhook.id);
    if (waiting !== null) {
      // The log may have given it out already, between its append and this call.
      if (job !== undefined) job.caller ??= waiting;
      else if (this.#mayRetry(webhook.route)) {
        this.#callers.hold(webhook.id, waiting);
      } else waiting.caller.giveUp('queued');
    }
    this.#hosts.wake(webhook.route);
  }

  /** Gives a held job to its bot host, or puts it off where it has none or nothing begins any more. */
  #dispatch(job: Job, entry: HostEntry | undefined, mayProbe: boolean): void {
    const now = this.#deps.clock.now();
    if (this.#phase !== 'running') this.#endings.deferred(job, 'shutdown', now);
    else if (entry === undefined) this.#endings.deferred(job, 'no-bot-host', now);
    else entry.host.accept(job, mayProbe);
  }

  /** Takes a webhook that the log has given out. */
  #take(claimed: Claimed, leaseUntil: number): void {
    const { webhook, lease, progress, lane } = claimed;
    const held = this.#held.get(webhook.id);
    if (held !== undefined) {
      // Its lease ran out while it was held here: one try at a time, now under the new lease.
      held.lease = lease;
      held.leaseUntil = leaseUntil;
      held.givenAnew = claimed;
      return;
    }
    const { clock } = this.#deps;
    const takenAt = clock.monotonic();
    const caller = this.#callers.take(webhook.id);
    // What a crash left in the live lane is backlog, unless its sender has come again; followers of an order key may have
    // someone waiting.
    const isAwaited = caller !== null || this.#joiners.has(webhook.id);
    const turn = lane === 'live' && !isAwaited ? 'retry' : lane;
    const job: Job = {
      webhook,
      progress,
      lane: turn,
      claimed: true,
      takenAt,
      trace: null,
      lease,
      leaseUntil,
      givenAnew: null,
      caller,
    };
    this.#held.set(webhook.id, job);
    const route = this.#hosts.routeOf(webhook.route);
    if (route !== undefined && clock.now() - progress.budgetFrom > route.policy.ageMaxMs) {
      this.#endings.expired(job, route.botHost);
    } else {
      this.#dispatch(job, this.#hosts.entryOf(webhook.route), true);
    }
  }

  #onSettled(job: Job, event: WebhookEvent, result: Settled, lease: Lease): void {
    const { id, route, orderKey } = job.webhook;
    if (this.#held.get(id) === job) this.#held.delete(id);
    if (result === 'stale' && job.givenAnew !== null && job.lease !== lease) {
      // Cancelled and replayed, and given out anew, while this event was on its way: it begins anew, under that lease.
      this.#take(job.givenAnew, job.leaseUntil);
      return;
    }
    this.#tellWaiting(job, event, result);
    const claims = this.#hosts.entryOf(route)?.claims;
    if (claims === undefined) return;
    const { then } = event;
    if (then.state === 'pending') claims.hint(route, then.lane, then.dueAt);
    // What has just ended may have let the next one of its key out.
    if (orderKey !== null) claims.hintAll(route);
    claims.placeFreed();
  }

  /** Tells those who wait for a webhook, but for the caller in its job, what became of its event. */
  #tellWaiting(job: Job, event: WebhookEvent, result: Settled): void {
    const { id, route } = job.webhook;
    switch (result) {
      case 'settled':
        if (!this.#joiners.has(id)) break;
        this.#joiners.written(id, event, event.type === 'attempted' && this.#mayRetry(route));
        break;
      case 'stale':
        // Only a person's cancelling ends a lease before its time; after that the webhook may be another node's.
        if (this.#deps.clock.monotonic() < job.leaseUntil) this.#endings.cancelled(job);
        break;
      case 'dropped':
        this.#joiners.giveUp(id, 'queued');
        break;
    }
  }

  /** Whether due webhooks of `route` are tried now. */
  #mayRetry(route: string): boolean {
    return this.#phase === 'running' && this.#hosts.entryOf(route)?.host.admits === true;
  }

  #onCircuit(host: BotHost, state: CircuitState): void {
    this.#deps.metrics.circuitChanged({ botHost: host.name, state });
    if (state !== 'open') return;
    this.#callers.giveUpRoutes(host.plan.routes);
    this.#giveUpJoiners();
  }

  /** Tells joiners whose webhooks are neither in memory nor tried soon, and those whose budget is over. */
  #giveUpJoiners(): void {
    const now = this.#deps.clock.monotonic();
    this.#joiners.giveUpWhere(
      (id, { route, until }) => until <= now || (!this.#held.has(id) && !this.#mayRetry(route)),
    );
  }

  #housekeepLater(): void {
    this.#timer = this.#deps.clock.after(housekeepingMs, () => {
      this.#housekeep();
      this.#housekeepLater();
    });
  }

  #housekeep(): void {
    const { clock, log, metrics } = this.#deps;
    this.#callers.sweep();
    this.#giveUpJoiners();
    const wallAhead = clock.now() - clock.monotonic();
    const wentBack = wallAhead < this.#wallAhead - clockStepMs;
    this.#wallAhead = wallAhead;
    for (const host of this.#hosts.current) {
      host.dropStaleWaiting();
      if (wentBack) host.clockWentBack();
    }
    const unknown = log.pendingRoutes().filter((route) => this.#hosts.entryOf(route) === undefined);
    metrics.unknownRoutes(unknown.length);
    this.#unknownRoutes.report(unknown);
  }

  async #stop(deadlineMs: number): Promise<void> {
    const began = this.#phase;
    this.#phase = 'stopping';
    if (began === 'new') return;
    const { clock } = this.#deps;
    this.#timer?.cancel();
    const end = clock.monotonic() + deadlineMs;
    const hosts = this.#hosts.all;
    for (const job of hosts.flatMap((host) => host.takeWaiting())) {
      this.#endings.deferred(job, 'shutdown', clock.now());
    }
    this.#callers.giveUpAll();
    this.#giveUpJoiners();
    const quiet = this.#quiet(hosts);
    const interruptAt = end - Math.min(interruptMarginMs, deadlineMs / 2);
    if (!(await this.#endsBefore(quiet, interruptAt))) for (const host of hosts) host.interrupt();
    if (!(await this.#endsBefore(quiet, end))) this.#settler.abandon();
    this.#joiners.giveUpWhere(() => true);
  }

  /** Resolves when nothing is claimed, tried or settled any more. */
  async #quiet(hosts: readonly BotHost[]): Promise<void> {
    await this.#hosts.stopClaims();
    await Promise.all(hosts.map((host) => host.whenIdle()));
    await this.#settler.whenBelow(1);
  }

  /** Whether `work` ends before `at` (monotonic milliseconds). */
  async #endsBefore(work: Promise<void>, at: number): Promise<boolean> {
    const { clock } = this.#deps;
    let timer: Timer | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = clock.after(Math.max(0, at - clock.monotonic()), () => resolve(false));
    });
    const ended = await Promise.race([work.then(() => true), late]);
    timer?.cancel();
    return ended;
  }
}

/**
 * Makes the delivery service of one process. Its log, forwarder and signer must be running before it starts. Whoever
 * appends must lease for at least the bot host's `attemptTimeout` and `leaseMarginMs`.
 */
export function createDelivery(deps: DeliveryDeps): Delivery {
  return new DeliveryService(deps);
}
