// What the contract suite needs to know of an engine, and the bench on which each of its tests works.
import assert from 'node:assert/strict';
import type { WebhookId } from '../../src/core/ids.ts';
import type { Lane, WebhookEvent, WebhookState } from '../../src/core/state.ts';
import { webhookStates } from '../../src/core/state.ts';
import type { Webhook } from '../../src/core/webhook.ts';
import type {
  Appended,
  Claimed,
  Lease,
  Log,
  WebhookFilter,
  WebhookPage,
  WebhookRecord,
  WebhookSummary,
} from '../../src/log/index.ts';
import { dawn, deadBy, deliveredBy, webhookMaker } from '../support/logFixtures.ts';
import type { WebhookMaker, WebhookWish } from '../support/logFixtures.ts';

/** One engine on storage of its own. */
export interface Engine {
  /** The log as it is now open; another object after `reopen` and `crash`. */
  log(): Log;
  /** Stops the log and starts it again on the same storage. */
  reopen(): Promise<void>;
  /** Starts again from what a killed process would have left behind; the old log object is of no more use. */
  crash(): Promise<void>;
  /** Stops the log and removes its storage. */
  dispose(): Promise<void>;
}

/** Opens an engine on fresh, empty storage; its log is started. */
export type OpenEngine = () => Promise<Engine>;

/** How long the leases of these tests run where a test says nothing else. */
export const leaseMs = 60_000;
/** How long a webhook waits behind another of its key where a test says nothing else. */
export const orderWaitMaxMs = 300_000;
/** For how long an earlier webhook makes a later one of its key a duplicate where a test says nothing else. */
export const dedupeWindowMs = 3_600_000;
export const lanes: readonly Lane[] = ['live', 'retry', 'replay'];

/** A claim; what is not said is: route `default`, lane `live`, limit 100, at `dawn`. */
export interface ClaimWish {
  readonly route?: string;
  readonly lane?: Lane;
  readonly limit?: number;
  readonly now?: number;
  readonly leaseMs?: number;
}

/** One test's log, with short words for what tests do all the time. */
export class Bench {
  readonly hooks: WebhookMaker;
  readonly #engine: Engine;

  constructor(engine: Engine, seed = 1) {
    this.#engine = engine;
    this.hooks = webhookMaker(seed);
  }

  get log(): Log {
    return this.#engine.log();
  }

  reopen = () => this.#engine.reopen();
  crash = () => this.#engine.crash();

  /** Makes `count` webhooks, a millisecond apart from `dawn` on, unless the wish says when. */
  make(count: number, wish: WebhookWish = {}): Webhook[] {
    return Array.from({ length: count }, (_, at) => this.hooks.make({ receivedAt: dawn + at, ...wish }));
  }

  /** Appends webhooks in one call. */
  append(webhooks: readonly Webhook[], now = dawn): Promise<readonly Appended[]> {
    return this.log.append({ webhooks, leaseMs, orderWaitMaxMs, dedupeWindowMs, now });
  }

  /** Appends one webhook and insists on its lease. */
  async appendOne(
    wish: WebhookWish = {},
    now = wish.receivedAt ?? dawn,
  ): Promise<{ webhook: Webhook; id: WebhookId; lease: Lease }> {
    const webhook = this.hooks.make(wish);
    const [appended] = await this.append([webhook], now);
    assert.ok(appended?.lease, 'an append without an order key comes with a lease');
    return { webhook, id: webhook.id, lease: appended.lease };
  }

  claim(wish: ClaimWish = {}): ReturnType<Log['claim']> {
    return this.log.claim({ route: 'default', lane: 'live', limit: 100, leaseMs, now: dawn, ...wish });
  }

  /** Claims from all three lanes, live first. */
  async claimAll(wish: Omit<ClaimWish, 'lane'> = {}): Promise<Claimed[]> {
    const claimed: Claimed[] = [];
    for (const lane of lanes) claimed.push(...(await this.claim({ ...wish, lane })).claimed);
    return claimed;
  }

  /** Settles one lease. */
  async settle(lease: Lease, event: WebhookEvent, now = dawn): Promise<'settled' | 'stale'> {
    const results = await this.log.settle({ settlements: [{ lease, event }], now });
    assert.equal(results.length, 1);
    return results[0] as 'settled' | 'stale';
  }

  /** Settles one lease and insists that it counted. */
  async settled(lease: Lease, event: WebhookEvent, now = dawn): Promise<void> {
    assert.equal(await this.settle(lease, event, now), 'settled');
  }

  /** Brings a new webhook into a state. A pending one has no lease any more and is due at its arrival. */
  async inState(state: WebhookState, wish: WebhookWish = {}): Promise<WebhookId> {
    const { id, lease, webhook } = await this.appendOne(wish);
    const at = webhook.receivedAt + 50;
    switch (state) {
      case 'delivered':
        await this.settled(lease, deliveredBy({ at }), at);
        break;
      case 'dead':
        await this.settled(lease, deadBy({ at }), at);
        break;
      case 'cancelled':
        assert.deepEqual(await this.cancel([id], at), ['done']);
        break;
      case 'pending': {
        const then = { state: 'pending', dueAt: webhook.receivedAt, lane: 'live' } as const;
        await this.settled(lease, { type: 'deferred', at, why: 'lane-full', then }, at);
        break;
      }
    }
    return id;
  }

  replay(ids: readonly WebhookId[], now = dawn): ReturnType<Log['replay']> {
    return this.log.replay({ ids, by: 'support', reason: 'asked for', now });
  }

  cancel(ids: readonly WebhookId[], now = dawn): ReturnType<Log['cancel']> {
    return this.log.cancel({ ids, by: 'admin', reason: 'sent twice', now });
  }

  /** One webhook's record; it must be there. */
  async get(id: WebhookId): Promise<WebhookRecord> {
    const record = await this.log.get({ id });
    assert.ok(record, `webhook ${id} is in the log`);
    return record;
  }

  async state(id: WebhookId): Promise<WebhookState> {
    return (await this.get(id)).standing.state;
  }

  /** Every page of a list. */
  async pages(filter: WebhookFilter = {}, limit = 1000, scanMax = 100_000): Promise<WebhookPage[]> {
    const pages: WebhookPage[] = [];
    let cursor: string | null = null;
    do {
      const page: WebhookPage = await this.log.list({ filter, limit, cursor, scanMax });
      assert.ok(page.items.length <= limit, `no more than ${limit} on a page`);
      pages.push(page);
      assert.ok(pages.length <= 20_000, 'a list comes to an end');
      cursor = page.cursor;
    } while (cursor !== null);
    return pages;
  }

  /** Everything that a filter finds, in the order of the list. */
  async list(filter: WebhookFilter = {}, limit = 1000, scanMax = 100_000): Promise<WebhookSummary[]> {
    return (await this.pages(filter, limit, scanMax)).flatMap(({ items }) => items);
  }

  async ids(filter: WebhookFilter = {}): Promise<WebhookId[]> {
    return (await this.list(filter)).map(({ id }) => id);
  }

  /** Holds the kept counters against what the log really has. */
  async assertCountersExact(): Promise<void> {
    const everything = await this.list();
    const counts = Object.fromEntries(webhookStates.map((state) => [state, 0])) as Record<
      WebhookState,
      number
    >;
    const pending = new Map<string, number>();
    for (const { standing, route } of everything) {
      counts[standing.state] += 1;
      if (standing.state === 'pending') pending.set(route, (pending.get(route) ?? 0) + 1);
    }
    const stats = this.log.stats();
    assert.deepEqual({ ...stats.counts }, counts, 'counts by state');
    const byRoute = Object.entries(stats.pendingByRoute).filter(([, count]) => count !== 0);
    assert.deepEqual(byRoute.sort(), [...pending].sort(), 'pending by route');
    assert.deepEqual(
      [...this.log.pendingRoutes()].sort(),
      [...pending.keys()].sort(),
      'routes with pending ones',
    );
  }

  /** The counters, short: pending, delivered, dead, cancelled. */
  counts(): readonly number[] {
    const { counts } = this.log.stats();
    return [counts.pending, counts.delivered, counts.dead, counts.cancelled];
  }
}

/** Makes tests that each get a bench on fresh storage, which is disposed of whatever happens. */
export function benches(open: OpenEngine): (body: (bench: Bench) => Promise<void>) => () => Promise<void> {
  return (body) => async () => {
    const engine = await open();
    try {
      await body(new Bench(engine));
    } finally {
      await engine.dispose();
    }
  };
}

/** The type of what `benches` gives. */
export type OnBench = ReturnType<typeof benches>;

/** Plain objects and Buffers instead of whatever an engine made, for deep comparison byte by byte. */
export function plain<T>(value: T): T {
  if (value instanceof Uint8Array) return Buffer.from(value) as T;
  if (Array.isArray(value)) return value.map(plain) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)])) as T;
}
