// Support and SREs at the admin API of a real server: finding, reading, replaying, following, and the trail it leaves.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { RecordView, SummaryView } from '../../src/admin/index.ts';
import type { ReplayJobView } from '../../src/admin/replays/replays.ts';
import type { BotBehaviour } from '../support/botHost.ts';
import { waitFor } from '../support/waitFor.ts';
import {
  adminTokens,
  callAs,
  followChanges,
  tokenOf,
  waitForAnswer,
  type Role,
  type Sent,
} from './support/adminCaller.ts';
import { endedWithin, openStage, type Stage } from './support/stage.ts';

interface Page {
  readonly items: readonly SummaryView[];
  readonly cursor: string | null;
}

interface AuditEntry {
  readonly at: string;
  readonly by: string;
  readonly action: string;
  readonly subject: string;
  readonly reason: string;
}

const linkKey = 'a made-up secret that signs links';

/** Refuses what `/refuse` asks for, until it is told to accept all. */
const refusing: BotBehaviour = ({ target }) =>
  target.includes('refuse') ? { status: 422, body: 'no such user' } : { status: 200, body: 'ok' };

describe('the admin API of a running server', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage(
      (url) => ({
        botHosts: { main: { url } },
        routes: [
          { name: 'pay', path: '/pay/*', answer: { for: '2s' } },
          { name: 'bots', path: '/v1/bots/:bot/new-webhook', link: 'hookward' },
          { name: 'limited', path: '/limited', rateLimit: { requests: 1, per: '1h' } },
        ],
        links: { keys: [{ id: 'k1', secret: linkKey }] },
        access: { perAddress: null },
        admin: { tokens: [...adminTokens] },
      }),
      refusing,
    );
  });
  after(() => stage.close());

  const call = (role: Role, path: string, sent?: Sent) => callAs(stage.server.adminUrl, role, path, sent);
  const get = async <T>(role: Role, path: string) => (await (await call(role, path)).json()) as T;

  async function send(target: string, body: BodyInit = '{"amount":1.0}'): Promise<string> {
    const answer = await fetch(stage.server.publicUrl + target, { method: 'POST', body });
    await answer.arrayBuffer();
    return answer.headers.get('hookward-id') ?? '';
  }

  const inState = (id: string, state: string) =>
    waitForAnswer<RecordView>(
      `${id} to be ${state}`,
      () => call('support', `/api/webhooks/${id}`),
      (found) => found.state === state && !found.inFlight,
    );

  const newestAudit = async () =>
    (await get<{ entries: AuditEntry[] }>('support', '/api/audit?limit=1')).entries[0];

  test('lists what is asked for, page by page', async () => {
    const ids: string[] = [];
    for (let at = 0; at < 5; at += 1)
      ids.unshift(await send(`/pay/${at % 2 === 0 ? 'take' : 'refuse'}/list`));
    for (const [at, id] of ids.entries()) await inState(id, at % 2 === 0 ? 'delivered' : 'dead');
    const found: string[] = [];
    let pages = 0;
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Page = await get<Page>(
        'viewer',
        `/api/webhooks?route=pay&limit=2${cursor && `&cursor=${cursor}`}`,
      );
      found.push(...page.items.map(({ id }) => id));
      cursor = page.cursor;
      pages += 1;
    }
    assert.deepEqual(found, ids);
    assert.ok(pages >= 3);
    const dead = await get<Page>('viewer', '/api/webhooks?state=dead&status=422&route=pay');
    assert.deepEqual(
      dead.items.map(({ id }) => id),
      [ids[1], ids[3]],
    );
    const other = await get<Page>('viewer', `/api/webhooks?id=${ids[0] ?? ''}&state=dead`);
    assert.deepEqual(other.items, []);
  });

  test('gives a body byte for byte, as a file that no browser opens', async () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => (at * 31) % 256);
    const id = await send('/pay/bytes', bytes);
    const answer = await call('support', `/api/webhooks/${id}/body`);
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), bytes);
    assert.deepEqual(
      [
        'content-type',
        'content-disposition',
        'x-content-type-options',
        'content-security-policy',
        'cache-control',
      ].map((name) => answer.headers.get(name)),
      [
        'application/octet-stream',
        `attachment; filename="${id}.bin"`,
        'nosniff',
        "sandbox; default-src 'none'",
        'no-store',
      ],
    );
  });

  test('tells each attempt; what the bot said is for support', async () => {
    const id = await send('/pay/refuse/attempts');
    await inState(id, 'dead');
    const attemptsFor = (role: Role) =>
      get<{ attempts: RecordView['events'] }>(role, `/api/webhooks/${id}/attempts`);
    const [attempt, ...more] = (await attemptsFor('support')).attempts;
    assert.deepEqual(more, []);
    assert.deepEqual(
      [attempt?.state, attempt?.reason, attempt?.attempt?.number, attempt?.attempt?.status],
      ['dead', 'refused', 1, 422],
    );
    assert.equal(Buffer.from(attempt?.attempt?.body ?? '', 'base64').toString(), 'no such user');
    const [masked] = (await attemptsFor('viewer')).attempts;
    assert.equal(masked?.attempt?.status, 422);
    assert.equal(masked.attempt.body, undefined);
  });

  test('a replay is counted first, begun at a pace, watched, and stopped half-way', async () => {
    const sent = await Promise.all(
      Array.from({ length: 60 }, (_, at) => send(`/pay/refuse/job?n=${String(at)}`)),
    );
    await Promise.all(sent.map((id) => inState(id, 'dead')));
    const since = (await get<RecordView>('viewer', `/api/webhooks/${sent.toSorted()[0] ?? ''}`)).receivedAt;
    const filter = { state: 'dead', route: 'pay', since };
    const preview = (await (await call('support', '/api/replays/preview', { body: { filter } })).json()) as {
      count: number;
      isExact: boolean;
    };
    assert.deepEqual([preview.count, preview.isExact], [60, true]);

    stage.botHost.behave(() => ({ status: 200, body: 'ok' }));
    const order = { filter, reason: 'the bot knows the users now', ratePerSecond: 20 };
    const begun = await call('support', '/api/replays', { body: order });
    assert.equal(begun.status, 201);
    const at = begun.headers.get('location') ?? '';
    const { id } = (await begun.json()) as ReplayJobView;
    assert.equal(at, `/api/replays/${id}`);
    const progress = await waitForAnswer<ReplayJobView>(
      'ten to be replayed',
      () => call('viewer', at),
      ({ replayed }) => replayed >= 10,
    );
    assert.deepEqual([progress.state, progress.total, progress.by], ['running', 60, 'eve-support']);

    const stopped = await call('support', `${at}/stop`, { body: { reason: 'enough for now' } });
    const job = (await stopped.json()) as ReplayJobView;
    assert.equal(job.state, 'stopped');
    assert.deepEqual(job.stopped, { by: 'eve-support', reason: 'enough for now' });
    assert.ok(job.replayed >= 10 && job.replayed < 60, String(job.replayed));
    await waitForAnswer<Page>(
      'those to be delivered',
      () => call('viewer', `/api/webhooks?state=delivered&route=pay&since=${since}&limit=500`),
      ({ items }) => items.filter(({ replay }) => replay === 1).length === job.replayed,
    );
    const left = await get<Page>('viewer', `/api/webhooks?state=dead&route=pay&since=${since}&limit=500`);
    assert.equal(left.items.length, 60 - job.replayed);
    assert.deepEqual((await get<{ jobs: ReplayJobView[] }>('viewer', '/api/replays')).jobs, [job]);
    stage.botHost.behave(refusing);
  });

  test('the stream tells of what arrives and what becomes of it, and holds nothing of it', async () => {
    const stream = await followChanges(stage.server.adminUrl);
    const refused = await send('/pay/refuse/stream?secret=in-the-query', 'secret-in-the-body');
    await waitFor('the news to be told', () =>
      stream.told.some(({ id, state }) => id === refused && state === 'dead'),
    );
    assert.deepEqual(stream.told.find(({ id }) => id === refused)?.what, 'received');
    const replay = { ids: [refused], reason: 'once more' };
    await call('support', '/api/webhooks/replay', { body: replay });
    await waitFor('the replay to be told', () =>
      stream.told.some(({ id, what }) => id === refused && (what === 'replayed' || what === 'attempted')),
    );
    assert.ok(!JSON.stringify(stream.told).includes('secret'));
    stream.leave();
    await stream.ended;
  });

  test('what is changed stands in the audit log: who, when, what and why', async () => {
    const id = await send('/pay/refuse/audit');
    await inState(id, 'dead');
    const from = Date.now();
    const reason = 'as agreed with the customer';
    const link = { route: 'bots', scheme: 'hookward', bot: '7', command: '/onPaid', content: 'gift', reason };
    const changes: [string, Sent, string][] = [
      ['/api/webhooks/replay', { body: { ids: [id], reason } }, `replay ${id}`],
      [
        '/api/access',
        { method: 'PUT', body: { kind: 'ban', address: '192.0.2.9', reason } },
        'ban 192.0.2.9',
      ],
      [
        '/api/access',
        { method: 'DELETE', body: { kind: 'ban', address: '192.0.2.9', reason } },
        'unban 192.0.2.9',
      ],
      ['/api/links', { body: link }, 'link-made route bots, bot 7, command /onPaid, link '],
    ];
    for (const [path, sent, what] of changes) {
      const answer = await call('admin', path, sent);
      assert.equal(answer.status, 200, path);
      const entry = await newestAudit();
      assert.ok(`${entry?.action ?? ''} ${entry?.subject ?? ''}`.startsWith(what), JSON.stringify(entry));
      assert.deepEqual([entry?.by, entry?.reason], ['eve-admin', reason]);
      const at = Date.parse(entry?.at ?? '');
      assert.ok(at >= from - 1 && at <= Date.now() + 1);
      await answer.arrayBuffer();
    }
  });

  test('a link that was made works, and the audit log cannot be used to make it', async () => {
    const reason = 'for the shop';
    const made = await call('admin', '/api/links', {
      body: { route: 'bots', scheme: 'hookward', bot: '7', command: '/onPaid', reason },
    });
    const { url } = (await made.json()) as { url: string };
    const checked = await call('support', '/api/links/check', { body: { url } });
    const { isTaken, link } = (await checked.json()) as { isTaken: boolean; link: { linkId: string } };
    assert.equal(isTaken, true);
    const entry = await newestAudit();
    assert.ok(entry?.subject.endsWith(`link ${link.linkId}`));
    const text = JSON.stringify(entry);
    for (const [name, value] of new URL(url).searchParams) {
      if (/token/.test(name))
        assert.ok(!text.includes(value) && !text.includes(value.split('.').at(-1) ?? value));
    }
  });

  test('the audit log cannot be written, changed or emptied', async () => {
    const before = await get<{ entries: AuditEntry[] }>('support', '/api/audit?limit=500');
    assert.ok(before.entries.length > 0);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await call('admin', '/api/audit', { method, body: { entries: [] } });
      assert.equal(answer.status, 404);
      await answer.arrayBuffer();
    }
    assert.deepEqual(await get('support', '/api/audit?limit=500'), before);
  });

  test('the configuration holds no secret, and of tokens neither them nor their hashes', async () => {
    const text = await (await call('viewer', '/api/config')).text();
    const config = JSON.parse(text) as { admin: { tokens: unknown }; links: { keys: unknown } };
    assert.deepEqual(
      config.admin.tokens,
      adminTokens.map(({ name, role }) => ({ name, role })),
    );
    assert.deepEqual(config.links.keys, [{ id: 'k1', secret: '***' }]);
    const routes = await get<{ routes: { name: string }[] }>('viewer', '/api/routes');
    assert.deepEqual(
      routes.routes.map(({ name }) => name),
      ['pay', 'bots', 'limited'],
    );
    const page = await (await call('viewer', '/console/system')).text();
    for (const { sha256 } of adminTokens) assert.ok(!text.includes(sha256) && !page.includes(sha256));
    assert.ok(!text.includes(linkKey) && !page.includes(linkKey));
  });

  test('who ran into a limit is told', async () => {
    for (let at = 0; at < 3; at += 1) await send('/limited');
    const { hits } = await get<{ hits: { limit: string; name: string; hits: number }[] }>(
      'viewer',
      '/api/limits',
    );
    assert.deepEqual(
      hits.map(({ limit, name, hits: count }) => [limit, name, count]),
      [['route', 'limited', 2]],
    );
  });

  async function logIn(token: string) {
    const body = new URLSearchParams({ token });
    const answer = await fetch(`${stage.server.adminUrl}/console/login`, {
      method: 'POST',
      body,
      redirect: 'manual',
    });
    await answer.arrayBuffer();
    return {
      status: answer.status,
      cookie: /^[^;]*/.exec(answer.headers.get('set-cookie') ?? '')?.[0] ?? '',
    };
  }

  test('logins and logouts are in the audit log; failed ones in the process log, without the token', async () => {
    const { status, cookie } = await logIn(tokenOf('support'));
    assert.equal(status, 303);
    const login = await newestAudit();
    assert.deepEqual([login?.action, login?.by, login?.subject], ['login', 'eve-support', '127.0.0.1']);
    const page = await fetch(`${stage.server.adminUrl}/console`, { headers: { cookie } });
    const csrf = /name="csrf" value="([\w-]+)"/.exec(await page.text())?.[1] ?? '';
    const logout = await fetch(`${stage.server.adminUrl}/console/logout`, {
      method: 'POST',
      headers: { cookie },
      body: new URLSearchParams({ csrf }),
      redirect: 'manual',
    });
    assert.equal(logout.status, 303);
    assert.equal((await newestAudit())?.action, 'logout');

    assert.equal((await logIn('hwt_made-up-wrong-token')).status, 401);
    assert.equal((await newestAudit())?.action, 'logout');
    const line = await waitFor('the line', () =>
      stage.server.logLines().find(({ event }) => event === 'login-failed'),
    );
    assert.deepEqual([line['address'], line['triesLeft']], ['127.0.0.1', 9]);
    assert.ok(!stage.server.output().includes('hwt_made-up-wrong-token'));
    const metrics = await (await call('viewer', '/metrics')).text();
    assert.match(metrics, /^hookward_logins_total\{result="opened"\} 1$/m);
    assert.match(metrics, /^hookward_logins_total\{result="wrong"\} 1$/m);
  });

  test('streams end with the server, and one that nobody reads holds up no end', async () => {
    const { hostname, port } = new URL(stage.server.adminUrl);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(`GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokenOf('viewer')}\r\n\r\n`);
    const stream = await followChanges(stage.server.adminUrl);
    const id = await send('/pay/last');
    await waitFor('the last to be told', () => stream.told.some((change) => change.id === id));
    stage.server.signal('SIGTERM');
    await stream.ended;
    assert.deepEqual(await endedWithin(stage.server, 5_000), { code: 0, signal: null });
    socket.destroy();
  });
});
