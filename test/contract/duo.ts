// An engine and the model, driven side by side: every operation goes to both, and both must say the same wherever the
// contract leaves no choice. Where it does (what a crash may forget, which of two equally due ones comes first), the
// engine's choice is checked against what is allowed and the model follows it.
import assert from 'node:assert/strict';
import type { WebhookId } from '../../src/core/ids.ts';
import type { Lane, Standing, WebhookEvent } from '../../src/core/state.ts';
import type { Claimed, Lease, Log, WebhookFilter } from '../../src/log/index.ts';
import { ModelLog, progressOf, standingOf } from '../support/logModel.ts';
import type { ModelEntry } from '../support/logModel.ts';
import type { WebhookWish } from '../support/logFixtures.ts';
import { dawn } from '../support/logFixtures.ts';
import { Bench, plain } from './engine.ts';
import type { Engine } from './engine.ts';

/** Every lease of these stories runs this long. */
const leaseMs = 10_000;
const orderWaitMaxMs = 25_000;

/** How much of one webhook's story is durable for certain. */
interface Durable {
  readonly events: number;
  readonly duplicates: number;
}

/** A right to deliver, as each side gave it. */
interface Held {
  readonly id: WebhookId;
  readonly engine: Lease;
  readonly model: Lease;
}

/** The two logs and the time that both are told. */
export class Duo {
  readonly model = new ModelLog();
  readonly bench: Bench;
  now = dawn;
  readonly #engine: Engine;
  #held: Held[] = [];
  readonly #durable = new Map<WebhookId, Durable>();
  /** Removed by retention since the last append: a crash may bring these back. */
  #removed: ModelEntry[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
    this.bench = new Bench(engine, 7);
  }

  get log(): Log {
    return this.#engine.log();
  }

  async append(wishes: readonly WebhookWish[], dedupeWindowMs: number): Promise<void> {
    const webhooks = wishes.map((wish) => this.bench.hooks.make({ receivedAt: this.now, ...wish }));
    const params = { webhooks, leaseMs, orderWaitMaxMs, dedupeWindowMs, now: this.now };
    const [mine, theirs] = [await this.model.append(params), await this.log.append(params)];
    for (const [at, { id, lease, duplicateOf }] of mine.entries()) {
      const other = theirs[at];
      assert.equal(other?.id, id);
      assert.equal(other.duplicateOf, duplicateOf, `what ${id} is a duplicate of`);
      assert.equal(other.lease !== null, lease !== null, `a lease for ${id}`);
      if (lease && other.lease) this.#held.push({ id, model: lease, engine: other.lease });
    }
    // The notes of this call's own duplicates may still be on their way.
    const noted = new Set<string | null>(mine.map(({ duplicateOf }) => duplicateOf));
    if (mine.some(({ duplicateOf }) => duplicateOf === null)) this.#allDurable((id) => !noted.has(id));
  }

  async claim(route: string, lane: Lane, limit: number): Promise<void> {
    const { now } = this;
    const { claimed, nextDueAt } = await this.log.claim({ route, lane, limit, leaseMs, now });
    const due = await new Peek(this.model).claim({ route, lane, limit: Infinity, leaseMs, now });
    assert.equal(claimed.length, Math.min(limit, due.length), `due in ${route}, ${lane}`);
    this.#assertEarliestFirst(claimed);
    for (const one of claimed) {
      const { id } = one.webhook;
      const entry = due.find(({ webhook }) => webhook.id === id);
      assert.ok(entry, `${id} is due`);
      assert.deepEqual(plain(one.webhook), plain(entry.webhook));
      assert.deepEqual(one.progress, progressOf(entry));
      assert.equal(one.lane, lane);
      const token = `engine:${one.lease.token}`;
      entry.lease = { token, until: now + leaseMs };
      this.#held.push({ id, engine: one.lease, model: { id, token } });
    }
    if (claimed.length < due.length) assert.ok(nextDueAt !== null && nextDueAt <= now, 'more are due');
  }

  /** Settles one of the leases given so far, old ones too, where the contract says what must come of it. */
  async settle(pick: number, event: (entry: ModelEntry) => WebhookEvent): Promise<void> {
    const decided = this.#held.filter((held) => this.#isDecided(held));
    const held = decided[pick % Math.max(1, decided.length)];
    const entry = held && this.#find(held.id);
    if (!held || !entry) return;
    const { now } = this;
    const settled = event(entry);
    const mine = await this.model.settle({ settlements: [{ lease: held.model, event: settled }], now });
    const theirs = await this.log.settle({ settlements: [{ lease: held.engine, event: settled }], now });
    assert.deepEqual(theirs, mine, `settling ${held.id}`);
    this.#held = this.#held.filter((other) => other !== held || mine[0] === 'stale');
  }

  /** Those with an order key are left out: whether a replay takes its old turn again is the engine's choice. */
  async replay(asked: readonly WebhookId[]): Promise<void> {
    const ids = asked.filter((id) => this.#find(id)?.webhook.orderKey === null);
    const params = { ids, by: 'support', reason: 'asked', now: this.now };
    assert.deepEqual(await this.log.replay(params), await this.model.replay(params));
    this.#haveDurableEvents(ids);
  }

  async cancel(ids: readonly WebhookId[]): Promise<void> {
    const params = { ids, by: 'admin', reason: 'asked', now: this.now };
    assert.deepEqual(await this.log.cancel(params), await this.model.cancel(params));
    this.#haveDurableEvents(ids);
  }

  /** Removes what is over in the given states, at most `limit`. */
  async retain(states: readonly ('delivered' | 'dead' | 'cancelled')[], limit: number): Promise<void> {
    const never = 1e13;
    const keep = (state: 'delivered' | 'dead' | 'cancelled') => (states.includes(state) ? 0 : never);
    const keepMs = { delivered: keep('delivered'), dead: keep('dead'), cancelled: keep('cancelled') };
    this.now += 1;
    const params = { policy: { keepMs, bytesMax: 1e12 }, now: this.now, limit };
    const eligible = this.model.entries.filter((entry) =>
      (states as readonly string[]).includes(standingOf(entry).state),
    );
    // A call may look at a bounded number only, and so remove nothing: then the next one goes on behind them.
    let { removed, more } = await this.log.retain(params);
    for (let call = 0; more && call < 100 && Object.values(removed).every((count) => count === 0); call += 1)
      ({ removed, more } = await this.log.retain(params));
    const left = new Set(await this.bench.ids());
    const gone = this.model.entries.filter(({ webhook }) => !left.has(webhook.id));
    assert.ok(
      gone.every((entry) => eligible.includes(entry)),
      'only what is over goes',
    );
    const counts = { pending: 0, delivered: 0, dead: 0, cancelled: 0 };
    for (const entry of gone) counts[standingOf(entry).state] += 1;
    assert.deepEqual({ ...removed }, counts);
    assert.ok(gone.length <= limit);
    if (gone.length < eligible.length) {
      assert.ok(gone.length > 0, 'retention makes progress');
      assert.equal(more, true, 'there is more');
    }
    this.model.entries = this.model.entries.filter((entry) => !gone.includes(entry));
    this.#removed.push(...gone);
  }

  /** Stops and starts the engine; waits until every lease has run out, since an engine may keep them. */
  async reopen(): Promise<void> {
    await this.#engine.reopen();
    this.#afterRestart();
    this.#allDurable(() => true);
  }

  /** Lets the engine crash; what was not durable for certain may be gone, and the model forgets what is. */
  async crash(): Promise<void> {
    await this.#engine.crash();
    this.#afterRestart();
    for (const entry of this.#removed) {
      if ((await this.log.get({ id: entry.webhook.id })) !== null) this.model.entries.push(entry);
    }
    this.#removed = [];
    for (const entry of this.model.entries) {
      const { id } = entry.webhook;
      const record = await this.log.get({ id });
      assert.ok(record, `${id} was taken and is there after a crash`);
      const events = told(record.events).length;
      const duplicates = record.duplicates.length;
      const least = this.#durable.get(id) ?? { events: 0, duplicates: 0 };
      assert.ok(events >= least.events, `${id} has lost durable events: ${events} of ${least.events}`);
      assert.ok(duplicates >= least.duplicates, `${id} has lost durable notes of duplicates`);
      entry.events.splice(events);
      entry.duplicates.splice(duplicates);
      this.#durable.set(id, { events, duplicates });
    }
  }

  /** Compares everything that both can be asked. */
  async compare(filter: WebhookFilter, page: { limit: number; scanMax: number }): Promise<void> {
    const [mine, theirs] = [this.model.stats(), this.log.stats()];
    assert.deepEqual({ ...theirs.counts }, mine.counts);
    const byRoute = Object.entries(theirs.pendingByRoute).filter(([, count]) => count > 0);
    assert.deepEqual(Object.fromEntries(byRoute), mine.pendingByRoute);
    assert.deepEqual([...this.log.pendingRoutes()].sort(), Object.keys(mine.pendingByRoute).sort());
    if (!this.#hasLapsed()) assert.equal(theirs.inFlight, mine.inFlight, 'in flight');
    assert.equal(theirs.unreadableRecords, 0);
    assert.equal(theirs.sequenceGaps, 0);
    const all = (await this.model.list({ filter, limit: 1e9, cursor: null, scanMax: 1e9 })).items;
    const found = await this.bench.list(filter, page.limit, page.scanMax);
    assert.deepEqual(
      found.map((one) => this.#timeless(one)),
      all.map((one) => this.#timeless(one)),
    );
  }

  /** Compares one webhook's whole story. */
  async compareRecord(pick: number): Promise<void> {
    const id = this.someIds(pick, 1)[0];
    if (id === undefined) return;
    const [mine, theirs] = [await this.model.get({ id }), await this.bench.get(id)];
    assert.ok(mine);
    const { inFlight, ...record } = plain(mine);
    const { inFlight: theirInFlight, ...theirRecord } = plain(theirs);
    assert.deepEqual(
      { ...this.#timeless({ ...theirRecord, id }), events: told(theirRecord.events) },
      { ...this.#timeless({ ...record, id }), events: told(record.events) },
    );
    if (!this.#hasLapsed()) assert.equal(theirInFlight, inFlight);
  }

  /** Up to `count` ids that are in the log, beginning at any. */
  someIds(pick: number, count: number): WebhookId[] {
    const { entries } = this.model;
    if (entries.length === 0) return [];
    return Array.from(
      { length: count },
      (_, at) => entries[(pick + at * 3) % entries.length]?.webhook.id,
    ).filter((id) => id !== undefined);
  }

  /** Earliest due first; where a lapsed lease or the end of a wait stands in that order is the engine's choice. */
  #assertEarliestFirst(claimed: readonly Claimed[]): void {
    const times = claimed
      .filter(({ webhook }) => webhook.orderKey === null && this.#find(webhook.id)?.lease === null)
      .map(({ dueAt }) => dueAt);
    assert.deepEqual(
      times,
      times.toSorted((one, other) => one - other),
      'earliest due first',
    );
  }

  /** Without the due time of one that waits behind another of its key: whether that is its arrival, its turn or its wait
   * limit is the engine's choice. */
  #timeless<T extends { readonly id: WebhookId; readonly standing: Standing }>(one: T): T {
    const entry = this.#find(one.id);
    const { standing } = one;
    if (standing.state !== 'pending' || !entry || entry.webhook.orderKey === null) return one;
    return entry.events.length > 0 ? one : { ...one, standing: { ...standing, dueAt: 0 } };
  }

  #afterRestart(): void {
    this.now += leaseMs + 1;
    this.model.restart();
    // Whether a try under an old lease is still written down after a restart is the engine's choice.
    this.#held = this.#held.filter(({ id }) => {
      const entry = this.#find(id);
      return entry !== undefined && standingOf(entry).state !== 'cancelled';
    });
  }

  /** All that was settled and removed so far is durable now, and the notes of duplicates of those that are meant. */
  #allDurable(areNotesOf: (id: WebhookId) => boolean): void {
    for (const { webhook, events, duplicates } of this.model.entries) {
      const { id } = webhook;
      const notes = areNotesOf(id) ? duplicates.length : (this.#durable.get(id)?.duplicates ?? 0);
      this.#durable.set(id, { events: events.length, duplicates: notes });
    }
    this.#removed = [];
  }

  #haveDurableEvents(ids: readonly WebhookId[]): void {
    for (const id of ids) {
      const events = this.#find(id)?.events.length ?? 0;
      this.#durable.set(id, { events, duplicates: this.#durable.get(id)?.duplicates ?? 0 });
    }
  }

  #find(id: WebhookId): ModelEntry | undefined {
    return this.model.entries.find(({ webhook }) => webhook.id === id);
  }

  #hasLapsed(): boolean {
    return this.model.entries.some(({ lease }) => lease !== null && lease.until <= this.now);
  }

  /** Whether the contract says what comes of settling this lease now. */
  #isDecided({ id, model }: Held): boolean {
    const entry = this.#find(id);
    if (entry === undefined) return false;
    const { lease } = entry;
    if (lease !== null) return lease.until > this.now;
    // Nobody holds it: put off, over, or forgotten by a restart. Stale, unless it could be a late try.
    return this.#isOver(entry) || entry.cancelledUnder === model.token;
  }

  #isOver(entry: ModelEntry): boolean {
    const { state } = standingOf(entry);
    return state === 'delivered' || state === 'dead';
  }
}

/** The events that somebody asked for: an engine may add one of its own when it lets the next of a key go. */
function told(events: readonly WebhookEvent[]): readonly WebhookEvent[] {
  return events.filter((event) => event.type !== 'deferred' || event.why !== 'behind-its-key');
}

/** Looks at what a claim would give out, without giving it out. */
class Peek {
  readonly #model: ModelLog;

  constructor(model: ModelLog) {
    this.#model = model;
  }

  async claim(params: Parameters<Log['claim']>[0]): Promise<ModelEntry[]> {
    const leases = this.#model.entries.map(({ lease }) => lease);
    const { claimed } = await this.#model.claim(params);
    for (const [at, entry] of this.#model.entries.entries()) entry.lease = leases[at] ?? null;
    const ids = new Set(claimed.map(({ webhook }) => webhook.id));
    return this.#model.entries.filter(({ webhook }) => ids.has(webhook.id));
  }
}
