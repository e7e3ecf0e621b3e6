// The log in its plainest form: everything in one array, every question answered by looking at all of it. It is what the
// contract means, written down to be obviously right; the real engines are held against it. Not durable, not fast.
import { advance, freshProgress } from '../../src/core/progress.ts';
import { HookwardError } from '../../src/core/errors.ts';
import { isTransitionAllowed } from '../../src/core/state.ts';
import type { WebhookId } from '../../src/core/ids.ts';
import type { Progress } from '../../src/core/progress.ts';
import type { Standing, WebhookEvent, WebhookState } from '../../src/core/state.ts';
import type { Webhook } from '../../src/core/webhook.ts';
import type {
  AccessEntry,
  Appended,
  AuditEntry,
  Claimed,
  DuplicateNote,
  Log,
  LogStats,
  OperatorResult,
  WebhookFilter,
  WebhookRecord,
  WebhookSummary,
} from '../../src/log/index.ts';
import { duplicatesNotedMax } from '../../src/log/index.ts';

/** One webhook as the model keeps it. */
export interface ModelEntry {
  readonly webhook: Webhook;
  readonly events: WebhookEvent[];
  /** The copies of it that came later, the first ones. */
  readonly duplicates: DuplicateNote[];
  /** The right to deliver it that was given last; null once it is settled, cancelled, or forgotten by a restart. */
  lease: { token: string; until: number } | null;
  /** The last token given before it was cancelled in flight: a try under it is still written down. */
  cancelledUnder: string | null;
  /** When it is let past an earlier one of its key. */
  readonly letPastAt: number;
}

/** The model. Its `entries` may be looked at, and cut back to what a crash left. */
export class ModelLog implements Log {
  entries: ModelEntry[] = [];
  #access: AccessEntry[] = [];
  #audit: AuditEntry[] = [];
  #tokens = 0;
  #closed = false;

  start(): Promise<void> {
    this.#closed = false;
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  /** Forgets what only memory knows, as a stop and a start do. */
  restart(): void {
    this.#closed = false;
    for (const entry of this.entries) {
      entry.lease = null;
      entry.cancelledUnder = null;
    }
  }

  append({ webhooks, leaseMs, orderWaitMaxMs, dedupeWindowMs, now }: Parameters<Log['append']>[0]) {
    if (this.#closed) return Promise.reject(new HookwardError('log-closed', { message: 'closed' }));
    const appended = webhooks.map((given): Appended => {
      const original = this.#originalOf(given, now - dedupeWindowMs);
      if (original !== undefined) {
        const note = { at: given.receivedAt, ip: given.request.ip };
        if (original.duplicates.length < duplicatesNotedMax) original.duplicates.push(note);
        return { id: given.id, lease: null, duplicateOf: original.webhook.id };
      }
      const webhook = { ...given, request: { ...given.request, body: Buffer.from(given.request.body) } };
      const isFirst = !this.#isBehind(webhook, this.entries.length);
      const lease = isFirst ? { token: this.#token(), until: now + leaseMs } : null;
      this.entries.push({
        webhook,
        events: [],
        duplicates: [],
        lease,
        cancelledUnder: null,
        letPastAt: now + orderWaitMaxMs,
      });
      return { id: webhook.id, lease: lease && { id: webhook.id, token: lease.token }, duplicateOf: null };
    });
    return Promise.resolve(appended);
  }

  claim({ route, lane, limit, leaseMs, now }: Parameters<Log['claim']>[0]) {
    const waiting = this.entries
      .filter((entry) => entry.webhook.route === route && standingOf(entry).state === 'pending')
      .flatMap((entry) => {
        const standing = standingOf(entry);
        if (standing.state !== 'pending' || standing.lane !== lane) return [];
        if (entry.lease !== null && entry.lease.until > now) return [];
        const isBehind = this.#isBehind(entry.webhook, this.entries.indexOf(entry));
        const givenAt = isBehind ? Math.max(standing.dueAt, entry.letPastAt) : standing.dueAt;
        return [{ entry, dueAt: standing.dueAt, givenAt }];
      });
    const due = waiting
      .filter(({ givenAt }) => givenAt <= now)
      .sort(
        (one, other) => one.dueAt - other.dueAt || (one.entry.webhook.id < other.entry.webhook.id ? -1 : 1),
      )
      .slice(0, limit);
    const claimed = due.map(({ entry, dueAt }): Claimed => {
      entry.lease = { token: this.#token(), until: now + leaseMs };
      const { webhook } = entry;
      return {
        webhook,
        lease: { id: webhook.id, token: entry.lease.token },
        progress: progressOf(entry),
        lane,
        dueAt,
      };
    });
    const rest = waiting.filter((one) => !due.includes(one)).map(({ givenAt }) => givenAt);
    return Promise.resolve({ claimed, nextDueAt: rest.length === 0 ? null : Math.min(...rest) });
  }

  settle({ settlements }: Parameters<Log['settle']>[0]) {
    const results = settlements.map(({ lease, event }): 'settled' | 'stale' => {
      const entry = this.#find(lease.id);
      if (entry === undefined) return 'stale';
      if (entry.lease?.token !== lease.token) {
        const isLateTry = event.type === 'attempted' && entry.cancelledUnder === lease.token;
        if (isLateTry && standingOf(entry).state === 'cancelled') {
          entry.events.push({ ...event, then: { state: 'cancelled' } });
          entry.cancelledUnder = null;
        }
        return 'stale';
      }
      if (!isTransitionAllowed(standingOf(entry).state, event))
        throw new HookwardError('state-conflict', { message: `${event.type} is not allowed here` });
      entry.events.push(event);
      entry.lease = null;
      return 'settled';
    });
    return Promise.resolve(results);
  }

  pendingRoutes(): readonly string[] {
    return Object.keys(this.stats().pendingByRoute);
  }

  get({ id }: { readonly id: WebhookId }): Promise<WebhookRecord | null> {
    const entry = this.#find(id);
    if (entry === undefined) return Promise.resolve(null);
    const { webhook, events, duplicates } = entry;
    const standing = standingOf(entry);
    return Promise.resolve({
      webhook,
      events: [...events],
      duplicates: [...duplicates],
      standing,
      progress: progressOf(entry),
      inFlight: entry.lease !== null && standing.state === 'pending',
    });
  }

  list({ filter, limit, cursor, scanMax, isTimeUp = () => false }: Parameters<Log['list']>[0]) {
    const older = this.entries
      .toSorted((one, other) => (one.webhook.id < other.webhook.id ? 1 : -1))
      .filter(({ webhook }) => cursor === null || webhook.id < cursor);
    const items: WebhookSummary[] = [];
    let looked = 0;
    for (const entry of older) {
      if (items.length === limit || looked === scanMax) break;
      looked += 1;
      const summary = summaryOf(entry);
      if (isMatch(filter, summary) && hasText(entry, filter.text)) items.push(summary);
      if (isTimeUp()) break;
    }
    const last = older[looked - 1];
    return Promise.resolve({ items, cursor: looked === older.length ? null : (last?.webhook.id ?? null) });
  }

  replay({ ids, by, reason, now }: Parameters<Log['replay']>[0]) {
    return Promise.resolve(
      ids.map((id) => {
        const then: Standing = { state: 'pending', dueAt: now, lane: 'replay' };
        const replay =
          (this.#find(id) === undefined ? 0 : progressOf(this.#find(id) as ModelEntry).replay) + 1;
        return this.#operate(id, { type: 'replayed', at: now, replay, by, reason, then });
      }),
    );
  }

  cancel({ ids, by, reason, now }: Parameters<Log['cancel']>[0]) {
    const then: Standing = { state: 'cancelled' };
    return Promise.resolve(
      ids.map((id) => this.#operate(id, { type: 'cancelled', at: now, by, reason, then })),
    );
  }

  listAccess(): Promise<readonly AccessEntry[]> {
    return Promise.resolve([...this.#access]);
  }

  putAccess({ entries }: Parameters<Log['putAccess']>[0]): Promise<void> {
    for (const entry of entries)
      this.#access = [...this.#access.filter((other) => !isSame(entry, other)), entry];
    return Promise.resolve();
  }

  deleteAccess({ entries }: Parameters<Log['deleteAccess']>[0]): Promise<number> {
    const before = this.#access.length;
    this.#access = this.#access.filter((entry) => !entries.some((other) => isSame(entry, other)));
    return Promise.resolve(before - this.#access.length);
  }

  appendAudit({ entries }: Parameters<Log['appendAudit']>[0]): Promise<void> {
    this.#audit.push(...entries);
    return Promise.resolve();
  }

  listAudit({ limit, cursor }: Parameters<Log['listAudit']>[0]) {
    const end = cursor === null ? this.#audit.length : Number(cursor);
    const begin = Math.max(0, end - limit);
    const entries = this.#audit.slice(begin, end).reverse();
    return Promise.resolve({ entries, cursor: begin === 0 ? null : String(begin) });
  }

  retain({ policy, now, limit }: Parameters<Log['retain']>[0]) {
    const removed: Record<WebhookState, number> = { pending: 0, delivered: 0, dead: 0, cancelled: 0 };
    const isOver = (entry: ModelEntry) => {
      const { state } = standingOf(entry);
      if (state === 'pending') return false;
      const since = entry.events.at(-1)?.at ?? entry.webhook.receivedAt;
      return now - since >= policy.keepMs[state];
    };
    const isSpare = (entry: ModelEntry) => ['delivered', 'cancelled'].includes(standingOf(entry).state);
    const next = () =>
      this.entries.find(isOver) ?? (this.#bytes() > policy.bytesMax ? this.entries.find(isSpare) : undefined);
    let entry = next();
    for (let count = 0; count < limit && entry !== undefined; count += 1) {
      removed[standingOf(entry).state] += 1;
      this.entries.splice(this.entries.indexOf(entry), 1);
      entry = next();
    }
    return Promise.resolve({ removed, more: entry !== undefined });
  }

  stats(): LogStats {
    const counts: Record<WebhookState, number> = { pending: 0, delivered: 0, dead: 0, cancelled: 0 };
    const pendingByRoute: Record<string, number> = {};
    const waiting: number[] = [];
    let inFlight = 0;
    for (const entry of this.entries) {
      const standing = standingOf(entry);
      counts[standing.state] += 1;
      if (standing.state !== 'pending') continue;
      const { route } = entry.webhook;
      pendingByRoute[route] = (pendingByRoute[route] ?? 0) + 1;
      if (entry.lease === null) waiting.push(standing.dueAt);
      else inFlight += 1;
    }
    return {
      mode: this.#closed ? 'closed' : 'ok',
      modeReason: this.#closed ? 'stopped' : '',
      counts,
      pendingByRoute,
      inFlight,
      earliestDueAt: waiting.length === 0 ? null : Math.min(...waiting),
      recordBytes: this.#bytes(),
      diskBytes: 0,
      diskFreeBytes: Number.MAX_SAFE_INTEGER,
      unreadableRecords: 0,
      sequenceGaps: 0,
    };
  }

  newestId(): WebhookId | null {
    return this.entries
      .map(({ webhook }) => webhook.id)
      .reduce<WebhookId | null>((a, b) => (a && a > b ? a : b), null);
  }

  #find(id: WebhookId): ModelEntry | undefined {
    return this.entries.find(({ webhook }) => webhook.id === id);
  }

  /** The newest webhook of the same route and dedupe key that arrived at or after `since`. */
  #originalOf({ route, dedupeKey }: Webhook, since: number): ModelEntry | undefined {
    if (dedupeKey === null) return undefined;
    return this.entries
      .filter(({ webhook }) => webhook.route === route && webhook.dedupeKey === dedupeKey)
      .filter(({ webhook }) => webhook.receivedAt >= since)
      .sort((one, other) => (one.webhook.id < other.webhook.id ? 1 : -1))[0];
  }

  #token(): string {
    this.#tokens += 1;
    return String(this.#tokens);
  }

  /** Whether an earlier webhook (before `index`) with the same route and order key is still pending. */
  #isBehind({ route, orderKey }: Webhook, index: number): boolean {
    if (orderKey === null) return false;
    return this.entries
      .slice(0, index)
      .some(
        (entry) =>
          entry.webhook.route === route &&
          entry.webhook.orderKey === orderKey &&
          standingOf(entry).state === 'pending',
      );
  }

  #operate(id: WebhookId, event: WebhookEvent): OperatorResult {
    const entry = this.#find(id);
    if (entry === undefined) return 'not-found';
    if (!isTransitionAllowed(standingOf(entry).state, event)) return 'conflict';
    entry.events.push(event);
    entry.cancelledUnder = event.type === 'cancelled' ? (entry.lease?.token ?? null) : null;
    entry.lease = null;
    return 'done';
  }

  #bytes(): number {
    return this.entries.reduce((sum, { webhook, events, duplicates }) => {
      const answers = events.map((event) =>
        event.type === 'attempted' && event.attempt.outcome.kind === 'answered'
          ? event.attempt.outcome.body.length
          : 0,
      );
      const { body, headers, target } = webhook.request;
      const parts = [body.length, headers.join().length, target.length, ...answers];
      return sum + sumOf(parts) + 100 + 50 * events.length + 50 * duplicates.length;
    }, 0);
  }
}

const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);

const isSame = (one: Pick<AccessEntry, 'kind' | 'address'>, other: Pick<AccessEntry, 'kind' | 'address'>) =>
  one.kind === other.kind && one.address === other.address;

/** Where an entry stands: its last event says so. */
export function standingOf({ webhook, events }: ModelEntry): Standing {
  return events.at(-1)?.then ?? { state: 'pending', dueAt: webhook.receivedAt, lane: 'live' };
}

/** How far an entry has come. */
export function progressOf({ webhook, events }: ModelEntry): Progress {
  return events.reduce(advance, freshProgress(webhook.receivedAt));
}

/** The line of a list that an entry gives. */
export function summaryOf(entry: ModelEntry): WebhookSummary {
  const { id, route, receivedAt, request, bot, user, eventId } = entry.webhook;
  const outcomes = entry.events.flatMap((event) =>
    event.type === 'attempted' ? [event.attempt.outcome] : [],
  );
  const last = outcomes.at(-1);
  const { attempts, replay } = progressOf(entry);
  return {
    id,
    route,
    receivedAt,
    method: request.method,
    target: request.target,
    ip: request.ip,
    bot,
    user,
    eventId,
    bodyBytes: request.body.length,
    standing: standingOf(entry),
    attempts,
    replay,
    lastStatus: outcomes.findLast((outcome) => outcome.kind === 'answered')?.status ?? null,
    lastFailure: last?.kind === 'failed' ? last.cause : null,
  };
}

const hasText = ({ webhook }: ModelEntry, text = '') => Buffer.from(webhook.request.body).includes(text);

/** Whether a summary meets every condition of a filter that can be told from it. */
export function isMatch(filter: WebhookFilter, one: WebhookSummary): boolean {
  const { state, deadReason, route, since, until, bot, user, status, idPrefix, eventId } = filter;
  const conditions = [
    state === undefined || one.standing.state === state,
    deadReason === undefined || (one.standing.state === 'dead' && one.standing.reason === deadReason),
    route === undefined || one.route === route,
    since === undefined || one.receivedAt >= since,
    until === undefined || one.receivedAt < until,
    bot === undefined || one.bot === bot,
    user === undefined || one.user === user,
    status === undefined || one.lastStatus === status,
    idPrefix === undefined || one.id.startsWith(idPrefix),
    eventId === undefined || one.eventId === eventId,
  ];
  return conditions.every(Boolean);
}
