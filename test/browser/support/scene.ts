// A server with webhooks in every state, and a browser in front of its console.
import { createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import type { ConfigInput } from '../../../src/config/index.ts';
import type { BotBehaviour } from '../../support/botHost.ts';
import { openStage, type Stage } from '../../e2e/support/stage.ts';
import { openBrowser } from './browser.ts';

/** What a test file of the console stands on. */
export interface Scene {
  readonly stage: Stage;
  readonly browser: Browser;
  /** An address of the console, e.g. `url('/webhooks')`. */
  url(path: string): string;
  /** Sends a webhook and resolves to its id. */
  send(target: string, body?: BodyInit, headers?: Readonly<Record<string, string>>): Promise<string>;
  close(): Promise<void>;
}

/** Answers 422 to whatever holds `refuse`, 200 to the rest. */
export const refusing: BotBehaviour = ({ target }) =>
  target.includes('refuse')
    ? {
        status: 422,
        headers: ['Content-Type', 'application/json'],
        body: '{"ok":false,"why":"unknown user"}',
      }
    : { status: 200, headers: ['Content-Type', 'application/json'], body: '{"ok":true}' };

/** Routes that tests of the console call: `bots` names a bot, `pay` gives up soon, `linked` asks for a token. */
export function consoleConfig(botHostUrl: string): ConfigInput {
  const retry = { attempts: 2, firstDelay: '50ms', maxDelay: '100ms' };
  return {
    botHosts: { main: { url: botHostUrl } },
    routes: [
      { name: 'bots', path: '/v1/bots/:bot/new-webhook', retry },
      { name: 'pay', path: '/pay/*', retry, answer: { for: '500ms' } },
      { name: 'events', path: '/events/*', retry, dedupe: { key: 'header:X-Event-Id' } },
      { name: 'linked', path: '/linked/:bot', link: 'hookward' },
    ],
    links: { keys: [{ id: 'k1', secret: Buffer.alloc(32, 7).toString('base64url') }] },
    access: { perAddress: null, whitelist: { mode: 'report', addresses: ['10.0.0.0/8', '127.0.0.1'] } },
  };
}

const roles = ['viewer', 'support', 'admin'] as const;
type Role = (typeof roles)[number];

/** A made-up token. */
export const tokenOf = (role: Role) => `hwt_made-up-token-of-${role}`;

/** The same, behind logins: a token for each role, e.g. `eve-support`. */
export function guardedConfig(botHostUrl: string): ConfigInput {
  const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');
  return {
    ...consoleConfig(botHostUrl),
    admin: { tokens: roles.map((role) => ({ name: `eve-${role}`, role, sha256: sha256(tokenOf(role)) })) },
  };
}

/** Logs in as a person does. */
export async function logIn(page: Page, scene: Scene, role: Role): Promise<void> {
  await page.goto(scene.url('/login'));
  await page.fill('#token', tokenOf(role));
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(scene.url(''));
}

/** Starts a server and a browser. `adminToken`: what the stage calls the admin API with, where there are tokens. */
export async function openScene(
  configure: (botHostUrl: string) => ConfigInput = consoleConfig,
  behaviour: BotBehaviour = refusing,
  adminToken: string | null = null,
): Promise<Scene> {
  const stage = await openStage(configure, behaviour, adminToken);
  let browser: Browser;
  try {
    browser = await openBrowser();
  } catch (error) {
    await stage.close();
    throw error;
  }
  return {
    stage,
    browser,
    url: (path) => `${stage.server.adminUrl}/console${path}`,
    async send(target, body = '{"amount":1}', headers = {}) {
      const answer = await fetch(stage.server.publicUrl + target, { method: 'POST', body, headers });
      await answer.arrayBuffer();
      return answer.headers.get('hookward-id') ?? '';
    },
    async close() {
      await browser.close();
      await stage.close();
    },
  };
}
