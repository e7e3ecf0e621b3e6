import type { WebhookId } from '../../core/ids.ts';
import type { Subject } from './subject.ts';

/**
 * A webhook that somebody has in hand. `leased`: it is being delivered. `busy`: a change of it is being decided or
 * written; nobody else may touch it until that is over.
 */
export interface Hold {
  readonly kind: 'leased' | 'busy';
  readonly subject: Subject;
  /** Empty while busy. */
  readonly token: string;
  readonly expiresAt: number;
  /** Its envelope's sequence number where only memory and the watermark know that it is pending; else 0. */
  readonly sequence: number;
  /** Its envelope is on disk. */
  durable: boolean;
}

/** A webhook cancelled while it was being delivered: its attempt may still be written down. */
interface Recalled {
  readonly subject: Subject;
  readonly token: string;
  readonly expiresAt: number;
}

/** Recalled ones are forgotten when their lease is over, once there are this many. */
const recalledMax = 1_000;

/** All leases and reservations. One process owns the log, so they live in memory; they outlast a reopening. */
export class Holds {
  readonly #holds = new Map<WebhookId, Hold>();
  readonly #recalled = new Map<WebhookId, Recalled>();
  readonly #waiting = new Map<WebhookId, (() => void)[]>();
  /** By route: the earliest time at which a lease that no due entry stands for can run out. */
  readonly #earliestExpiry = new Map<number, number>();
  #leased = 0;
  #tokens = 0;
  #boot = 0;

  /** Makes tokens differ from those of every earlier run. */
  setBoot(boot: number): void {
    this.#boot = boot;
  }

  /** Forgets everything: a new run begins. */
  clear(): void {
    this.#holds.clear();
    this.#recalled.clear();
    this.#earliestExpiry.clear();
    this.#leased = 0;
    for (const id of [...this.#waiting.keys()]) this.#wake(id);
  }

  /** How many leases there are. */
  get leased(): number {
    return this.#leased;
  }

  get(id: WebhookId): Hold | undefined {
    return this.#holds.get(id);
  }

  /**
   * Gives out a webhook until `expiresAt`; a hold on it, if there is one, ends.
   *
   * @param fresh the sequence number of an envelope that is only now being written.
   */
  lease(subject: Subject, expiresAt: number, fresh?: number): Hold {
    this.#tokens += 1;
    const token = `${this.#boot.toString(36)}.${this.#tokens.toString(36)}`;
    const sequence = fresh ?? this.#holds.get(subject.id)?.sequence ?? 0;
    const hold: Hold = { kind: 'leased', subject, token, expiresAt, sequence, durable: fresh === undefined };
    this.#put(hold);
    if (subject.due === null) {
      const earliest = this.#earliestExpiry.get(subject.routeNo) ?? Infinity;
      if (expiresAt < earliest) this.#earliestExpiry.set(subject.routeNo, expiresAt);
    }
    return hold;
  }

  /** Reserves a webhook for a change. Whoever had it leased has lost it. */
  reserve(subject: Subject): void {
    const sequence = this.#holds.get(subject.id)?.sequence ?? 0;
    this.#put({ kind: 'busy', subject, token: '', expiresAt: Infinity, sequence, durable: true });
  }

  #put(hold: Hold): void {
    const { id } = hold.subject;
    if (this.#holds.get(id)?.kind === 'leased') this.#leased -= 1;
    if (hold.kind === 'leased') this.#leased += 1;
    this.#holds.set(id, hold);
    if (hold.kind === 'leased') this.#wake(id);
  }

  /** Brings back a hold that `reserve` took the place of: the change did not come about. */
  restore(hold: Hold): void {
    this.#put(hold);
    this.#wake(hold.subject.id);
  }

  /** Ends a hold. */
  release(id: WebhookId): void {
    if (this.#holds.get(id)?.kind === 'leased') this.#leased -= 1;
    this.#holds.delete(id);
    this.#wake(id);
  }

  #wake(id: WebhookId): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    for (const wake of waiting) wake();
  }

  /** Resolves when a busy webhook is so no more (at once, where it is not). */
  settled(id: WebhookId): Promise<void> {
    if (this.#holds.get(id)?.kind !== 'busy') return Promise.resolve();
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(id);
      if (waiting === undefined) this.#waiting.set(id, [resolve]);
      else waiting.push(resolve);
    });
  }

  /** Leases of a route that have run out by `now` and that no due entry stands for. */
  expired(routeNo: number, now: number): Hold[] {
    const earliest = this.#earliestExpiry.get(routeNo);
    if (earliest === undefined || earliest > now) return [];
    const expired: Hold[] = [];
    let next = Infinity;
    for (const hold of this.#holds.values()) {
      const { subject } = hold;
      if (hold.kind !== 'leased' || subject.routeNo !== routeNo || subject.due !== null) continue;
      if (hold.expiresAt <= now) expired.push(hold);
      else next = Math.min(next, hold.expiresAt);
    }
    // Those found keep the time in the past until they have been given out anew.
    if (expired.length === 0) {
      if (next === Infinity) this.#earliestExpiry.delete(routeNo);
      else this.#earliestExpiry.set(routeNo, next);
    }
    return expired;
  }

  /** All webhooks that are pending and that no index entry stands for. */
  *unindexed(): Generator<Hold> {
    for (const hold of this.#holds.values()) {
      if (hold.sequence > 0 && hold.durable && hold.subject.state === 'pending') yield hold;
    }
  }

  /** Remembers that a leased webhook was cancelled. */
  recall({ token, expiresAt }: Hold, subject: Subject, now: number): void {
    if (this.#recalled.size >= recalledMax) {
      for (const [id, recalled] of this.#recalled) if (recalled.expiresAt <= now) this.#recalled.delete(id);
    }
    this.#recalled.set(subject.id, { subject, token, expiresAt });
  }

  /** Whether this lease was for a webhook that has been cancelled since. */
  isRecalled(id: WebhookId, token: string): boolean {
    return this.#recalled.get(id)?.token === token;
  }

  /** The cancelled webhook that this lease was for, once; null where there is none. */
  takeRecalled(id: WebhookId, token: string): Subject | null {
    const recalled = this.#recalled.get(id);
    if (recalled?.token !== token) return null;
    this.#recalled.delete(id);
    return recalled.subject;
  }

  /** Forgets that a webhook was cancelled in flight: it has gone on since. */
  forgetRecalled(id: WebhookId): void {
    this.#recalled.delete(id);
  }
}
