// A webhook's whole story on one page: what came, who sent it, what was tried and answered, who replayed it and why.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { waitFor } from '../support/waitFor.ts';
import { openPage } from './support/browser.ts';
import { guardedConfig, logIn, openScene, tokenOf, type Scene } from './support/scene.ts';

const secret = 'a-made-up-secret-of-the-sender';
const body = '{"action":"opened","number":12345678901234567890}';

describe("a webhook's page", () => {
  let scene: Scene;
  let isOut = true;
  let id: string;

  before(async () => {
    scene = await openScene(
      (url) => {
        const config = guardedConfig(url);
        const retry = { attempts: 2, firstDelay: '50ms', maxDelay: '100ms' };
        return {
          ...config,
          routes: [
            ...(config.routes ?? []),
            { name: 'code', path: '/code', sender: 'github', secrets: [secret], verify: 'report', retry },
          ],
        };
      },
      () =>
        isOut
          ? { status: 503, headers: ['Set-Cookie', 'sid=of-the-bot', 'X-Try', 'first'], body: 'restarting' }
          : { status: 200, headers: ['X-Try', 'last'], body: '{"ok":true}' },
      tokenOf('admin'),
    );
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    const send = () =>
      scene.send('/code?key=of-the-query', body, {
        'content-type': 'application/json',
        'x-github-delivery': 'event-77',
        'x-hub-signature-256': `sha256=${signature}`,
      });
    id = await send();
    await scene.stage.settled(id, 'dead');
    isOut = false;
    await scene.stage.cli('replay', id, '--reason', 'The bot is back', '--yes');
    await scene.stage.settled(id, 'delivered');
    // The same event again: noted, and answered without another delivery.
    await send();
  });
  after(() => scene.close());

  async function read(role: 'viewer' | 'support', look: (page: Page) => Promise<void>): Promise<void> {
    const { page, context, faults } = await openPage(scene.browser);
    try {
      await logIn(page, scene, role);
      await page.goto(scene.url(`/webhooks/${id}`));
      await look(page);
      assert.deepEqual(faults, []);
    } finally {
      await context.close();
    }
  }

  test('the timeline goes from the arrival to now: attempts with their time, copies, and who replayed it', async () => {
    await read('support', async (page) => {
      const entries = (await page.locator('.timeline > li').allInnerTexts()).join('\n');
      for (const happening of [
        /Arrived from 127\.0\.0\.1 and was written down; sender github: verified/,
        /Attempt 1: 503 after [\d.]+ m?s[\s\S]*Next try due/,
        /Attempt 2: 503 after/,
        /Replay 1, asked for by eve-admin: The bot is back/,
        /Attempt 3 \(replay 1\): 200 after/,
        /A copy of the event came from 127\.0\.0\.1/,
        /Now\s+delivered$/,
      ]) {
        assert.match(entries, happening);
      }
      await page.locator('.timeline details summary').last().click();
      assert.match(await page.locator('.timeline').innerText(), /"ok": true/);
      const facts = await page.locator('section[aria-labelledby="facts"]').innerText();
      assert.match(facts, /Copies\s+1 more arrival/);
      assert.match(facts, /In UTC\s+\d{4}-\d\d-\d\d [\d:.]+ UTC/);
    });
  });

  test('the body stands beside its bytes, and both answers beside each other with their differences', async () => {
    await read('support', async (page) => {
      assert.match(
        await page.getByLabel('Body, laid out').innerText(),
        /\n {2}"number": 12345678901234567890/,
      );
      assert.equal(await page.getByLabel('Raw bytes, as text').innerText(), body);
      await page.getByRole('link', { name: 'Hex', exact: true }).click();
      await waitFor('the bytes in hex', async () =>
        /^00000000 {2}7b 22 61 63/.test(await page.getByLabel('Raw bytes, in hex').innerText()),
      );
      const answers = page.locator('section[aria-labelledby="answers"]');
      assert.match(await answers.innerText(), /It was 503, and is 200 now; the body is another/);
      const changed = (await answers.locator('.pair-changed').allInnerTexts()).join('\n');
      assert.match(changed, /X-Try\s+first[\s\S]*X-Try\s+last/);
    });
  });

  test('the request as curl is whole for support, and not offered to viewers', async () => {
    await read('support', async (page) => {
      await page.getByText('Copy as curl').click();
      const command = await page.locator('#curl').innerText();
      assert.ok(command.includes(`--data-raw '${body}'`), command);
      assert.match(command, /\/code\?key=of-the-query'$/);
    });
    await read('viewer', async (page) => {
      assert.equal(await page.getByText('Copy as curl').count(), 0);
    });
  });

  test('viewers see what happened and nothing of what was said', async () => {
    await read('viewer', async (page) => {
      const text = (await page.locator('body').textContent()) ?? '';
      for (const hidden of ['12345678901234567890', 'of-the-query', 'sha256=', 'of-the-bot', 'restarting']) {
        assert.equal(text.includes(hidden), false, hidden);
      }
      assert.match(text, /The body is hidden from viewers/);
      assert.match(text, /Attempt 1:\s+503/);
      await page.goto(scene.url('/webhooks?route=code'));
      assert.equal((await page.locator('main').innerText()).includes('of-the-query'), false);
    });
  });

  test("support finds it by the sender's event id, and by text of its body within a time", async () => {
    await read('support', async (page) => {
      const found = page.locator(`tr[data-webhook="${id}"]`);
      await page.fill('#search', 'event-77');
      await page.press('#search', 'Enter');
      await page.waitForURL('**/webhooks?event=event-77');
      assert.deepEqual([await found.count(), await page.locator('tr[data-webhook]').count()], [1, 1]);
      await page.getByRole('link', { name: 'Clear' }).click();
      await page.locator('.more > summary').click();
      await page.fill('#f-text', '"number":12345678901234567890');
      await page.fill('#f-since', '2026-01-01T00:00:00');
      await page.getByRole('button', { name: 'Filter' }).click();
      await page.waitForURL(/text=/);
      assert.deepEqual([await found.count(), await page.locator('tr[data-webhook]').count()], [1, 1]);
      assert.match(await page.locator('#results').innerText(), /body holds "number"/);
      await page.fill('#f-until', '2026-01-02T00:00:00');
      await page.getByRole('button', { name: 'Filter' }).click();
      await page.waitForURL(/until=/);
      assert.match(await page.locator('main').innerText(), /No webhook matches/);
    });
  });

  test('viewers cannot find out what a body or an event id is by searching for it', async () => {
    const { page, context } = await openPage(scene.browser);
    try {
      await logIn(page, scene, 'viewer');
      await page.goto(scene.url('/webhooks'));
      assert.equal(await page.locator('#f-event, #f-text').count(), 0);
      for (const query of ['text=opened', 'event=event-77']) {
        for (const path of [`/webhooks?${query}`, `/webhooks/rows?${query}&row=${id}`]) {
          assert.equal((await context.request.get(scene.url(path))).status(), 403, path);
        }
      }
    } finally {
      await context.close();
    }
  });

  test('no secret of the configuration is on any page, whoever looks', async () => {
    const { page, context } = await openPage(scene.browser);
    try {
      await logIn(page, scene, 'viewer');
      for (const path of ['', '/access', '/links', '/senders', '/system']) {
        await page.goto(scene.url(path));
        const source = await page.content();
        for (const hidden of [secret, Buffer.alloc(32, 7).toString('base64url'), tokenOf('admin')]) {
          assert.equal(source.includes(hidden), false, `${path} shows ${hidden}`);
        }
      }
    } finally {
      await context.close();
    }
  });
});
