// What support and operators come for, from the first click to the last.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '../support/waitFor.ts';
import { seriousFindings } from './support/axe.ts';
import { openPage, type WatchedPage } from './support/browser.ts';
import { guardedConfig, logIn, openScene, tokenOf, type Scene } from './support/scene.ts';

describe('journeys through the console', () => {
  let scene: Scene;
  let isOut = true;

  before(async () => {
    const retry = { attempts: 2, firstDelay: '50ms', maxDelay: '100ms' };
    scene = await openScene(
      (url) => ({
        ...guardedConfig(url),
        // The circuit stays closed, so that webhooks die of an outage of seconds, as they do of one of hours.
        botHosts: { main: { url, circuit: { failures: 1_000_000 } } },
        routes: [
          ...(guardedConfig(url).routes ?? []),
          {
            name: 'slow',
            path: '/slow/*',
            answer: { for: '100ms' },
            retry: { ...retry, firstDelay: '1h', maxDelay: '1h' },
          },
        ],
      }),
      () => (isOut ? { status: 422, body: 'out of order' } : { status: 200, body: 'in order' }),
      tokenOf('admin'),
    );
  });
  after(() => scene.close());

  async function travel(
    role: 'support' | 'admin',
    journey: (watched: WatchedPage) => Promise<void>,
  ): Promise<void> {
    const watched = await openPage(scene.browser);
    try {
      await logIn(watched.page, scene, role);
      await journey(watched);
      assert.deepEqual(watched.faults, []);
    } finally {
      await watched.context.close();
    }
  }

  test('find a webhook by its id, see what became of it, replay it, and compare the answers', async () => {
    isOut = true;
    const id = await scene.send('/v1/bots/7/new-webhook?&command=%2Fstart', '{"order":12345678901234567890}');
    await scene.stage.settled(id, 'dead');
    isOut = false;
    await travel('support', async ({ page }) => {
      await page.fill('#search', id);
      await page.press('#search', 'Enter');
      await page.waitForURL(`**/webhooks/${id}`);
      assert.match(await page.locator('.head').innerText(), /dead: refused/);
      // Numbers keep all their digits: nothing is read into values and written again.
      assert.match(await page.getByLabel('Body, laid out').innerText(), /"order": 12345678901234567890/);
      await page.locator('details[data-action="replay"] > summary').click();
      await page.fill('#replay-reason', 'The bot is mended');
      await page.getByRole('button', { name: 'Deliver it again' }).click();
      await page.waitForURL(/said=replayed/);
      await waitFor('the page to show of itself what came of it', async () =>
        /delivered/.test(await page.locator('.head').innerText()),
      );
      assert.match(
        await page.locator('.timeline').innerText(),
        /Replay 1, asked for by eve-support: The bot is mended/,
      );
      const answers = page.locator('section[aria-labelledby="answers"]');
      assert.match(await answers.innerText(), /It was 422, and is 200 now; the body is another/);
      assert.deepEqual(await answers.locator('.line-changed').allInnerTexts(), ['out of order', 'in order']);
    });
    const [entry] = await auditEntries(scene);
    assert.deepEqual([entry?.action, entry?.subject, entry?.reason], ['replay', id, 'The bot is mended']);
  });

  test('replay all that died on a route in an outage, and stop half-way', async () => {
    isOut = false;
    const total = 40;
    await scene.stage.botHost.away();
    const ids = await Promise.all(Array.from({ length: total }, (_, at) => scene.send(`/pay/order/${at}`)));
    for (const id of ids) await scene.stage.settled(id, 'dead');
    await scene.stage.botHost.back();
    await travel('support', async ({ page }) => {
      await page.getByRole('link', { name: /webhooks are dead/ }).click();
      await page.selectOption('#f-route', 'pay');
      await page.getByRole('button', { name: 'Filter' }).click();
      await page.waitForURL(/route=pay/);
      await page.getByRole('link', { name: 'Replay all that match' }).click();
      assert.equal(await page.locator('#preview').innerText(), `${total} webhooks would be delivered again`);
      await page.fill('#reason', 'After the outage');
      await page.fill('#rate', '5');
      await page.getByRole('button', { name: `Replay ${total} webhooks` }).click();
      await page.waitForURL(/\/replays\/[0-9a-f]+$/);
      assert.deepEqual(await seriousFindings(page), []);
      const shown = () => page.locator('#progress').innerText();
      await waitFor('the page to show progress of itself', async () =>
        /[1-9]\d* of 40 webhooks replayed/.test(await shown()),
      );
      await page.locator('details.action > summary').click();
      await page.fill('#stop-reason', 'That was enough');
      await page.getByRole('button', { name: 'Stop the replay' }).click();
      await waitFor('the page to say that it is stopped', async () => (await shown()).includes('stopped'));
      assert.match(await shown(), /Stopped by eve-support: That was enough/);
      const left = page.locator('tr[data-webhook]');
      await page.getByRole('link', { name: 'how these stand now' }).click();
      await left.first().waitFor();
      const stillDead = await left.count();
      assert.ok(stillDead > 0 && stillDead < total, `${stillDead} of ${total} are left dead`);
    });
    const actions = (await auditEntries(scene)).map(({ action, reason }) => `${action}: ${reason}`);
    assert.ok(actions.includes('replay-start: After the outage'));
    assert.ok(actions.includes('replay-stop: That was enough'));
  });

  test('replay the rows that were selected, and no others', async () => {
    isOut = true;
    const ids: string[] = [];
    for (let at = 0; at < 3; at += 1) ids.push(await scene.send(`/events/${at}`));
    for (const id of ids) await scene.stage.settled(id, 'dead');
    isOut = false;
    await travel('support', async ({ page }) => {
      await page.goto(scene.url('/webhooks?route=events'));
      for (const id of ids.slice(0, 2)) await page.check(`input[value="${id}"]`);
      assert.equal(await page.locator('#selection button').textContent(), 'Replay selected: 2');
      await page.locator('#selection button').click();
      assert.match(await page.locator('#preview').innerText(), /^2 webhooks/);
      await page.fill('#reason', 'These two');
      await page.getByRole('button', { name: 'Replay 2 webhooks' }).click();
      for (const id of ids.slice(0, 2)) await scene.stage.settled(id, 'delivered');
    });
    assert.equal((await scene.stage.record(ids[2] ?? '')).state, 'dead');
  });

  test('lift a ban, with the reason in the audit log', async () => {
    await scene.stage.cli('access', 'ban', '203.0.113.7', '--reason', 'Guesses tokens');
    await travel('admin', async ({ page }) => {
      await page.getByRole('link', { name: 'Access' }).click();
      const row = page.locator('tr', { hasText: '203.0.113.7' });
      await row.locator('summary').click();
      await row.locator('input[name="reason"]').fill('It was our own monitor');
      await row.getByRole('button').click();
      await page.waitForURL(/said=removed/);
      assert.equal(await row.count(), 0);
      await page.getByRole('link', { name: 'Audit' }).click();
      await page.waitForURL('**/audit');
      assert.match(
        await page.locator('tbody tr').first().innerText(),
        /unban[\s\S]*203\.0\.113\.7[\s\S]*It was our own monitor/,
      );
    });
  });

  test('ban an address from the console, until a time of the reader', async () => {
    await travel('admin', async ({ page }) => {
      await page.goto(scene.url('/access'));
      await page.fill('#address', '2001:DB8::/48');
      await page.fill('#until', '2036-07-01T12:00');
      await page.fill('#add-reason', 'Floods');
      await page.getByRole('button', { name: 'Add' }).click();
      await page.waitForURL(/said=added/);
      const until = page.locator('tr', { hasText: '2001:db8::/48' }).locator('time').nth(1);
      assert.equal(await until.getAttribute('datetime'), '2036-07-01T10:00:00.000Z');
    });
  });

  test('make a link, see what its token covers, and test it whole and changed', async () => {
    await travel('admin', async ({ page }) => {
      await page.goto(scene.url('/links'));
      await page.fill('#link-bot', '7');
      await page.fill('#link-command', '/onPaid');
      await page.fill('#link-user_id', '42');
      await page.fill('#link-reason', 'for the shop');
      await page.getByRole('button', { name: 'Make the link' }).click();
      const url = await page.locator('#made-url').innerText();
      const checked = page.locator('section[aria-labelledby="checked"]');
      assert.match(await checked.innerText(), /It would be taken, by the route linked/);
      assert.match(await checked.innerText(), /Covered by the token[\s\S]*command/);
      await page.fill('#check-url', url.replace('onPaid', 'onStolen'));
      await page.getByRole('button', { name: 'Test it' }).click();
      assert.match(await checked.innerText(), /It would be refused: link token wrong/);
    });
  });

  test('cancel a webhook that is pending', async () => {
    await scene.stage.botHost.away();
    const id = await scene.send('/slow/late');
    await scene.stage.settled(id, 'pending');
    await travel('admin', async ({ page }) => {
      await page.goto(scene.url(`/webhooks/${id}`));
      await page.locator('details[data-action="cancel"] > summary').click();
      await page.fill('#cancel-reason', 'The customer has paid in cash');
      await page.getByRole('button', { name: 'Cancel it' }).click();
      await page.waitForURL(/said=cancelled/);
      assert.match(
        await page.locator('.timeline').innerText(),
        /Cancelled by eve-admin: The customer has paid in cash/,
      );
    });
    await scene.stage.botHost.back();
  });
});

interface AuditLine {
  readonly action: string;
  readonly subject: string;
  readonly reason: string;
}

async function auditEntries({ stage }: Scene): Promise<readonly AuditLine[]> {
  const answer = await fetch(`${stage.server.adminUrl}/api/audit`, {
    headers: { authorization: `Bearer ${tokenOf('admin')}` },
  });
  return ((await answer.json()) as { readonly entries: readonly AuditLine[] }).entries;
}
