import type { WebhookId } from '../../core/ids.ts';
import type { Envelope } from '../codec/envelope.ts';
import { progressOf } from '../codec/tally.ts';
import type { Claimed, DeliveryLog } from '../contract.ts';
import type { Engine } from './engine.ts';
import type { Hold } from './holds.ts';
import { keyAfter, parseDueKey } from './keys.ts';
import type { DueEntry } from './keys.ts';
import type { DueLane } from './lanes.ts';
import { promisedJob } from './job.ts';
import { quarantine } from './quarantine.ts';
import type { LastEvent } from './records.ts';
import { readEnvelopes, readLastEvent, subjectOf } from './records.ts';
import type { Store } from './store.ts';
import type { DuePlace, Subject } from './subject.ts';
import { dueDeletion, unreadSubject } from './subject.ts';

type ClaimParams = Parameters<DeliveryLog['claim']>[0];
type ClaimResult = Awaited<ReturnType<DeliveryLog['claim']>>;

/** Due entries looked at in one read: a claim asks for few, and those in flight are passed over. */
const scanPage = 64;

/** A webhook reserved for this claim; what it is has still to be read. */
interface Picked {
  readonly id: WebhookId;
  readonly entry: DueEntry | null;
  readonly place: DuePlace | null;
  /** Whose lease ran out. */
  readonly former: Hold | undefined;
}

/** Gives out due webhooks. */
export class Claimer {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** See `DeliveryLog.claim`. */
  async claim(params: ClaimParams): Promise<ClaimResult> {
    const routeNo = this.#engine.instance().routes.find(params.route);
    if (routeNo === null) return { claimed: [], nextDueAt: null };
    const lane = this.#engine.lanes.lane(routeNo, params.lane);
    const turn = lane.turn.then(() =>
      this.#engine.read((store) => this.#claim(store, lane, routeNo, params)),
    );
    lane.turn = turn.catch(() => undefined);
    return turn;
  }

  /** Looks again when a lane's first webhook is due: one that was has gone without having been claimed. */
  async refresh({ routeNo, lane }: Pick<DuePlace, 'routeNo' | 'lane'>, now: number): Promise<void> {
    const route = this.#engine.instance().routes.nameOf(routeNo);
    await this.claim({ route, lane, limit: 0, leaseMs: 0, now });
  }

  async #claim(store: Store, lane: DueLane, routeNo: number, params: ClaimParams): Promise<ClaimResult> {
    const picks: Picked[] = [];
    try {
      const { first, nextDueAt } = await this.#pick(store, { lane, routeNo, params, picks });
      const claimed = await this.#give(store, picks, params);
      const next = lane.endRead(first, nextDueAt);
      return { claimed, nextDueAt: next };
    } catch (error) {
      for (const { id, former } of picks) {
        const hold = this.#engine.holds.get(id);
        if (hold?.kind !== 'busy') continue;
        if (former === undefined) this.#engine.holds.release(id);
        else this.#engine.holds.restore(former);
      }
      throw error;
    }
  }

  /** Reserves up to `limit` due webhooks, earliest first. */
  async #pick(
    store: Store,
    scan: {
      readonly lane: DueLane;
      readonly routeNo: number;
      readonly params: ClaimParams;
      readonly picks: Picked[];
    },
  ): Promise<{ first: Buffer | null; nextDueAt: number | null }> {
    const { lane, routeNo, params, picks } = scan;
    const { holds } = this.#engine;
    let nextDueAt: number | null = null;
    if (params.lane === 'live') {
      for (const hold of holds.expired(routeNo, params.now)) {
        if (picks.length >= params.limit) nextDueAt ??= hold.subject.receivedAt;
        else this.#reserve(picks, { id: hold.subject.id, entry: null, place: null, former: hold });
      }
    }
    lane.beginRead();
    let { range } = lane;
    let first: Buffer | null = null;
    for (;;) {
      const page = await store.page(range, { limit: scanPage, keysOnly: true });
      const last = page.at(-1);
      if (last === undefined) return { first, nextDueAt };
      for (const { key } of page) {
        first ??= key;
        const entry = parseDueKey(key);
        const hold = holds.get(entry.id);
        const isHeld = hold !== undefined && (hold.kind === 'busy' || hold.expiresAt > params.now);
        if (isHeld) continue;
        if (entry.dueAt > params.now || picks.length >= params.limit) {
          return { first, nextDueAt: Math.min(entry.dueAt, nextDueAt ?? Infinity) };
        }
        const place = { routeNo, lane: params.lane, dueAt: entry.dueAt, key };
        this.#reserve(picks, { id: entry.id, entry, place, former: hold });
      }
      range = { gte: keyAfter(last.key), lt: range.lt };
    }
  }

  #reserve(picks: Picked[], pick: Picked): void {
    const { holds } = this.#engine;
    // What it is will be read now; until then only its id counts.
    holds.reserve(pick.former?.subject ?? unreadSubject(pick.id, pick.place?.routeNo ?? 0, pick.place));
    picks.push(pick);
  }

  /** Reads what was reserved, and leases what is really due. */
  async #give(store: Store, picks: readonly Picked[], params: ClaimParams): Promise<Claimed[]> {
    const envelopes = await readEnvelopes(
      store,
      picks.map(({ id }) => id),
    );
    const claimed: Claimed[] = [];
    for (const [index, pick] of picks.entries()) {
      const envelope = envelopes[index] ?? 'missing';
      if (envelope === 'unreadable') {
        await quarantine(this.#engine, store, pick);
      } else if (envelope === 'missing') {
        this.#dropEntry(pick);
      } else {
        const last = await readLastEvent(store, envelope.routeNo, pick.id);
        if (!this.#isLastWord(pick, last)) this.#dropEntry(pick);
        else if (!(await this.#stands(store, pick))) this.#engine.holds.release(pick.id);
        else claimed.push(this.#lease(pick, envelope, last, params));
      }
    }
    return claimed;
  }

  /** Whether the due entry that was found is its webhook's last word. */
  #isLastWord({ entry }: Picked, last: LastEvent | null): boolean {
    return (last?.eventNo ?? 0) === (entry?.eventNo ?? 0);
  }

  /** Whether the due entry is still there: another may have claimed and settled between the reading and the reserving. */
  async #stands(store: Store, { place }: Picked): Promise<boolean> {
    return place === null || store.has(place.key);
  }

  #lease(pick: Picked, envelope: Envelope, last: LastEvent | null, params: ClaimParams): Claimed {
    const { webhook, firstDueAt } = envelope;
    const subject: Subject = { ...subjectOf(envelope, last), state: 'pending', due: pick.place };
    const { token } = this.#engine.holds.lease(subject, params.now + params.leaseMs);
    const standing = last?.head?.standing;
    return {
      webhook,
      lease: { id: pick.id, token },
      progress: progressOf(subject.tally),
      lane: params.lane,
      dueAt: standing?.state === 'pending' ? standing.dueAt : firstDueAt,
    };
  }

  /** Removes a due entry that nothing stands behind any more, so that it is never met again. */
  #dropEntry({ id, place }: Picked): void {
    const { holds, committer } = this.#engine;
    if (place === null) {
      holds.release(id);
      return;
    }
    const { job, done } = promisedJob({
      records: [],
      deletions: [dueDeletion(place.key)],
      transitions: [],
      pace: 'unsynced',
      appends: 0,
      survives: false,
    });
    committer.enqueue(job);
    const release = () => this.#engine.holds.release(id);
    done.then(release, release);
  }
}
