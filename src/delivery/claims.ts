import type { Clock, Timer } from '../core/clock.ts';
import type { Lane } from '../core/state.ts';
import type { Claimed, DeliveryLog } from '../log/index.ts';
import type { BotHostPlan } from './plan.ts';
import type { DeliveryNotice } from './ports.ts';
import { backlogShare } from './laneQueue.ts';

/** How often the log is asked whether anything is due that nobody hinted at (a lease ran out, another node deferred). */
export const claimPeriodMs = 1_000;

/** When something came due during a pass that had gone by it. */
const soonMs = 25;

/** The bot host that claims are made for. */
export interface ClaimingHost {
  /** Its configuration now. */
  readonly plan: () => Pick<BotHostPlan, 'routes' | 'leaseMs'>;
  /** How many more webhooks the host can take in now. */
  readonly claimable: () => number;
  /** Milliseconds until the open circuit lets a probe pass; 0 where it is not open. */
  readonly probeInMs: () => number;
  /** Takes a claimed webhook over; `leaseUntil` in monotonic milliseconds. */
  readonly take: (claimed: Claimed, leaseUntil: number) => void;
}

export interface ClaimsParts {
  readonly log: Pick<DeliveryLog, 'claim' | 'pendingRoutes'>;
  readonly clock: Clock;
  readonly host: ClaimingHost;
  readonly noticed: (notice: DeliveryNotice) => void;
}

/** Followers and leftovers of a crash first, then retries, then replays. */
const lanes = ['live', 'retry', 'replay'] as const satisfies readonly Lane[];
const replaysFirst = ['replay', 'live', 'retry'] as const satisfies readonly Lane[];

/** When each lane of a route is due at the earliest, as far as is known; wall clock, Infinity: nothing is known of. */
type LaneDue = Record<Lane, number>;

/**
 * Brings due webhooks from the log to one bot host: a reconciler without input, woken by hints, by the earliest due time
 * that it knows, and by a period. It claims only what the host can take in, so a million may wait on disk.
 */
export class Claims {
  readonly #parts: ClaimsParts;
  readonly #due = new Map<string, LaneDue>();
  /** The least of `#due`. */
  #earliest = Infinity;
  #askedAllAt = -Infinity;
  #passes = 0;
  #timer: Timer | null = null;
  #again = false;
  #failed = false;
  #running: Promise<void> | null = null;
  #stopped = true;

  constructor(parts: ClaimsParts) {
    this.#parts = parts;
  }

  /** A pass is under way. */
  get busy(): boolean {
    return this.#running !== null;
  }

  start(): void {
    this.#stopped = false;
    this.wake();
  }

  /** Ends claiming; resolves when the pass under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  /** Something of `route` may be due at `dueAt` in `lane`. */
  hint(route: string, lane: Lane, dueAt: number): void {
    const due = this.#dueOf(route);
    if (dueAt >= due[lane]) return;
    due[lane] = dueAt;
    if (dueAt >= this.#earliest) return;
    this.#earliest = dueAt;
    if (this.#running === null && !this.#stopped) this.#arm();
  }

  /** Anything of `route` may be due now. */
  hintAll(route: string): void {
    for (const lane of lanes) this.hint(route, lane, 0);
  }

  /** Looks now. */
  wake(): void {
    if (this.#stopped) return;
    this.#again = true;
    this.#running ??= this.#run();
  }

  /** Looks now if something is known to be due: called whenever a place becomes free. */
  placeFreed(): void {
    if (this.#earliest !== Infinity && this.#earliest <= this.#parts.clock.now()) this.wake();
  }

  async #run(): Promise<void> {
    // The caller's turn ends first: hints that come together are answered by one pass.
    await Promise.resolve();
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        await this.#pass();
        this.#failed = false;
      } catch (error) {
        this.#noticeFailure(error);
        this.#failed = true;
        break;
      }
    }
    this.#running = null;
    if (!this.#stopped) this.#arm();
  }

  /** Once for each failure, however often the log is asked while it lasts. */
  #noticeFailure(error: unknown): void {
    if (this.#failed) return;
    const text = 'The log gives no due webhooks out now; it is asked again every second';
    this.#parts.noticed({ code: 'claim-failed', text, error });
  }

  async #pass(): Promise<void> {
    const { clock, host } = this.#parts;
    if (host.claimable() <= 0) return;
    if (clock.monotonic() - this.#askedAllAt >= claimPeriodMs) this.#askAll();
    this.#passes += 1;
    let taken = 0;
    for (const lane of this.#passes % backlogShare === 0 ? replaysFirst : lanes) {
      taken += await this.#claimLane(lane);
      if (host.claimable() <= 0) break;
    }
    this.#findEarliest();
    // What was taken may have needed no place (expired), or a route's share may have been too small: look once more.
    if (taken > 0 && host.claimable() > 0) this.placeFreed();
  }

  /** Claims in every route that has something due in `lane`: each its share of the places, beginning at another each time. */
  async #claimLane(lane: Lane): Promise<number> {
    const { clock, host } = this.#parts;
    const now = clock.now();
    const due = host.plan().routes.filter((route) => (this.#due.get(route)?.[lane] ?? Infinity) <= now);
    let taken = 0;
    for (let turn = 0; turn < due.length && !this.#stopped; turn += 1) {
      const claimable = host.claimable();
      if (claimable <= 0) break;
      const route = due[(turn + this.#passes) % due.length];
      if (route === undefined) break;
      taken += await this.#claim(route, lane, Math.ceil(claimable / (due.length - turn)));
    }
    return taken;
  }

  async #claim(route: string, lane: Lane, limit: number): Promise<number> {
    const { log, clock, host } = this.#parts;
    const { leaseMs } = host.plan();
    const leaseUntil = clock.monotonic() + leaseMs;
    // Forgotten before the call, so that a hint that comes during it is not.
    this.#dueOf(route)[lane] = Infinity;
    let answer: Awaited<ReturnType<DeliveryLog['claim']>>;
    try {
      answer = await log.claim({ route, lane, limit, leaseMs, now: clock.now() });
    } catch (error) {
      this.#dueOf(route)[lane] = 0;
      throw error;
    }
    for (const claimed of answer.claimed) host.take(claimed, leaseUntil);
    if (answer.nextDueAt !== null) this.#lower(route, lane, answer.nextDueAt);
    return answer.claimed.length;
  }

  /** Asks of every route that has pending webhooks, whatever was known of it. */
  #askAll(): void {
    this.#askedAllAt = this.#parts.clock.monotonic();
    const pending = new Set(this.#parts.log.pendingRoutes());
    const { routes } = this.#parts.host.plan();
    for (const route of this.#due.keys()) if (!routes.includes(route)) this.#due.delete(route);
    for (const route of routes) {
      const from = pending.has(route) ? 0 : Infinity;
      this.#due.set(route, { live: from, retry: from, replay: from });
    }
    this.#findEarliest();
  }

  #lower(route: string, lane: Lane, dueAt: number): void {
    const due = this.#dueOf(route);
    due[lane] = Math.min(due[lane], dueAt);
  }

  #dueOf(route: string): LaneDue {
    let due = this.#due.get(route);
    if (due === undefined) {
      due = { live: Infinity, retry: Infinity, replay: Infinity };
      this.#due.set(route, due);
    }
    return due;
  }

  #findEarliest(): void {
    let earliest = Infinity;
    for (const { live, retry, replay } of this.#due.values())
      earliest = Math.min(earliest, live, retry, replay);
    this.#earliest = earliest;
  }

  /** Sets the timer for the next look: the earliest due time or the probe, and the period at the latest. */
  #arm(): void {
    const { clock, host } = this.#parts;
    const now = clock.now();
    const sinceAsked = clock.monotonic() - this.#askedAllAt;
    // A pass that found no place did not ask: then a place that becomes free wakes, or the next period.
    let delayMs = sinceAsked < claimPeriodMs ? claimPeriodMs - sinceAsked : claimPeriodMs;
    if (this.#earliest > now) delayMs = Math.min(delayMs, this.#earliest - now);
    else if (!this.#failed && host.claimable() > 0) delayMs = Math.min(delayMs, soonMs);
    const probeInMs = host.probeInMs();
    if (probeInMs > 0) delayMs = Math.min(delayMs, probeInMs);
    this.#timer?.cancel();
    this.#timer = clock.after(Math.max(1, delayMs), () => this.wake());
  }
}
