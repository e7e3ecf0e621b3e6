// Pages that change while one looks: rows in place, new ones on top, all of it bounded, and nothing while nobody looks.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { waitFor } from '../support/waitFor.ts';
import { openPage, type WatchedPage } from './support/browser.ts';
import { consoleConfig, openScene, type Scene } from './support/scene.ts';

/** As the browser does when another tab is chosen. */
function hide(page: Page, hidden: boolean): Promise<void> {
  return page.evaluate((isHidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

/** Keeps a port from others until it is needed: a server that is to come back under its address needs one of its own. */
async function keepPort(): Promise<{ readonly port: number; readonly release: () => void }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, release: () => void server.close() };
}

describe('live pages', () => {
  let scene: Scene;
  let isOut = true;

  before(async () => {
    const { port, release } = await keepPort();
    scene = await openScene(
      (url) => {
        release();
        return { ...consoleConfig(url), admin: { port } };
      },
      () => ({ status: isOut ? 422 : 200 }),
    );
  });
  after(() => scene.close());

  const rows = (page: Page) => page.locator('tr[data-webhook]');
  const bar = (page: Page) => page.locator('.arrivals');
  const isLive = (page: Page) =>
    waitFor(
      'the page to be live',
      async () => (await page.locator('[data-live-status]').innerText()) === 'live',
    );

  /** Opens a page that is live, and closes it whatever comes. */
  async function watching(path: string, look: (watched: WatchedPage) => Promise<void>): Promise<void> {
    const watched = await openPage(scene.browser);
    try {
      await watched.page.goto(scene.url(path));
      await isLive(watched.page);
      await look(watched);
    } finally {
      await watched.context.close();
    }
  }

  test('a row changes in place, and new webhooks come in on top by themselves', async () => {
    isOut = true;
    const id = await scene.send('/pay/first');
    await scene.stage.settled(id, 'dead');
    await watching('/webhooks', async ({ page, faults }) => {
      const before = await rows(page).count();
      isOut = false;
      await scene.stage.cli('replay', id, '--reason', 'Mended', '--yes');
      const row = page.locator(`tr[data-webhook="${id}"]`);
      await waitFor('the row to be drawn anew', async () => /replay 1/.test(await row.innerText()));
      assert.equal(await row.locator('.state').innerText(), 'delivered');
      const sent = [await scene.send('/pay/second'), await scene.send('/pay/third')];
      await waitFor('the new rows', async () => (await rows(page).count()) === before + 2);
      assert.deepEqual(
        await rows(page).evaluateAll((all) => all.slice(0, 2).map((one) => one.dataset['webhook'])),
        sent.toReversed(),
      );
      assert.match(
        await rows(page).first().locator('time').innerText(),
        /^[\d-]+ [\d:]+$/,
        'their times are local',
      );
      assert.equal(await bar(page).innerText(), '');
      assert.deepEqual(faults, []);
    });
  });

  test('while somebody points at the list or works in it no row moves: new ones wait, and are counted', async () => {
    await watching('/webhooks', async ({ page, faults }) => {
      const before = await rows(page).count();
      await rows(page).first().hover();
      await scene.send('/pay/one');
      await scene.send('/pay/two');
      await waitFor('the bar to count them', async () => (await bar(page).innerText()).startsWith('2 new.'));
      assert.equal(await rows(page).count(), before);
      await page.mouse.move(0, 0);
      await waitFor('them to come in', async () => (await rows(page).count()) === before + 2);
      await rows(page).first().locator('input').check();
      await scene.send('/pay/three');
      await waitFor('the bar to count it', async () => (await bar(page).innerText()).startsWith('1 new.'));
      await bar(page).getByRole('link', { name: 'Show' }).click();
      await waitFor('it to come in', async () => (await rows(page).count()) === before + 3);
      assert.equal(await page.locator('input[name="id"]:checked').count(), 1, 'what was selected stays so');
      assert.deepEqual(faults, []);
    });
  });

  test('only what the filter has comes in', async () => {
    await watching('/webhooks?route=bots&bot=7', async ({ page }) => {
      await scene.send('/pay/elsewhere');
      await scene.send('/v1/bots/8/new-webhook');
      const id = await scene.send('/v1/bots/7/new-webhook?&command=1');
      // The list was empty, and has no table: it can only tell of what is new.
      await waitFor('the bar', async () => (await bar(page).innerText()).includes('new.'));
      await bar(page).getByRole('link').click();
      await waitFor('the row', async () => (await rows(page).count()) === 1);
      await isLive(page);
      await scene.send('/v1/bots/8/new-webhook');
      const next = await scene.send('/v1/bots/7/new-webhook?&command=2');
      await waitFor('the next row', async () => (await rows(page).count()) >= 2);
      assert.deepEqual(await rows(page).evaluateAll((all) => all.map((one) => one.dataset['webhook'])), [
        next,
        id,
      ]);
    });
  });

  test('a storm costs few requests, and the page does not grow for ever', async () => {
    await watching('/webhooks', async ({ page, faults }) => {
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      const total = 400;
      for (let at = 0; at < total; at += 40) {
        await Promise.all(Array.from({ length: 40 }, (_, of) => scene.send(`/pay/storm/${at + of}`)));
      }
      await waitFor('the bar to count the rest', async () =>
        /\d{3}.* new\./.test(await bar(page).innerText()),
      );
      assert.ok((await rows(page).count()) <= 100, `${await rows(page).count()} rows`);
      // A fetch of rows a second, whatever comes; none for each webhook.
      assert.ok(asked.length < 40, `${asked.length} requests for ${total} webhooks`);
      const settled = asked.length;
      await scene.send('/pay/after');
      await waitFor('a change to be told', async () => /\d{3}.* new\./.test(await bar(page).innerText()));
      assert.ok(asked.length - settled <= 2);
      assert.deepEqual(faults, []);
    });
  });

  test("a webhook's page shows what becomes of it, unless somebody reads in it: then it says so", async () => {
    isOut = true;
    const id = await scene.send('/pay/open');
    await scene.stage.settled(id, 'dead');
    await watching(`/webhooks/${id}`, async ({ page, faults }) => {
      await scene.stage.cli('replay', id, '--reason', 'Try', '--yes');
      await waitFor('the timeline to grow', async () =>
        /Attempt 2 \(replay 1\)/.test(await page.locator('.timeline').innerText()),
      );
      await page.locator('.timeline details summary').first().click();
      isOut = false;
      await scene.stage.cli('replay', id, '--reason', 'Mended', '--yes');
      await waitFor('the bar', async () => /It has changed: delivered now/.test(await bar(page).innerText()));
      await bar(page).getByRole('link').click();
      await waitFor('the page', async () => /delivered/.test(await page.locator('.head').innerText()));
      assert.deepEqual(faults, []);
    });
  });

  test('a form that is opened while the page draws itself anew stays open', async () => {
    isOut = true;
    const id = await scene.send('/pay/typed');
    await scene.stage.settled(id, 'dead');
    await watching(`/webhooks/${id}`, async ({ page }) => {
      let arrived: () => void = () => undefined;
      const isOnItsWay = new Promise<void>((resolve) => (arrived = resolve));
      let release: () => void = () => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      await page.route(`**/webhooks/${id}`, async (route) => {
        arrived();
        await released;
        await route.continue();
      });
      await scene.stage.cli('replay', id, '--reason', 'Try', '--yes');
      await isOnItsWay;
      await page.locator('details[data-action="replay"] > summary').click();
      await page.fill('#replay-reason', 'Being written');
      release();
      await waitFor('the bar', async () => /It has changed/.test(await bar(page).innerText()));
      assert.equal(await page.inputValue('#replay-reason'), 'Being written');
    });
  });

  test('a hidden tab holds no stream and asks for nothing; seen again, it shows what it has missed', async () => {
    isOut = false;
    await watching('/webhooks', async ({ page }) => {
      const before = await rows(page).first().getAttribute('data-webhook');
      await hide(page, true);
      assert.equal(await page.locator('[data-live-status]').innerText(), 'paused');
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      const id = await scene.send('/pay/meanwhile');
      await scene.stage.settled(id, 'delivered');
      assert.equal(await rows(page).first().getAttribute('data-webhook'), before);
      assert.deepEqual(asked, []);
      await hide(page, false);
      await waitFor(
        'what was missed',
        async () => (await rows(page).first().getAttribute('data-webhook')) === id,
      );
    });
  });

  test('a hidden overview asks for nothing', async () => {
    const { page, context } = await openPage(scene.browser);
    try {
      // The page's own clock, so that an hour passes at once.
      await page.clock.install();
      await page.goto(scene.url(''));
      await page.waitForSelector('.uplot canvas');
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.clock.runFor(20_000);
      await waitFor('an overview that is seen to ask', () => asked.length > 0);
      await hide(page, true);
      asked.length = 0;
      await page.clock.runFor(3_600_000);
      assert.deepEqual(asked, []);
    } finally {
      await context.close();
    }
  });

  test('whoever leaves is no longer told: any number of visits, one after another, is followed', async () => {
    const { page, context } = await openPage(scene.browser);
    try {
      // More visits than the server lets pages follow at once (64).
      for (let at = 0; at < 70; at += 1) {
        const stream = page.waitForResponse((response) => response.url().endsWith('/events'));
        await page.goto(scene.url('/webhooks?route=linked'));
        assert.equal((await stream).status(), 200, `visit ${at}`);
      }
    } finally {
      await context.close();
    }
  });

  test('after a restart of the server the page is live again by itself, and shows what came meanwhile', async () => {
    await watching('/webhooks?route=pay', async ({ page }) => {
      await scene.stage.restart('kill');
      const id = await scene.send('/pay/after-restart');
      await waitFor(
        'the page to show it',
        async () => (await page.locator(`tr[data-webhook="${id}"]`).count()) === 1,
        30_000,
      );
      await isLive(page);
    });
  });
});
