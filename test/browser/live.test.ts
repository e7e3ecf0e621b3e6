// Pages that change while one looks: rows in place, new ones counted, nothing at all while nobody looks.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { waitFor } from '../support/waitFor.ts';
import { openPage } from './support/browser.ts';
import { openScene, type Scene } from './support/scene.ts';

/** As the browser does when another tab is chosen. */
function hide(page: Page, hidden: boolean): Promise<void> {
  return page.evaluate((isHidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

describe('live pages', () => {
  let scene: Scene;
  let isOut = true;

  before(async () => {
    scene = await openScene(undefined, () => ({ status: isOut ? 422 : 200 }));
  });
  after(() => scene.close());

  test('a row changes in place, new webhooks are counted, and no row moves', async () => {
    isOut = true;
    const id = await scene.send('/pay/first');
    await scene.stage.settled(id, 'dead');
    const { page, context, faults } = await openPage(scene.browser);
    try {
      const streams = page.waitForResponse((response) => response.url().endsWith('/events'));
      await page.goto(scene.url('/webhooks'));
      await streams;
      const rows = await page.locator('tr[data-webhook]').count();
      isOut = false;
      await scene.stage.cli('replay', id, '--reason', 'Mended', '--yes');
      const row = page.locator(`tr[data-webhook="${id}"]`);
      await waitFor(
        'the row to say delivered',
        async () => (await row.locator('.state').innerText()) === 'delivered',
      );
      await waitFor('the row to be drawn anew', async () => /replay 1/.test(await row.innerText()));
      await scene.send('/pay/second');
      await scene.send('/pay/third');
      const bar = page.locator('.arrivals');
      await waitFor('the bar to count them', async () => (await bar.innerText()).startsWith('2 new.'));
      assert.equal(await page.locator('tr[data-webhook]').count(), rows);
      await bar.getByRole('link').click();
      await waitFor(
        'the new rows',
        async () => (await page.locator('tr[data-webhook]').count()) === rows + 2,
      );
      assert.deepEqual(faults, []);
    } finally {
      await context.close();
    }
  });

  test('new ones count only where the filter may have them', async () => {
    const { page, context } = await openPage(scene.browser);
    try {
      const streams = page.waitForResponse((response) => response.url().endsWith('/events'));
      await page.goto(scene.url('/webhooks?route=bots'));
      await streams;
      await scene.send('/pay/elsewhere');
      await scene.send('/v1/bots/7/new-webhook');
      await waitFor('the bar', async () =>
        (await page.locator('.arrivals').innerText()).startsWith('1 new.'),
      );
    } finally {
      await context.close();
    }
  });

  test("a webhook's page says that it has changed", async () => {
    isOut = true;
    const id = await scene.send('/pay/open');
    await scene.stage.settled(id, 'dead');
    const { page, context } = await openPage(scene.browser);
    try {
      const streams = page.waitForResponse((response) => response.url().endsWith('/events'));
      await page.goto(scene.url(`/webhooks/${id}`));
      await streams;
      isOut = false;
      await scene.stage.cli('replay', id, '--reason', 'Mended', '--yes');
      const bar = page.locator('.arrivals');
      await waitFor('the bar', async () => /It has changed: delivered now/.test(await bar.innerText()));
      await bar.getByRole('link').click();
      await waitFor('the page', async () => /delivered/.test(await page.locator('.head').innerText()));
    } finally {
      await context.close();
    }
  });

  test('a hidden tab holds no stream and asks for nothing; seen again, it follows anew', async () => {
    const { page, context } = await openPage(scene.browser);
    try {
      await page.goto(scene.url(''));
      await hide(page, true);
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      // The overview polls every 5 s: longer than that nothing is asked for.
      await page.waitForTimeout(6_000);
      assert.deepEqual(asked, []);
      const streams = page.waitForResponse((response) => response.url().endsWith('/events'));
      await page.goto(scene.url('/webhooks'));
      await streams;
      const again = page.waitForRequest((request) => request.url().endsWith('/events'));
      await hide(page, true);
      await hide(page, false);
      await again;
      assert.match(await page.locator('.arrivals').innerText(), /not followed while the tab was hidden/);
    } finally {
      await context.close();
    }
  });
});
