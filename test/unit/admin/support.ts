// The admin API on a log of one webhook that is full of secrets. What it was asked to change is kept.
import { createHash } from 'node:crypto';
import {
  createLiveStreams,
  createLogins,
  createOperations,
  createReplayJobs,
  createSessions,
  maskFor,
  type AdminParts,
  type FailedLogin,
} from '../../../src/admin/index.ts';
import { createAdminApi } from '../../../src/admin/api/app.ts';
import { HookwardError } from '../../../src/core/errors.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { AccessEntry, AuditEntry, WebhookRecord, WebhookSummary } from '../../../src/log/index.ts';
import { manualClock } from '../../support/manualClock.ts';
import { seededRandom } from '../../support/seededRandom.ts';

export const id = '01890000-0000-7000-8000-000000000001' as WebhookId;
export const roles = ['viewer', 'support', 'admin'] as const;
export const tokenOf = (role: string) => `hwt_${role}`;
export const tokens = roles.map((role) => ({
  name: `the ${role}`,
  role,
  sha256: createHash('sha256').update(tokenOf(role)).digest('hex'),
}));

/** Stands in every place where callers and bots put what viewers must not see. */
export const secret = 's3cret-in-the-log';

export const record: WebhookRecord = {
  webhook: {
    id,
    route: 'pay',
    receivedAt: 1_750_000_000_000,
    bot: '7',
    user: '77',
    orderKey: null,
    sender: { sender: 'stripe', verdict: 'verified' },
    eventId: secret,
    dedupeKey: `verified ["${secret}"]`,
    request: {
      method: 'POST',
      target: `/pay?public_user_token=${secret}`,
      headers: [
        // Hidden by the configuration alone: its name says nothing of a secret.
        'x-CUSTOMER',
        secret,
        ...['Content-Type', 'text/html', 'Authorization', `Bearer ${secret}`, 'Cookie', `a=${secret}`],
        ...['X-Signature', secret, 'X-Api-Key', secret],
      ],
      body: Buffer.from(`<script>alert("${secret}")</script>`),
      ip: '192.0.2.7',
      scheme: 'http',
    },
  },
  events: [
    {
      type: 'attempted',
      at: 1_750_000_000_500,
      attempt: {
        number: 1,
        replay: 0,
        startedAt: 1_750_000_000_100,
        durationMs: 400,
        outcome: {
          kind: 'answered',
          status: 200,
          headers: ['Content-Type', 'text/plain', 'Set-Cookie', secret, 'X-Customer', secret],
          body: Buffer.from(`${secret} answer`),
          bodyTruncated: false,
          complete: true,
        },
      },
      then: { state: 'delivered' },
    },
  ],
  duplicates: [{ at: 1_750_000_001_000, ip: '192.0.2.8' }],
  standing: { state: 'delivered' },
  progress: { attempts: 1, tries: 1, replay: 0, budgetFrom: 1_750_000_000_000 },
  inFlight: false,
};

const summary: WebhookSummary = {
  id,
  route: 'pay',
  receivedAt: 1_750_000_000_000,
  standing: { state: 'delivered' },
  eventId: null,
  method: 'POST',
  target: record.webhook.request.target,
  ip: '192.0.2.7',
  bot: '7',
  user: '77',
  bodyBytes: record.webhook.request.body.byteLength,
  attempts: 1,
  replay: 0,
  lastStatus: 200,
  lastFailure: null,
};

export const status: ReturnType<AdminParts['status']> = {
  version: '1.2.3',
  startedAt: '2025-06-15T15:06:40.000Z',
  log: {
    mode: 'ok',
    reason: '',
    counts: { pending: 0, delivered: 1, dead: 0, cancelled: 0 },
    pendingByRoute: { pay: 0 },
    inFlight: 0,
    earliestDueAt: null,
    recordBytes: 1_000,
    diskBytes: 2_000,
    diskFreeBytes: 3_000,
    unreadableRecords: 0,
    sequenceGaps: 0,
  },
  botHosts: [{ name: 'main', circuit: 'closed', active: 0, waiting: { pay: 0 } }],
};

/** How an API for a test differs from the usual one. */
export type Overrides = Partial<Pick<AdminParts, 'status' | 'readiness' | 'live'>>;

/** The log of one delivered webhook. */
function oneWebhookLog(audit: AuditEntry[]) {
  return {
    get: (params: { id: string }) => Promise.resolve(params.id === id ? record : null),
    list: () => Promise.resolve({ items: [summary], cursor: null }),
    replay: ({ ids }: { ids: readonly string[] }) =>
      Promise.resolve(ids.map((one) => (one === id ? ('done' as const) : ('not-found' as const)))),
    cancel: ({ ids }: { ids: readonly string[] }) => Promise.resolve(ids.map(() => 'conflict' as const)),
    appendAudit: (params: { entries: readonly AuditEntry[] }) =>
      Promise.resolve(void audit.push(...params.entries)),
    listAudit: () => Promise.resolve({ entries: audit, cursor: null }),
  };
}

/** Lists that hold what was put into them. */
function keptLists(entries: AccessEntry[]): Parameters<typeof createOperations>[0]['access'] {
  return {
    list: ({ kind }) => entries.filter((entry) => entry.kind === kind),
    ban: ({ now, ...entry }) => {
      if (entry.address.includes('/33')) throw new HookwardError('usage-wrong', { message: 'no such block' });
      const made = { ...entry, kind: 'ban' as const, createdAt: now, strikes: 0 };
      entries.push(made);
      return Promise.resolve(made);
    },
    unban: () => Promise.resolve({ removed: false, stillCoveredBy: null }),
    allow: () => Promise.reject(new Error('not asked for here')),
    disallow: () => Promise.reject(new Error('not asked for here')),
  };
}

/** The API for these tokens; without any it takes calls of this machine. */
export function api(configured: typeof tokens | [], overrides: Overrides = {}) {
  const audit: AuditEntry[] = [];
  const entries: AccessEntry[] = [];
  const failures: unknown[] = [];
  const failedLogins: FailedLogin[] = [];
  const clock = manualClock(1_750_000_001_000);
  const failed = (error: unknown) => void failures.push(error);
  const log = oneWebhookLog(audit);
  const operator = {
    log,
    now: () => clock.now(),
    wake: () => undefined,
    counted: () => undefined,
    changed: () => undefined,
  };
  const operations = createOperations({
    ...operator,
    access: keptLists(entries),
    mask: () => maskFor(['x-Customer']),
  });
  const sessions = createSessions({ clock, random: seededRandom(1), tokens: () => configured });
  const replays = createReplayJobs({ ...operator, clock, random: seededRandom(2), failed });
  const parts: AdminParts = {
    version: '1.2.3',
    operations,
    tokens: () => configured,
    readiness: () => ({ ready: false, reasons: ['the log is full'] }),
    metricsPage: () =>
      Promise.resolve({ contentType: 'text/plain; version=0.0.4', body: 'hookward_build_info 1\n' }),
    status: () => status,
    async makeLink(link, asked) {
      await operations.note({ action: 'link-made', subject: `route ${link.route}` }, asked);
      return { url: 'https://hooks.example/x' };
    },
    checkLink: () => ({ route: null, isTaken: false, refusal: 'no-route', link: null }),
    routes: () => [],
    senders: () => [],
    config: () => ({}),
    limits: () => [],
    live: createLiveStreams({ changes: { subscribe: () => () => undefined }, clock }),
    history: { samples: () => [] },
    replays,
    sessions,
    logins: createLogins({
      sessions,
      counted: () => undefined,
      note: (done, asked) => operations.note(done, asked),
      loginFailed: (login) => void failedLogins.push(login),
      failed,
    }),
    addressOf: () => '192.0.2.1',
    failed,
    ...overrides,
  };
  const app = createAdminApi(parts);
  const call = async (path: string, init: CallInit = {}) =>
    app.request(
      `http://127.0.0.1:8081${path}`,
      {
        method: init.method ?? 'GET',
        headers: {
          host: '127.0.0.1:8081',
          ...(init.token !== undefined && { authorization: `Bearer ${init.token}` }),
          ...(init.body !== undefined && { 'content-type': 'application/json' }),
          ...init.headers,
        },
        ...(init.body !== undefined && { body: JSON.stringify(init.body) }),
        ...(init.raw !== undefined && { body: init.raw }),
      },
      {},
    );
  return { app, call, parts, audit, entries, failures, failedLogins, clock };
}

/** A call of a test. */
export interface CallInit {
  readonly method?: string;
  readonly token?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
