// A log in memory that keeps the contract as far as delivery can see it: leases, lanes, due times, order by key.
import type { Clock } from '../../../src/core/clock.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { Standing, WebhookEvent } from '../../../src/core/state.ts';
import type { Webhook } from '../../../src/core/webhook.ts';
import type { Claimed, DeliveryLog, Lease } from '../../../src/log/index.ts';
import { advance, freshProgress, type Progress } from '../../../src/core/progress.ts';
import { isTransitionAllowed } from '../../../src/core/state.ts';

interface Row {
  readonly webhook: Webhook;
  readonly events: WebhookEvent[];
  standing: Standing;
  progress: Progress;
  lease: { readonly token: string; readonly until: number } | null;
}

export interface FakeLog extends DeliveryLog {
  append(webhook: Webhook, leaseMs?: number): Lease | null;
  replay(id: WebhookId): void;
  cancel(id: WebhookId): void;
  row(id: WebhookId): Row;
  count(state: Standing['state']): number;
  readonly claims: { readonly route: string; readonly lane: string; readonly limit: number }[];
  readonly settles: number[];
  /** What the next calls reject with; null: none. */
  failing: { claim: Error | null; settle: Error | null };
  /** Every id that was claimed while its lease was held: none ever must be. */
  readonly doubleLeases: WebhookId[];
}

export function fakeLog(clock: Clock): FakeLog {
  const rows = new Map<WebhookId, Row>();
  const failing: FakeLog['failing'] = { claim: null, settle: null };
  const claims: FakeLog['claims'] = [];
  const settles: number[] = [];
  const doubleLeases: WebhookId[] = [];
  let tokens = 0;

  const found = (id: WebhookId): Row => {
    const row = rows.get(id);
    if (row === undefined) throw new Error(`no webhook ${id}`);
    return row;
  };
  const isLeased = (row: Row, now: number) => row.lease !== null && row.lease.until > now;
  const isBehind = (row: Row) =>
    row.webhook.orderKey !== null &&
    [...rows.values()].some(
      (other) =>
        other.standing.state === 'pending' &&
        other.webhook.orderKey === row.webhook.orderKey &&
        other.webhook.route === row.webhook.route &&
        other.webhook.id < row.webhook.id,
    );
  const lease = (row: Row, until: number): Lease => {
    if (isLeased(row, clock.now())) doubleLeases.push(row.webhook.id);
    const token = `lease-${String((tokens += 1))}`;
    row.lease = { token, until };
    return { id: row.webhook.id, token };
  };
  const add = (row: Row, event: WebhookEvent) => {
    if (!isTransitionAllowed(row.standing.state, event))
      throw new Error(`${row.standing.state} -> ${event.type} ${event.then.state} is not allowed`);
    row.events.push(event);
    row.standing = event.then;
    row.progress = advance(row.progress, event);
  };

  return {
    failing,
    claims,
    settles,
    doubleLeases,
    row: found,
    count: (state) => [...rows.values()].filter((row) => row.standing.state === state).length,
    append(webhook, leaseMs = 60_000) {
      const row: Row = {
        webhook,
        events: [],
        standing: { state: 'pending', dueAt: webhook.receivedAt, lane: 'live' },
        progress: freshProgress(webhook.receivedAt),
        lease: null,
      };
      rows.set(webhook.id, row);
      return isBehind(row) ? null : lease(row, clock.now() + leaseMs);
    },
    replay(id) {
      const row = found(id);
      const now = clock.now();
      const then: Standing = { state: 'pending', dueAt: now, lane: 'replay' };
      add(row, {
        type: 'replayed',
        at: now,
        replay: row.progress.replay + 1,
        by: 'support',
        reason: 'asked for',
        then,
      });
    },
    cancel(id) {
      const at = clock.now();
      add(found(id), {
        type: 'cancelled',
        at,
        by: 'support',
        reason: 'asked for',
        then: { state: 'cancelled' },
      });
    },
    async claim({ route, lane, limit, leaseMs, now }) {
      await Promise.resolve();
      if (failing.claim !== null) throw failing.claim;
      claims.push({ route, lane, limit });
      const open = [...rows.values()]
        .filter((row) => row.webhook.route === route && !isLeased(row, now) && !isBehind(row))
        .flatMap((row) =>
          row.standing.state === 'pending' && row.standing.lane === lane
            ? [{ row, dueAt: row.standing.dueAt }]
            : [],
        )
        .sort(
          (one, other) => one.dueAt - other.dueAt || (one.row.webhook.id < other.row.webhook.id ? -1 : 1),
        );
      const given = open.filter(({ dueAt }) => dueAt <= now).slice(0, limit);
      const claimed = given.map(({ row, dueAt }): Claimed => ({
        webhook: row.webhook,
        lease: lease(row, now + leaseMs),
        progress: row.progress,
        lane,
        dueAt,
      }));
      return { claimed, nextDueAt: open[given.length]?.dueAt ?? null };
    },
    async settle({ settlements }) {
      await Promise.resolve();
      if (failing.settle !== null) throw failing.settle;
      settles.push(settlements.length);
      return settlements.map(({ lease: held, event }) => {
        const row = found(held.id);
        if (row.lease?.token !== held.token || row.standing.state !== 'pending') return 'stale';
        row.lease = null;
        add(row, event);
        return 'settled';
      });
    },
    pendingRoutes: () => [
      ...new Set(
        [...rows.values()]
          .filter(({ standing }) => standing.state === 'pending')
          .map(({ webhook }) => webhook.route),
      ),
    ],
  };
}
