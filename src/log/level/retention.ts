import type { WebhookId } from '../../core/ids.ts';
import type { WebhookState } from '../../core/state.ts';
import { idTimeMs } from '../codec/ids.ts';
import type { Retention as RetentionContract, RetentionPolicy } from '../contract.ts';
import type { Engine } from './engine.ts';
import type { Transition } from './head.ts';
import { promisedJob } from './job.ts';
import {
  allIds,
  envelopeKey,
  idOfEnvelopeKey,
  idOfStateKey,
  keyAfter,
  spaceRange,
  stateKey,
  stateRange,
} from './keys.ts';
import type { Remains } from './remains.ts';
import { readRemains } from './remains.ts';
import type { Store } from './store.ts';
import { unreadSubject } from './subject.ts';

type RetainParams = Parameters<RetentionContract['retain']>[0];
type RetainResult = Awaited<ReturnType<RetentionContract['retain']>>;

/** Envelopes are read in pages of this many; their bodies come with them. */
const pageMax = 64;
/** A call looks at this many webhooks for each that it may remove. */
const looksPerRemoval = 4;
/** And takes up no more once there is this much to delete (30 ms at 15 us each): they go in one batch. */
const deletionsMax = 2_000;

/** One call of `retain` under way. */
interface Sweep {
  readonly params: RetainParams;
  readonly removals: Remains[];
  looks: number;
  deletions: number;
  bytesLeft: number;
}

/**
 * Removes what is over, oldest first. What is delivered is found by one walk over the envelopes that never comes back
 * (going over deleted keys again is slow); the exceptions that it passes by, dead and cancelled ones, have an index
 * that is short.
 */
export class Retention {
  readonly #engine: Engine;
  readonly #onBytes: (isOver: boolean) => void;
  /** The walk over the envelopes has been here. */
  #walked: WebhookId | null = null;
  /** The earliest time at which something that the walk passed by will be over, and where the walk must begin then. */
  #revisit: { readonly at: number; readonly from: WebhookId } | null = null;
  #policy = '';

  constructor(engine: Engine, onBytes: (isOver: boolean) => void) {
    this.#engine = engine;
    this.#onBytes = onBytes;
  }

  /** A webhook was delivered late, behind the walk: it must be met again. */
  noteDelivered(id: WebhookId): void {
    if (this.#walked !== null && id <= this.#walked) this.#walked = before(id);
  }

  /** See `Retention.retain`. */
  async retain(params: RetainParams): Promise<RetainResult> {
    const { policy, limit, now } = params;
    this.#startOver(policy, now);
    const { marks } = this.#engine.instance().head;
    const sweep: Sweep = {
      params,
      removals: [],
      looks: limit * looksPerRemoval,
      deletions: 0,
      bytesLeft: marks.recordBytes,
    };
    const reserved: WebhookId[] = [];
    try {
      const isDone = await this.#engine.read(async (store) => {
        await this.#sweepBehind(store, sweep, reserved);
        return this.#sweepEnvelopes(store, sweep, reserved);
      });
      const removed = await this.#remove(sweep);
      const { counts } = this.#engine.instance().head;
      const isOver = this.#engine.instance().head.marks.recordBytes > policy.bytesMax;
      this.#onBytes(isOver && counts.delivered + counts.cancelled === 0);
      return { removed, more: !isDone || sweep.removals.length >= limit };
    } finally {
      for (const id of reserved) this.#engine.holds.release(id);
    }
  }

  /** Begins anew where the policy has changed, or where something passed by is over now. */
  #startOver(policy: RetentionPolicy, now: number): void {
    const { keepMs } = policy;
    const text = `${keepMs.delivered} ${keepMs.dead} ${keepMs.cancelled}`;
    if (text !== this.#policy) {
      this.#policy = text;
      this.#walked = null;
      this.#revisit = null;
    } else if (this.#revisit !== null && this.#revisit.at <= now) {
      const from = before(this.#revisit.from);
      if (this.#walked !== null && from < this.#walked) this.#walked = from;
      this.#revisit = null;
    }
  }

  #isFullEnough({ params, removals, looks, deletions }: Sweep): boolean {
    return removals.length >= params.limit || looks <= 0 || deletions >= deletionsMax;
  }

  /** Whether the oldest must go before their time. */
  #isOverSize({ params, bytesLeft }: Sweep): boolean {
    return bytesLeft > params.policy.bytesMax;
  }

  #isOver(sweep: Sweep, state: Exclude<WebhookState, 'pending'>, endedAt: number): boolean {
    if (state !== 'dead' && this.#isOverSize(sweep)) return true;
    return endedAt + sweep.params.policy.keepMs[state] <= sweep.params.now;
  }

  /** Dead and cancelled ones that the walk has passed by, oldest first. */
  async #sweepBehind(store: Store, sweep: Sweep, reserved: WebhookId[]): Promise<void> {
    if (this.#walked === null) return;
    const ids: WebhookId[] = [];
    for (const state of ['dead', 'cancelled'] as const) {
      ids.push(...(await this.#exceptions(store, sweep, state, this.#walked)));
    }
    for (const id of ids.sort()) {
      if (this.#isFullEnough(sweep)) return;
      await this.#consider(store, sweep, id, reserved);
    }
  }

  /** The oldest of one state, by its index, as far as they can be over and the walk has been. */
  async #exceptions(
    store: Store,
    sweep: Sweep,
    state: 'dead' | 'cancelled',
    walked: WebhookId,
  ): Promise<WebhookId[]> {
    const { now, policy } = sweep.params;
    const { gte } = stateRange(state, allIds);
    const lt = stateKey(state, walked, 0xffff_ffff);
    const page = await store.page({ gte, lt }, { limit: sweep.looks, keysOnly: true });
    const goEarly = state === 'cancelled' && this.#isOverSize(sweep);
    return page
      .map(({ key }) => idOfStateKey(key))
      .filter((id) => goEarly || idTimeMs(id) - this.#lead() + policy.keepMs[state] <= now);
  }

  /** By how much an id's time may be ahead of its webhook's arrival. */
  #lead(): number {
    return this.#engine.instance().head.marks.idLeadMaxMs;
  }

  /** Everything, from where the walk has been; says whether it came to what is too young. */
  async #sweepEnvelopes(store: Store, sweep: Sweep, reserved: WebhookId[]): Promise<boolean> {
    const { now, policy } = sweep.params;
    const { delivered, dead, cancelled } = policy.keepMs;
    const shortest = Math.min(delivered, dead, cancelled);
    for (;;) {
      if (this.#isFullEnough(sweep)) return false;
      const whole = spaceRange('envelope');
      const gte = this.#walked === null ? whole.gte : keyAfter(envelopeKey(this.#walked));
      const page = await store.page({ gte, lt: whole.lt }, { limit: pageMax, keysOnly: true });
      if (page.length === 0) return true;
      for (const { key } of page) {
        if (this.#isFullEnough(sweep)) return false;
        const id = idOfEnvelopeKey(key);
        const isYoung = idTimeMs(id) - this.#lead() + shortest > now;
        if (isYoung && !this.#isOverSize(sweep)) return true;
        await this.#consider(store, sweep, id, reserved);
        this.#walked = id;
      }
    }
  }

  /** Looks at one webhook, and takes it up for removal where its time is over. */
  async #consider(store: Store, sweep: Sweep, id: WebhookId, reserved: WebhookId[]): Promise<void> {
    sweep.looks -= 1;
    const { holds } = this.#engine;
    if (holds.get(id) !== undefined) return;
    holds.reserve(unreadSubject(id, 0, null));
    const remains = await readRemains(store, id, this.#engine.instance().routes.numbers());
    const { now, policy } = sweep.params;
    if (remains === null || remains.state === 'pending') {
      holds.release(id);
      return;
    }
    const longest = Math.max(policy.keepMs.delivered, policy.keepMs.dead, policy.keepMs.cancelled);
    const isOver =
      remains.state === null
        ? idTimeMs(id) + longest <= now
        : this.#isOver(sweep, remains.state, remains.endedAt);
    if (isOver) {
      reserved.push(id);
      sweep.removals.push(remains);
      sweep.deletions += remains.deletions.length;
      sweep.bytesLeft -= remains.bytes;
      return;
    }
    holds.release(id);
    // Dead and cancelled ones are met again by their index.
    if (remains.state === 'delivered') this.#passBy(id, remains.endedAt + policy.keepMs.delivered);
    if (remains.state === null) this.#passBy(id, idTimeMs(id) + longest);
  }

  #passBy(id: WebhookId, at: number): void {
    const { at: earliest = Infinity, from = id } = this.#revisit ?? {};
    this.#revisit = { at: Math.min(at, earliest), from: from < id ? from : id };
  }

  /** Removes what has been taken up, but for what a copy is being noted with at this moment. */
  async #remove({ removals, params }: Sweep): Promise<RetainResult['removed']> {
    const { originals } = this.#engine.duplicates;
    const leaving: Remains[] = [];
    for (const remains of removals) {
      if (originals.leave(remains.id)) leaving.push(remains);
      else this.#passBy(remains.id, params.now);
    }
    try {
      if (leaving.length > 0) await this.#write(leaving);
    } finally {
      for (const { id } of leaving) originals.left(id);
    }
    return removedOf(leaving);
  }

  async #write(leaving: readonly Remains[]): Promise<void> {
    const transitions: Transition[] = leaving.map(({ id, routeNo, receivedAt, sequence, state }) => ({
      id,
      routeNo,
      receivedAt,
      sequence,
      from: state,
      to: null,
      unindexed: false,
    }));
    const { job, done } = promisedJob({
      records: [],
      deletions: leaving.flatMap(({ deletions }) => deletions),
      transitions,
      pace: 'unsynced',
      appends: 0,
      survives: false,
    });
    this.#engine.committer.enqueue(job);
    await done.catch((error: unknown) => {
      throw this.#engine.failure(error);
    });
  }
}

function removedOf(removals: readonly Remains[]): RetainResult['removed'] {
  const removed = { pending: 0, delivered: 0, dead: 0, cancelled: 0 };
  for (const { state } of removals) if (state !== null) removed[state] += 1;
  return removed;
}

/** An id just below `id`: near enough, since it is only a place to begin. */
function before(id: WebhookId): WebhookId {
  const last = Number.parseInt(id.slice(-12), 16);
  return `${id.slice(0, -12)}${Math.max(0, last - 1)
    .toString(16)
    .padStart(12, '0')}` as WebhookId;
}
