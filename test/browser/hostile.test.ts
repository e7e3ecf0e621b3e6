// Hostile text wherever it can come from is shown as text: nothing of it runs, loads, moves the page or breaks a rule.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { visible } from '../../src/admin/console/visible.ts';
import { answerHeader, sendRequest } from '../support/sender.ts';
import { openPage, type WatchedPage } from './support/browser.ts';
import { payloads } from './support/payloads.ts';
import { consoleConfig, openScene, type Scene } from './support/scene.ts';

interface Trap extends WatchedPage {
  /** Scripts that ran and requests that left the server; empty where all is well. */
  readonly caught: readonly string[];
}

/** Watches for scripts that run and for requests that leave the server. */
async function openTrap(scene: Scene): Promise<Trap> {
  const watched = await openPage(scene.browser);
  const caught: string[] = [];
  await watched.context.exposeFunction('hostileRan', () => void caught.push('a payload ran'));
  const own = new URL(scene.url('')).origin;
  watched.page.on('request', (request) => {
    if (!request.url().startsWith(own) && !request.url().startsWith('data:')) caught.push(request.url());
  });
  return { ...watched, caught };
}

/** Looks with two pages at once, each at its half of the payloads: one alone waits for the server half of the time. */
async function inTwoTraps(
  scene: Scene,
  look: (trap: Trap, isMine: (at: number) => boolean) => Promise<void>,
): Promise<void> {
  const halves = [0, 1].map(async (half) => {
    const trap = await openTrap(scene);
    try {
      await look(trap, (at) => at % 2 === half);
    } finally {
      await trap.context.close();
    }
  });
  await Promise.all(halves);
}

/** Elements and listeners that no page of the console has: text that was taken for HTML, whether it ran or not. */
function strangers(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('main *')]
      .filter(
        (element) =>
          element.matches(
            'script, style, link, meta, base, img, svg, math, video, audio, iframe, object, embed, template, noscript, body',
          ) || element.getAttributeNames().some((name) => name.startsWith('on') || name === 'srcdoc'),
      )
      .map(({ outerHTML }) => outerHTML),
  );
}

/** Sends a form of the console, as its page would; resolves to where it leads, below the console. */
async function sendForm(scene: Scene, path: string, fields: Record<string, string>): Promise<string> {
  const answer = await fetch(scene.url(path), {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });
  const base = new URL(scene.url('')).pathname;
  return (answer.headers.get('location') ?? '').slice(base.length);
}

/** Moves over and focuses what could listen, as a reader would. */
async function touch(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true;
    for (const element of document.querySelectorAll<HTMLElement>('main *')) {
      element.dispatchEvent(new MouseEvent('mouseover', { bubbles: false }));
      element.focus({ preventScroll: true });
    }
  });
}

describe('hostile text in the console', () => {
  let scene: Scene;
  const ids: string[] = [];
  /** Addresses of replays, a payload's each. */
  const jobs: string[] = [];

  before(async () => {
    scene = await openScene(consoleConfig, ({ body, headers }) => {
      const at = headers.findIndex((word) => word.toLowerCase() === 'x-hostile');
      return {
        status: 422,
        headers: ['Content-Type', 'text/html', 'X-Echo', headers[at + 1] ?? ''],
        body,
      };
    });
    for (const payload of payloads) {
      const inTarget = payload.replaceAll(' ', '%20').replaceAll('#', '%23');
      // A path with an empty segment, a backslash or an encoded mark is malformed, and would not get as far as the log.
      const inPath = inTarget
        .replaceAll('?', '')
        .replaceAll('%23', '')
        .replace(/\/{2,}/g, '/')
        .replaceAll('\\', '');
      const encoded = encodeURIComponent(payload);
      const answer = await sendRequest(scene.stage.server.publicUrl, {
        target: `/events/${inPath}?raw=${inTarget}&encoded=${encoded}&user_id=${encoded}`,
        headers: [
          'X-Hostile',
          payload,
          'X-Event-Id',
          payload,
          'User-Agent',
          payload,
          'Content-Type',
          'text/html',
        ],
        body: payload,
      });
      ids.push(answerHeader(answer, 'hookward-id') ?? '');
    }
    for (const [at, id] of ids.entries()) {
      await scene.stage.settled(id, 'dead');
      const reason = payloads[at] ?? '';
      jobs.push(await sendForm(scene, '/replays', { by: 'ids', id, reason }));
      await scene.stage.settled(id, 'dead');
      await sendForm(scene, '/access', { kind: 'ban', address: `203.0.113.${at + 1}`, reason });
    }
  });
  after(() => scene.close());

  test('the trap sees a script that runs, and one that the policy stops', async () => {
    const { page, context, caught, faults } = await openTrap(scene);
    try {
      await page.setContent('<img src="data:," onerror="hostileRan()">');
      await page.waitForFunction(() => document.querySelector('img')?.complete);
      assert.deepEqual(caught, ['a payload ran']);
      await page.goto(scene.url('/webhooks'));
      await page.evaluate(() => {
        document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="hostileRan()">');
      });
      await page.waitForFunction(() => [...document.images].every(({ complete }) => complete));
      assert.deepEqual(caught, ['a payload ran']);
      assert.ok(
        faults.some((fault) => fault.includes('policy: script-src-attr')),
        faults.join('\n'),
      );
    } finally {
      await context.close();
    }
  });

  test(`${String(payloads.length)} payloads in body, headers, path, query, event id, answer and reason run nothing`, async () => {
    assert.ok(payloads.length >= 40);
    await inTwoTraps(scene, async ({ page, caught, faults }, isMine) => {
      for (const [at, id] of ids.entries()) {
        if (!isMine(at)) continue;
        const payload = payloads[at] ?? '';
        const url = scene.url(`/webhooks/${id}`);
        await page.goto(url);
        await touch(page);
        assert.equal(await page.getByLabel('Raw bytes, as text').textContent(), visible(payload));
        const main = (await page.locator('main').textContent()) ?? '';
        // Body and raw bytes, three headers, two answers and their headers, the reason, the query's fields, the event id.
        assert.ok(main.split(visible(payload)).length > 10, `${payload} is shown everywhere`);
        assert.equal(page.url(), url, 'the page was moved');
        assert.deepEqual(await strangers(page), [], payload);
        assert.deepEqual([...caught, ...faults], [], payload);
      }
    });
  });

  test('lists, the audit log, replays and bans show them as text too', async () => {
    const { page, context, caught, faults } = await openTrap(scene);
    try {
      const pages = [
        '/webhooks',
        '/webhooks?route=events&state=dead',
        '/audit',
        '/access',
        '/replays',
        '/system',
        '',
        '/replays/new?state=dead',
        // The server keeps the last replays that have ended, not all.
        ...jobs.slice(-40),
      ];
      for (const path of pages) {
        await page.goto(scene.url(path));
        await touch(page);
        assert.equal(page.url(), scene.url(path));
        assert.deepEqual(await strangers(page), [], path);
        assert.deepEqual([...caught, ...faults], [], path);
      }
      await page.goto(scene.url(jobs.at(-1) ?? ''));
      assert.ok((await page.locator('main').textContent())?.includes(payloads.at(-1) ?? ''));
      await page.goto(scene.url('/audit'));
      const audit = (await page.locator('main').textContent()) ?? '';
      assert.ok(audit.includes(payloads.at(-1) ?? ''));
    } finally {
      await context.close();
    }
  });

  test('what a link to the console holds is text as well', async () => {
    await inTwoTraps(scene, async ({ page, caught, faults }, isMine) => {
      const mine = payloads.filter((_, at) => isMine(at));
      const open = async (path: string) => {
        await page.goto(scene.url(path), { waitUntil: 'domcontentloaded' });
        assert.ok(page.url().startsWith(scene.url('')), `${path} led to ${page.url()}`);
        assert.deepEqual(await strangers(page), [], path);
      };
      for (const payload of mine) {
        const text = encodeURIComponent(payload);
        const fields = `user=${text}&bot=${text}&route=${text}&event=${text}`;
        await open(`/webhooks?${fields}&text=${text}`);
        await open(`/replays/new?${fields}`);
      }
      await open('/links');
      for (const payload of mine) {
        const text = encodeURIComponent(payload);
        await page.fill('#check-url', `/linked/7?command=${payload}&token=${text}&redirect_to=${payload}`);
        const checked = page.waitForResponse('**/links/check');
        await page.getByRole('button', { name: 'Test it' }).click();
        await checked;
        await page.waitForLoadState('domcontentloaded');
        await touch(page);
        assert.deepEqual(await strangers(page), [], payload);
      }
      const all = encodeURIComponent(payloads.slice(0, 12).join(''));
      await open(`/webhooks/${ids[0] ?? ''}?said=${all}&raw=${all}`);
      await open(`/find?q=${all}`);
      await open(`/${all.replaceAll('.', '%2E')}`);
      // The browser notes pages that are 400 or 404 as failed loads; anything else is a fault.
      assert.deepEqual([...caught, ...faults.filter((fault) => !/status of 40[04]/.test(fault))], []);
    });
  });

  test('a download is never a page: its type is bytes and it is an attachment', async () => {
    const { adminUrl } = scene.stage.server;
    for (const below of ['/body', '/attempts/1/body']) {
      const answer = await fetch(`${adminUrl}/console/webhooks/${ids[0] ?? ''}${below}`);
      assert.equal(answer.headers.get('content-type'), 'application/octet-stream');
      assert.match(answer.headers.get('content-disposition') ?? '', /^attachment;/);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(await answer.text(), payloads[0]);
    }
  });
});
