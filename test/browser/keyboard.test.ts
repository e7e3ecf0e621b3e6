// The console without a mouse, and without scripts.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openPage } from './support/browser.ts';
import { openScene, type Scene } from './support/scene.ts';

describe('the console by keyboard and without scripts', () => {
  let scene: Scene;
  /** The newest first, as the list shows them. */
  let ids: readonly string[];

  before(async () => {
    scene = await openScene();
    const sent: string[] = [];
    for (let at = 0; at < 3; at += 1) sent.push(await scene.send(`/pay/refuse/${at}`));
    for (const id of sent) await scene.stage.settled(id, 'dead');
    ids = sent.reverse();
  });
  after(() => scene.close());

  test('/ searches, j and k move through the rows, Enter opens', async () => {
    const { page, context } = await openPage(scene.browser);
    try {
      await page.goto(scene.url('/webhooks'));
      const focused = () => page.evaluate(() => document.activeElement?.textContent.trim());
      await page.keyboard.press('j');
      assert.equal(await focused(), ids[0]);
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      assert.equal(await focused(), ids[2]);
      await page.keyboard.press('j');
      assert.equal(await focused(), ids[2], 'the last row is the last');
      await page.keyboard.press('k');
      assert.equal(await focused(), ids[1]);
      await page.keyboard.press('/');
      assert.equal(await page.evaluate(() => document.activeElement?.id), 'search');
      await page.keyboard.type('jk/');
      assert.equal(await page.inputValue('#search'), 'jk/', 'keys are letters while one types');
      await page.keyboard.press('Escape');
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/webhooks/${ids[0] ?? ''}`);
    } finally {
      await context.close();
    }
  });

  test('r replays: the row, the selection, or the webhook that is open', async () => {
    const { page, context } = await openPage(scene.browser);
    try {
      await page.goto(scene.url('/webhooks'));
      await page.keyboard.press('j');
      await page.keyboard.press('r');
      await page.waitForURL(/\/replays\/new/);
      assert.deepEqual(new URL(page.url()).searchParams.getAll('id'), [ids[0]]);
      await page.goto(scene.url('/webhooks'));
      for (const key of ['j', 'x', 'j', 'x', 'j', 'r']) await page.keyboard.press(key);
      await page.waitForURL(/\/replays\/new/);
      assert.deepEqual(new URL(page.url()).searchParams.getAll('id'), ids.slice(0, 2));
      await page.goto(scene.url(`/webhooks/${ids[0] ?? ''}`));
      await page.keyboard.press('r');
      assert.equal(await page.evaluate(() => document.activeElement?.id), 'replay-reason');
    } finally {
      await context.close();
    }
  });

  test('without scripts everything can be read, filtered, paged, compared and replayed', async () => {
    const { page, context } = await openPage(scene.browser, { javaScriptEnabled: false });
    try {
      await page.goto(scene.url(''));
      assert.match(await page.locator('.attention').innerText(), /3 webhooks are dead/);
      await page.getByRole('link', { name: 'Webhooks', exact: true }).click();
      assert.match(await page.locator('tr[data-webhook] time').first().innerText(), / UTC$/);
      await page.selectOption('#f-state', 'dead');
      await page.getByRole('button', { name: 'Filter' }).click();
      await page.waitForURL(/state=dead/);
      assert.equal(await page.locator('tr[data-webhook]').count(), 3);
      await page.locator('tr[data-webhook] a').first().click();
      assert.match(await page.getByLabel('Raw bytes, as text').innerText(), /"amount":1/);
      await page.getByRole('link', { name: 'Hex', exact: true }).click();
      assert.match(await page.getByLabel('Raw bytes, in hex').innerText(), /^00000000 {2}7b 22 61/);
      await page.locator('details[data-action="replay"] > summary').click();
      await page.fill('#replay-reason', 'By hand');
      await page.getByRole('button', { name: 'Deliver it again' }).click();
      await page.waitForURL(/said=replayed/);
    } finally {
      await context.close();
    }
  });

  test('a list of many is paged from the newest to the oldest', async () => {
    for (let at = 0; at < 51; at += 1) await scene.send(`/v1/bots/many/new-webhook?n=${at}`);
    const { page, context } = await openPage(scene.browser, { javaScriptEnabled: false });
    try {
      await page.goto(scene.url('/webhooks?bot=many'));
      assert.equal(await page.locator('tr[data-webhook]').count(), 50);
      await page.locator('a[rel="next"]').click();
      assert.equal(await page.locator('tr[data-webhook]').count(), 1);
      assert.match(await page.locator('tr[data-webhook]').innerText(), /n=0/);
      await page.locator('.pages a').first().click();
      assert.equal(new URL(page.url()).search, '?bot=many');
    } finally {
      await context.close();
    }
  });
});
