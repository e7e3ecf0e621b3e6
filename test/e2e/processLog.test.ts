// What a server writes to its process log at its most talkative, through successes and failures: never a secret of the
// configuration, and nothing that a caller or a bot sent to be kept to themselves.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ConfigInput } from '../../src/config/index.ts';
import { getUrlFor } from '../../src/links/index.ts';
import { answersOk, startBotHost, type BotHost } from '../support/botHost.ts';
import { scratchDir, startServer, type RunningServer, type ScratchDir } from '../support/process.ts';
import { sendRaw, sendRequest, type RequestParams } from '../support/sender.ts';
import { sign as signStripe } from '../support/signing/stripe.ts';
import { waitFor } from '../support/waitFor.ts';

/** Each begins and ends with letters of its own, so that no part of a line is one by chance. */
const secrets = {
  signingKey: `whsec_${Buffer.alloc(32, 'Qz7!').toString('base64')}`,
  linkKey: 'Qlinkkey~"secret" 7Q',
  botToken: '7007:Qbottoken-secretQ',
  shortBotToken: 'Qb7~t',
  stripe: 'whsec_Qstripe_secretQ',
  shortWord: 'Qw7~d',
  payoutKey: 'Qpayout/key+secretQ',
  pinnedToken: 'Qpinnedtoken0123456789Q',
  shortPinned: 'Qs7~p',
  reloadedToken: 'Qreloadedtoken987654Q',
  misplacedKey: 'Qmisplacedkeysecret12Q',
};

/** What callers and bots bring along. */
const brought = {
  bearer: 'Qbearertokenofcaller1Q',
  password: 'Qpasswordofcaller1Q',
  cookie: 'Qcookieofcaller1Q',
  apiKey: 'Qapikeyofcaller1Q',
  query: 'Qqueryofcaller1Q',
  body: 'Qbodyofcaller1Q',
  fragmentOfTrace: 'Qtraceofcaller1Q',
  botCookie: 'Qcookieofbot1Q',
  botBody: 'Qbodyofbot1Q',
};

/** Everywhere the same: what a caller would not have others read. */
const headers = [
  ...['Authorization', `Bearer ${brought.bearer}`],
  ...['Cookie', `session=${brought.cookie}`, 'X-Api-Key', brought.apiKey],
  ...['Authorization', `Basic ${Buffer.from(`user:${brought.password}`).toString('base64')}`],
  ...['traceparent', brought.fragmentOfTrace, 'tracestate', `a=${brought.fragmentOfTrace}`],
];

interface BotHostUrls {
  readonly main: string;
  /** Answers what is no HTTP. */
  readonly garbled: string;
}

const config = (hosts: BotHostUrls): ConfigInput => ({
  listen: { port: 0 },
  admin: { port: 0 },
  botHosts: {
    main: { url: hosts.main, circuit: { failures: 1000 }, connectTimeout: '300ms', attemptTimeout: '300ms' },
    garbled: { url: hosts.garbled, circuit: { failures: 3, openFor: '30s' } },
    tls: { url: hosts.garbled.replace('http:', 'https:'), circuit: { failures: 1000 } },
    nobody: { url: 'http://127.0.0.1:9', connectTimeout: '200ms' },
    nameless: { url: 'http://bot-host.invalid', connectTimeout: '200ms' },
  },
  routes: [
    { name: 'pinned', path: '/pinned', forwardTo: `/bot/new-webhook?token=${secrets.pinnedToken}` },
    { name: 'short', path: '/short', forwardTo: `/b?k=${secrets.shortPinned}` },
    { name: 'platform', path: '/v1/bots/:bot/new-webhook', link: 'bots-business' },
    { name: 'own', path: '/own/:bot', link: 'hookward' },
    { name: 'stripe', path: '/stripe', sender: 'stripe', secrets: [secrets.stripe, secrets.shortWord] },
    {
      ...{
        name: 'oxapay',
        path: '/oxapay',
        sender: 'oxapay',
        secrets: [secrets.shortWord],
        verify: 'report',
      },
      senderSettings: { payoutKeys: [secrets.payoutKey] },
    },
    ...(['main', 'garbled', 'tls', 'nobody', 'nameless'] as const).map((botHost) => ({
      ...{ name: botHost, path: `/to/${botHost}`, botHost, forwardTo: `/b?k=${secrets.shortPinned}` },
      ...{ answer: { for: '500ms' }, retry: { attempts: 2, firstDelay: '20ms', maxDelay: '20ms' } },
    })),
  ],
  passThrough: { botHost: 'garbled' },
  signing: { keys: [secrets.signingKey] },
  links: {
    keys: [{ id: 'k1', secret: secrets.linkKey }],
    botTokens: { '7': secrets.botToken, '8': secrets.shortBotToken },
  },
  access: { perAddress: null },
  logging: { level: 'trace' },
});

/** The targets of links that this server takes, and their tokens. */
function links() {
  const publicUrl = 'https://hooks.example.com';
  const request = { bot: '7', command: '/pay' };
  const keys = [{ id: 'k1', secret: secrets.linkKey }];
  const own = getUrlFor(request, { scheme: 'hookward', publicUrl, path: '/own/:bot', keys, linkId: 'l1' });
  const platform = getUrlFor(request, {
    scheme: 'bots-business',
    ...{ publicUrl, path: '/v1/bots/:bot/new-webhook', botTokens: { '7': secrets.botToken } },
  });
  const urls = [own, platform].map((url) => new URL(url));
  const tokens = urls.flatMap(({ searchParams }) =>
    [...searchParams].filter(([name]) => name.includes('token')).map(([, value]) => value),
  );
  return { targets: urls.map(({ pathname, search }) => pathname + search), tokens };
}

/** Every spelling under which a value could be found. */
const spellings = (value: string): readonly string[] => [
  value,
  encodeURIComponent(value),
  encodeURI(value),
  JSON.stringify(value).slice(1, -1),
  Buffer.from(value).toString('base64').replace(/=+$/, ''),
  Buffer.from(value).toString('hex'),
];

describe('the process log at level trace', () => {
  let dir: ScratchDir;
  let botHost: BotHost;
  let garbled: Server;
  let server: RunningServer;
  let hosts: BotHostUrls;
  const { targets, tokens } = links();

  before(async () => {
    dir = scratchDir();
    botHost = await startBotHost();
    garbled = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(`nonsense ${brought.botBody}\r\n\r\n`));
    });
    await new Promise<void>((resolve) => garbled.listen(0, '127.0.0.1', resolve));
    const { port } = garbled.address() as AddressInfo;
    hosts = { main: botHost.url, garbled: `http://127.0.0.1:${String(port)}` };
    server = await startServer({ dir: dir.path, config: config(hosts) });
  });

  after(async () => {
    try {
      await server.kill();
    } finally {
      await botHost.close();
      garbled.close();
      dir.remove();
    }
  });

  const send = (request: RequestParams) =>
    sendRequest(server.publicUrl, {
      body: brought.body,
      ...request,
      headers: [...(request.headers ?? []), ...headers],
    });

  const status = async (request: RequestParams) => (await send(request)).status;

  type Line = Readonly<Record<string, unknown>>;

  /** Waits for a line with these fields. */
  const line = (fields: Line): Promise<Line> =>
    waitFor(`a line with ${JSON.stringify(fields)}`, () =>
      server
        .logLines()
        .find((found) => Object.entries(fields).every(([name, value]) => found[name] === value)),
    );

  test('tells what became of webhooks that are delivered, refused by the bot and tried in vain', async () => {
    botHost.behave(() => ({ headers: ['Set-Cookie', `a=${brought.botCookie}`], body: brought.botBody }));
    for (const target of ['/pinned', '/short', ...targets])
      assert.equal(
        await status({ target: target.startsWith('/pinned') ? `${target}?x=${brought.query}` : target }),
        200,
      );
    for (const secret of [secrets.stripe, secrets.shortWord]) {
      const { headers: signed, body } = signStripe({ secret, signedAt: Date.now() });
      assert.equal(await status({ target: '/stripe', headers: signed, body }), 200);
    }
    for (const route of ['pinned', 'short', 'own', 'platform', 'stripe'])
      await line({ event: 'webhook', route, state: 'delivered', status: 200 });

    botHost.behave(() => ({ status: 422, body: brought.botBody }));
    await send({ target: '/pinned' });
    await line({
      event: 'webhook',
      level: 'warn',
      route: 'pinned',
      state: 'dead',
      status: 422,
      reason: 'refused',
    });

    botHost.behave(() => 'hang');
    await send({ target: '/to/main' });
    for (const [botHostName, reason] of [
      ['main', 'timeout'],
      ['garbled', 'malformed-answer'],
      ['tls', 'tls'],
      ['nobody', 'connection-refused'],
      ['nameless', 'name-not-found'],
    ] as const) {
      if (botHostName !== 'main') await send({ target: `/to/${botHostName}` });
      await line({ event: 'webhook', botHost: botHostName, state: 'pending', reason });
      await line({ event: 'webhook', level: 'warn', botHost: botHostName, state: 'dead' });
    }
    botHost.behave(answersOk);
  });

  test('goes through refusals, broken messages and pass-through', async () => {
    const forged = targets.map((target) => target.replace(/(token=)[^&]*/, `$1${brought.query}`));
    for (const target of forged) assert.equal(await status({ target }), 403);
    const stripe = ['Stripe-Signature', `t=1,v1=${brought.apiKey}`];
    assert.equal(await status({ target: '/stripe', headers: stripe }), 401);
    assert.equal(await status({ target: '/oxapay', headers: ['HMAC', brought.apiKey] }), 200);
    await line({ event: 'webhook', route: 'oxapay', sender: 'oxapay', verdict: 'signature-malformed' });
    await send({ target: `/nowhere?x=${brought.query}` });
    await line({ event: 'pass-through-failed' });
    const broken = `POST /pinned?x=${brought.query} HTTP/1.1\r\nHost: a b\r\nCookie: ${brought.cookie}\r\n\r\n`;
    assert.equal((await sendRaw(server.publicUrl, Buffer.from(broken))).status, 400);
    const garbage = `GARBAGE ${brought.bearer}\r\nAuthorization ${brought.bearer}\r\n\r\n`;
    assert.equal((await sendRaw(server.publicUrl, Buffer.from(garbage))).status, 400);
  });

  test('goes through reloads, taken and refused', async () => {
    const file = join(dir.path, 'webhooks.config.yaml');
    const next = config(hosts);
    const [first, ...others] = next.routes ?? [];
    const reloaded = { ...first, forwardTo: `/bot/new-webhook?token=${secrets.reloadedToken}` };
    const text = (changes: object) =>
      JSON.stringify({
        ...next,
        ...JSON.parse(readFileSync(file, 'utf8')),
        routes: [reloaded, ...others],
        ...changes,
      });
    writeFileSync(file, text({}));
    server.signal('SIGHUP');
    await line({ event: 'config-reloaded' });
    assert.equal(await status({ target: '/pinned' }), 200);
    assert.match(botHost.ledger.at(-1)?.arrived.target ?? '', new RegExp(secrets.reloadedToken));
    writeFileSync(file, text({ signing: { keys: [secrets.misplacedKey] } }));
    server.signal('SIGHUP');
    await line({ event: 'config-refused' });
  });

  test('shows none of it, in no spelling', async () => {
    await server.stop();
    const output = server.output();
    assert.ok(output.split('\n').length > 20, 'it has told a lot');
    const values = [...Object.entries(secrets), ...Object.entries(brought)];
    for (const [at, token] of tokens.entries()) values.push([`token ${String(at)}`, token]);
    for (const [name, value] of values)
      for (const spelling of spellings(value))
        assert.ok(!output.includes(spelling), `${name} is shown as ${spelling}`);
  });
});
