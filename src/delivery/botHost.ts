import { setMaxListeners } from 'node:events';
import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import type { Lane } from '../core/state.ts';
import type { AttemptWay, Tried } from './attempt.ts';
import type { Endings } from './endings.ts';
import type { Job } from './job.ts';
import type { BotHostPlan, RoutePlan } from './plan.ts';
import type { CircuitState, DeliveryNotice } from './ports.ts';
import type { HostVerdict } from './circuit.ts';
import { Circuit } from './circuit.ts';
import { backlogShare } from './laneQueue.ts';
import { Places } from './places.ts';
import { leaseMarginMs } from './plan.ts';

export interface BotHostParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly endings: Endings;
  readonly attempt: (job: Job, way: AttemptWay) => Promise<Tried>;
  /** What the configuration says about a route now. */
  readonly routeOf: (name: string) => RoutePlan | undefined;
  readonly publicBase: () => string | null;
  /** Waits while too many outcomes are unwritten. Null: no need to. */
  readonly settlerFull: () => Promise<void> | null;
  readonly onCircuit: (host: BotHost, state: CircuitState) => void;
  readonly isStopping: () => boolean;
  /** Forgets a job without settling it. */
  readonly release: (job: Job) => void;
  /** A place has become free. */
  readonly onRoom: (host: BotHost) => void;
  readonly noticed: (notice: DeliveryNotice) => void;
}

/** What one bot host does now. */
export interface BotHostStats {
  readonly circuit: CircuitState;
  readonly inFlight: number;
  readonly waiting: Readonly<Record<Lane, number>>;
}

/** One bot host: its places and its circuit. It shares nothing with another, so that a dead one delays nobody. */
export class BotHost {
  readonly name: string;
  readonly #parts: BotHostParts;
  readonly #circuit: Circuit;
  readonly #places: Places;
  readonly #waiting: Readonly<Record<Lane, Set<Job>>> = {
    live: new Set(),
    retry: new Set(),
    replay: new Set(),
  };
  readonly #interrupt = new AbortController();
  #plan: BotHostPlan;
  #waitingLiveBytes = 0;
  /** Claimed jobs, waiting and running. */
  #claimedHeld = 0;
  #underWay = 0;
  /** Of those under way, the ones that began before the circuit last opened. */
  #olderUnderWay = 0;

  constructor(plan: BotHostPlan, parts: BotHostParts) {
    this.name = plan.target.name;
    this.#plan = plan;
    this.#parts = parts;
    const { concurrency, rate, circuit } = plan.settings;
    // As many attempts as the cap allows listen to the one signal; Node's warning about ten means a leak, and this is none.
    setMaxListeners(0, this.#interrupt.signal);
    this.#circuit = new Circuit({
      clock: parts.clock,
      random: parts.random,
      settings: circuit,
      concurrency,
      onChange: (state) => this.#onCircuit(state),
    });
    this.#places = new Places({
      rate,
      limit: concurrency,
      onFree: () => parts.onRoom(this),
      onThrow: (error) =>
        parts.noticed({ code: 'queue-threw', text: 'A turn ended in an error of our own', error }),
    });
  }

  get plan(): BotHostPlan {
    return this.#plan;
  }

  get running(): number {
    return this.#places.running;
  }

  /** Whether webhooks pass freely: the circuit neither open nor waiting for its probe. */
  get admits(): boolean {
    return this.#circuit.admits;
  }

  get probeInMs(): number {
    return this.#circuit.probeInMs;
  }

  /** Takes the configuration over after a reload. Waiting jobs must have been taken out. */
  update(plan: BotHostPlan): void {
    this.#plan = plan;
    const { concurrency, rate, circuit } = plan.settings;
    this.#circuit.update(circuit, concurrency);
    this.#places.setRate(rate);
    this.#applyLimit();
  }

  /**
   * Takes a job: it begins at once or waits for its place. While the circuit is open it is put off, but for the one that
   * probes; so is a live one for which there is no room. `mayProbe` is false for live ones while due ones are looked for.
   */
  accept(job: Job, mayProbe: boolean): void {
    const { endings, clock } = this.#parts;
    if (!this.#circuit.admits) {
      if (!mayProbe || !this.#circuit.takeProbe()) {
        // All are due when the probe is: claims are capped, so no crowd follows, and the log keeps their order.
        endings.deferred(job, 'circuit-open', clock.now() + Math.ceil(this.#circuit.probeInMs));
        return;
      }
    } else if (!job.claimed && !this.#places.hasRoom && this.#isLaneFull(job)) {
      endings.deferred(job, 'lane-full', clock.now());
      return;
    }
    this.#enqueue(job);
  }

  /**
   * How many due webhooks may be claimed: as many as places are free and half as many again, which hide the time of the
   * next claim (a drain with answers of 5 ms went from 0.53 to 0.64 of the live rate); under full live load still the
   * backlog's share of places; as few as can begin inside their leases where the rate is slow; one as a probe; none
   * while open.
   */
  claimable(): number {
    const { state, probeInMs } = this.#circuit;
    if (state === 'half-open') return 0;
    if (state === 'open') return probeInMs > 0 ? 0 : 1;
    const { limit, running, waiting } = this.#places;
    const free = limit + Math.ceil(limit / 2) - running - waiting;
    const share = Math.max(1, Math.floor(limit / backlogShare)) - this.#claimedHeld;
    const claimedWaiting = this.#waiting.retry.size + this.#waiting.replay.size;
    return Math.min(Math.max(free, share), this.#startsInMargin() - claimedWaiting);
  }

  /** Takes every waiting job out, in the order of its lane. */
  takeWaiting(): Job[] {
    this.#places.clear();
    const jobs = [...this.#waiting.live, ...this.#waiting.retry, ...this.#waiting.replay];
    for (const job of jobs) {
      this.#leftQueue(job);
      if (job.claimed) this.#claimedHeld -= 1;
    }
    // While the circuit is half-open, what waited was its probe: it has told nothing.
    if (jobs.length > 0) this.#judge(this.#circuit.generation, 'unknown');
    return jobs;
  }

  /** Puts off whatever has waited so long that its lease would run out during the attempt. */
  dropStaleWaiting(): void {
    const isStale = (job: Job) => !this.#hasLeaseFor(job);
    const { live, retry, replay } = this.#waiting;
    // Leases of one host are equally long, so that the first of each lane is the first to run out.
    const heads = [live, retry, replay].map((lane) => lane.values().next().value);
    if (!heads.some((job) => job !== undefined && isStale(job))) return;
    const jobs = this.takeWaiting();
    const now = this.#parts.clock.now();
    for (const job of jobs) if (isStale(job)) this.#parts.endings.deferred(job, 'lane-full', now);
    for (const job of jobs) if (!isStale(job)) this.accept(job, true);
  }

  /** The wall clock was set back: see `Places.forgetRate`. */
  clockWentBack(): void {
    if (this.#plan.settings.rate === null) return;
    const jobs = this.takeWaiting();
    this.#places.forgetRate();
    for (const job of jobs) this.accept(job, true);
  }

  /** Ends the attempts under way; each is settled as interrupted. */
  interrupt(): void {
    this.#interrupt.abort();
  }

  /** Resolves when no attempt is under way. */
  whenIdle(): Promise<void> {
    return this.#places.whenIdle();
  }

  stats(): BotHostStats {
    const { live, retry, replay } = this.#waiting;
    return {
      circuit: this.#circuit.state,
      inFlight: this.#places.running,
      waiting: { live: live.size, retry: retry.size, replay: replay.size },
    };
  }

  #isLaneFull(job: Job): boolean {
    const { waitingMax, waitingBytesMax } = this.#plan.settings;
    // Senders that are acknowledged at once are no longer counted by the public listener's own bound of bytes.
    return (
      this.#waiting.live.size >= waitingMax ||
      this.#waitingLiveBytes + job.webhook.request.body.byteLength > waitingBytesMax
    );
  }

  #enqueue(job: Job): void {
    this.#waiting[job.lane].add(job);
    if (job.claimed) this.#claimedHeld += 1;
    else this.#waitingLiveBytes += job.webhook.request.body.byteLength;
    this.#places.add(job.lane, () => this.#start(job));
  }

  #leftQueue(job: Job): void {
    this.#waiting[job.lane].delete(job);
    if (!job.claimed) this.#waitingLiveBytes -= job.webhook.request.body.byteLength;
  }

  /** The job's turn has come. */
  async #start(job: Job): Promise<void> {
    const { clock, endings, routeOf, noticed, release } = this.#parts;
    this.#leftQueue(job);
    try {
      const route = routeOf(job.webhook.route);
      if (route !== undefined && this.#hasLeaseFor(job)) {
        await this.#try(job, route);
      } else {
        endings.deferred(job, route === undefined ? 'no-bot-host' : 'lane-full', clock.now());
        this.#judge(this.#circuit.generation, 'unknown');
      }
    } catch (error) {
      // Nothing above throws but for a bug. The webhook's lease runs out, and then its turn comes again.
      noticed({ code: 'queue-threw', text: 'A turn ended in an error of our own', error });
      release(job);
      this.#judge(this.#circuit.generation, 'unknown');
    } finally {
      if (job.claimed) this.#claimedHeld -= 1;
    }
  }

  async #try(job: Job, route: RoutePlan): Promise<void> {
    const { attempt, clock, endings, publicBase, settlerFull, isStopping } = this.#parts;
    const { generation } = this.#circuit;
    const waitedMs = clock.monotonic() - job.takenAt;
    this.#underWay += 1;
    const { event, verdict, traceId } = await attempt(job, {
      route,
      target: this.#plan.target,
      publicBase: publicBase(),
      signal: this.#interrupt.signal,
      isFailure: this.#isFailure,
    });
    this.#underWay -= 1;
    if (generation !== this.#circuit.generation) this.#olderUnderWay -= 1;
    this.#judge(generation, verdict);
    const callersStay = this.#circuit.admits && !isStopping();
    endings.attempted(job, event, { botHost: this.name, waitedMs, callersStay, traceId });
    const full = settlerFull();
    if (full !== null) await full;
  }

  readonly #isFailure = (status: number): boolean => this.#circuit.isFailure(status);

  #judge(generation: number, verdict: HostVerdict): void {
    this.#circuit.record(generation, verdict);
    this.#applyLimit();
  }

  #onCircuit(state: CircuitState): void {
    if (state === 'open') {
      this.#olderUnderWay = this.#underWay;
      const dueAt = this.#parts.clock.now() + Math.ceil(this.#circuit.probeInMs);
      for (const job of this.takeWaiting()) this.#parts.endings.deferred(job, 'circuit-open', dueAt);
    }
    this.#parts.onCircuit(this, state);
  }

  /** Older attempts still hang on a host that was lost; they must not keep the probe from going, nor break the cap. */
  #applyLimit(): void {
    this.#places.limit = Math.min(
      this.#plan.settings.concurrency,
      this.#olderUnderWay + this.#circuit.allowed,
    );
  }

  #hasLeaseFor(job: Job): boolean {
    return job.leaseUntil - this.#parts.clock.monotonic() >= this.#plan.settings.attemptTimeout;
  }

  /** How many attempts the rate lets begin in half of what a lease leaves for waiting. */
  #startsInMargin(): number {
    const { rate } = this.#plan.settings;
    return rate === null ? Infinity : Math.max(1, Math.floor((rate.requests * leaseMarginMs) / 2 / rate.per));
  }
}
