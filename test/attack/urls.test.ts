// Attack 4: every URL that a caller can shape. None sends a browser elsewhere, and none makes the server call anybody but
// its configured bot hosts: every socket that its process opens is written down and held against them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { ConfigInput } from '../../src/config/index.ts';
import { getUrlFor } from '../../src/links/index.ts';
import { linkSecrets } from '../../src/links/secrets.ts';
import { signedQuery } from '../../src/links/signedLink.ts';
import { startBotHost, type BotHost } from '../support/botHost.ts';
import {
  buildRoot,
  scratchDir,
  startServer,
  type RunningServer,
  type ScratchDir,
} from '../support/process.ts';
import { answerHeader, sendRaw, sendRequest, requestBytes, type RequestParams } from '../support/sender.ts';
import { certificateUrls, insides, redirects } from './support/hostileUrls.ts';

const keys = [{ id: 'k1', secret: 'a secret for the links of this test' }];
const botTokens = { '42': '123456:ABC-DEF' };
const place = {
  scheme: 'hookward',
  publicUrl: 'https://hooks.example',
  path: '/own/:bot',
  keys,
  linkId: 'link-1',
} as const;
const link = (redirect_to: string) =>
  getUrlFor({ bot: '42', command: '/on', redirect_to }, place).slice(place.publicUrl.length);
const hostile = redirects('evil.example');

/** What a key's owner could sign, but `getUrlFor` never does. */
function signedTarget(redirectTo: string): string {
  const fields = { keyId: 'k1', linkId: 'link-1', path: '/own/42', bot: '42', command: '/on', redirectTo };
  const secret = linkSecrets(keys).get('k1');
  assert.ok(secret !== undefined);
  return `/own/42?${signedQuery({ ...fields, user: null, content: null, expires: null }, secret, false)}`;
}

/** Counts who comes, and says nothing. */
class Trap {
  caught = 0;
  readonly #server: Server = createServer((socket) => {
    this.caught += 1;
    socket.destroy();
  });

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  open(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  close(): Promise<unknown> {
    return new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('URLs that a caller shapes', () => {
  const trap = new Trap();
  let botHost: BotHost;
  let dir: ScratchDir;
  let server: RunningServer;

  const config = (): ConfigInput => ({
    botHosts: { main: { url: botHost.url }, behind: { url: `http://localhost:${String(botHost.port)}` } },
    routes: [
      { name: 'own', path: '/own/:bot', link: 'hookward' },
      { name: 'platform', path: '/platform/:bot', link: 'bots-business' },
      { name: 'plain', path: '/plain' },
      {
        name: 'paypal',
        path: '/paypal',
        sender: 'paypal',
        verify: 'report',
        senderSettings: { webhookId: '1JE4291016473214C' },
        answer: { mode: 'wait' },
      },
    ],
    links: { keys, botTokens },
    passThrough: { botHost: 'behind' },
    access: { perAddress: null },
  });

  before(async () => {
    await trap.open();
    botHost = await startBotHost();
    dir = scratchDir('hookward-egress-');
    const observer = pathToFileURL(join(buildRoot, 'test/attack/support/egress.js')).href;
    server = await startServer({
      dir: dir.path,
      config: config(),
      env: { NODE_OPTIONS: `--import=${observer}`, HOOKWARD_EGRESS: join(dir.path, 'egress') },
    });
  });

  after(async () => {
    await server.kill();
    await botHost.close();
    await trap.close();
    dir.remove();
  });

  beforeEach(() => botHost.behave(() => ({ status: 200, body: 'ok' })));

  const send = (request: RequestParams) => sendRequest(server.publicUrl, { body: 'x', ...request });
  const egress = () => new Set(readFileSync(join(dir.path, 'egress'), 'utf8').trim().split('\n'));

  test('no link is made to where a browser should not go', () => {
    for (const url of hostile) assert.throws(() => link(url), { code: 'usage-wrong' }, JSON.stringify(url));
    assert.match(link('https://shop.example/done'), /redirect_to=https%3A%2F%2Fshop\.example%2Fdone/);
  });

  test('nor is one followed, though its token be right', async () => {
    const arrivals = botHost.ledger.length;
    for (const url of hostile) {
      const answer = await send({ target: signedTarget(url) });
      assert.equal(answer.status, 403, JSON.stringify(url));
      assert.equal(answerHeader(answer, 'location'), null);
    }
    assert.equal(botHost.ledger.length, arrivals);
    assert.equal((await send({ target: signedTarget('https://shop.example/') })).status, 303);
  });

  test('a second redirect_to beside the signed one, in any spelling, is refused', async () => {
    const good = link('https://shop.example/done');
    const names = [
      'redirect_to',
      'Redirect_To',
      'redirect%5Fto',
      'redirect_to[]',
      'redirect.to',
      '+redirect_to',
      'redirect_to%00',
    ];
    for (const name of names)
      for (const target of [
        `${good}&${name}=https://evil.example`,
        good.replace('?', `?${name}=https://evil.example&`),
      ]) {
        const answer = await send({ target });
        assert.equal(answer.status, 403, target);
        assert.equal(answerHeader(answer, 'location'), null);
      }
  });

  test('where no token covers it, redirect_to is the bot’s to read, and moves nobody here', async () => {
    const platform = getUrlFor(
      { bot: '42', command: '/on' },
      { ...place, scheme: 'bots-business', path: '/platform/:bot', botTokens },
    );
    for (const url of hostile) {
      const query = `redirect_to=${encodeURIComponent(url)}`;
      for (const target of [
        `/plain?${query}`,
        `${platform.slice(place.publicUrl.length)}&${query}`,
        `/passed?${query}`,
      ]) {
        const answer = await send({ target });
        assert.equal(answer.status, 200, target);
        assert.equal(answerHeader(answer, 'location'), null);
      }
    }
  });

  test('whatever URL a call holds, and wherever: only bot hosts are called', async () => {
    const inside = insides(trap.port);
    for (const url of inside) {
      const host = url.split('/')[2] ?? '';
      const headers = [
        ...['Referer', 'X-Original-URL', 'X-Rewrite-URL', 'X-Callback-Url', 'Link'].flatMap((name) => [
          name,
          url,
        ]),
        ...[
          'X-Forwarded-Host',
          host,
          'X-Forwarded-Server',
          host,
          'Forwarded',
          `host="${host}"`,
          'Origin',
          `http://${host}`,
        ],
      ].map((text) => Buffer.from(text).toString('latin1'));
      const body = JSON.stringify({
        url,
        SubscribeURL: url,
        challenge: url,
        type: 'url_verification',
        callback: url,
      });
      const query = `?url=${encodeURIComponent(url)}&callback=${encodeURIComponent(url)}&redirect_to=${encodeURIComponent(url)}`;
      for (const path of ['/plain', '/passed']) {
        const { status } = await send({ target: `${path}${query}`, headers, body });
        assert.equal(status, 200, `${path} ${url}`);
      }
      if (/^[\w.:[\]-]+$/.test(host))
        for (const path of ['/plain', '/passed']) await send({ target: path, headers: ['Host', host] });
      const target = Buffer.from(url).toString('latin1');
      const absolute = await sendRaw(server.publicUrl, requestBytes({ target, body: 'x' }));
      assert.equal(absolute.status, 400, url);
    }
    assert.equal(trap.caught, 0);
  });

  test('a redirect of the bot host is handed on, not followed', async () => {
    botHost.behave(() => ({ status: 302, headers: ['Location', `http://127.0.0.1:${String(trap.port)}/`] }));
    for (const target of ['/plain', '/passed']) {
      const answer = await send({ target });
      assert.deepEqual(
        [answer.status, answerHeader(answer, 'location')],
        [302, `http://127.0.0.1:${String(trap.port)}/`],
      );
    }
    assert.equal(trap.caught, 0);
  });

  test('a certificate is fetched from nowhere but its sender’s own host', async () => {
    for (const url of certificateUrls(trap.port)) {
      const headers = [
        ...['Paypal-Transmission-Id', 'a', 'Paypal-Transmission-Time', '2026-05-17T12:00:00Z'],
        ...['Paypal-Transmission-Sig', 'AAAA', 'Paypal-Auth-Algo', 'SHA256withRSA'],
        ...['Paypal-Cert-Url', Buffer.from(url).toString('latin1')],
      ];
      assert.equal((await send({ target: '/paypal', headers })).status, 200, url);
    }
    assert.equal(trap.caught, 0);
  });

  test('in all this the process has called its bot hosts, and nobody else', () => {
    const port = String(botHost.port);
    // Listening looks its own address up too.
    const names = ['name 127.0.0.1', 'name localhost'];
    assert.deepEqual(egress(), new Set([...names, `tcp 127.0.0.1:${port}`, `tcp localhost:${port}`]));
  });
});
