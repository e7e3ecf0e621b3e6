// Every page of the console as people see it: without a fault, in light and dark, wide and narrow, and to be read by all.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { seriousFindings } from './support/axe.ts';
import { openPage, overflowOf, type Look } from './support/browser.ts';
import { openScene, type Scene } from './support/scene.ts';

const looks: Readonly<Record<string, Look>> = {
  'wide and light': {},
  'wide and dark': { colorScheme: 'dark' },
  'narrow and light': { width: 390 },
  'narrow and dark': { width: 390, colorScheme: 'dark' },
};

describe('the pages of the console', () => {
  let scene: Scene;
  const paths: Record<string, string> = {
    overview: '',
    webhooks: '/webhooks',
    'webhooks, filtered': '/webhooks?state=dead&route=pay&since=2026-01-01T00:00:00',
    'a filter that finds nothing': '/webhooks?user=nobody',
    'a filter that is none': '/webhooks?status=7',
    replays: '/replays',
    'a new replay': '/replays/new?state=dead',
    access: '/access',
    links: '/links',
    senders: '/senders',
    audit: '/audit',
    system: '/system',
    'a page that is not there': '/nowhere',
  };
  const statuses: Readonly<Record<string, number>> = {
    'a filter that is none': 400,
    'a page that is not there': 404,
  };

  before(async () => {
    scene = await openScene();
    const { stage } = scene;
    for (let user = 0; user < 12; user += 1) {
      await scene.send(
        `/v1/bots/7/new-webhook?&command=%2Fstart&user_id=${user}&content=${'long'.repeat(40)}`,
        '{"a":[1,{"b":2}]}',
      );
    }
    const dead = await scene.send('/pay/refuse', 'amount=1&memo=' + 'x'.repeat(500), {
      'content-type': 'application/x-www-form-urlencoded',
      'x-long': 'v'.repeat(900),
    });
    await stage.settled(dead, 'dead');
    await stage.cli('replay', dead, '--reason', 'Once more', '--yes');
    await stage.settled(dead, 'dead');
    const bytes = await scene.send(
      '/v1/bots/9/new-webhook',
      Uint8Array.from({ length: 999 }, (_, at) => (at * 37) % 256),
    );
    await stage.cli('access', 'ban', '203.0.113.7', '--reason', 'Guesses tokens');
    const job = await fetch(scene.url('/replays'), {
      method: 'POST',
      body: new URLSearchParams({ by: 'ids', id: dead, reason: 'And once more' }),
    });
    paths['one replay'] = new URL(job.url).pathname.replace('/console', '');
    await stage.settled(dead, 'dead');
    paths['one webhook'] = `/webhooks/${dead}`;
    paths['one webhook of bytes, in hex'] = `/webhooks/${bytes}?raw=hex`;
  });
  after(() => scene.close());

  for (const [name, look] of Object.entries(looks)) {
    test(`${name}: nothing fails, nothing sticks out, nobody is left out`, async () => {
      const { page, context, faults } = await openPage(scene.browser, look);
      try {
        for (const [what, path] of Object.entries(paths)) {
          const answer = await page.goto(scene.url(path));
          assert.equal(answer?.status(), statuses[what] ?? 200, what);
          assert.equal(await overflowOf(page), 0, `${what} is wider than its window`);
          assert.deepEqual(await seriousFindings(page), [], what);
        }
        // The browser itself notes an answer of 400 or more as a failed load.
        assert.deepEqual(
          faults.filter((fault) => !/status of 40[04]/.test(fault)),
          [],
        );
      } finally {
        await context.close();
      }
    });
  }

  test('without scripts every page says what it says with them', async () => {
    const { page, context } = await openPage(scene.browser, { javaScriptEnabled: false });
    try {
      for (const [what, path] of Object.entries(paths)) {
        await page.goto(scene.url(path));
        assert.notEqual((await page.locator('h1').innerText()).trim(), '', what);
        const text = await page.locator('main').innerText();
        assert.ok(text.length > 40, `${what} says no more than ${text}`);
        // What only a script can do is not offered.
        assert.equal(await page.locator('button[data-copy]:visible').count(), 0, what);
      }
    } finally {
      await context.close();
    }
  });

  test('the overview draws its charts and says what needs attention first', async () => {
    const { page, context, faults } = await openPage(scene.browser);
    try {
      await page.goto(scene.url(''));
      await page.waitForSelector('.uplot canvas');
      assert.equal(await page.locator('.uplot').count(), 5);
      const first = page.locator('.attention li').first();
      assert.match(await first.innerText(), /1 webhook is dead/);
      await first.getByRole('link').click();
      await page.waitForURL('**/webhooks?state=dead');
      assert.equal(await page.locator('tr[data-webhook]').count(), 1);
      assert.deepEqual(faults, []);
    } finally {
      await context.close();
    }
  });

  test('times are local, with UTC in their titles', async () => {
    const { page, context } = await openPage(scene.browser);
    try {
      await page.goto(scene.url('/webhooks'));
      const time = page.locator('tr[data-webhook] time').first();
      const iso = (await time.getAttribute('datetime')) ?? '';
      // Berlin is one or two hours ahead of UTC.
      const local = Date.parse(`${(await time.innerText()).replace(' ', 'T')}Z`);
      const ahead = Math.round((local - Date.parse(iso)) / 3_600_000);
      assert.ok(ahead === 1 || ahead === 2, `${String(ahead)} hours ahead`);
      assert.equal(await time.getAttribute('title'), `${iso.replace('T', ' ').replace('Z', '')} UTC`);
    } finally {
      await context.close();
    }
  });

  test('a time of the filter is typed in local time and stands in the URL in UTC', async () => {
    const { page, context } = await openPage(scene.browser);
    try {
      await page.goto(scene.url('/webhooks'));
      await page.locator('.more > summary').click();
      await page.fill('#f-since', '2026-07-01T12:00:00');
      await page.locator('form[data-filter] button').click();
      await page.waitForURL(/since=/);
      assert.equal(new URL(page.url()).searchParams.get('since'), '2026-07-01T10:00:00');
      assert.equal(new URL(page.url()).searchParams.has('until'), false);
      assert.match(await page.inputValue('#f-since'), /^2026-07-01T12:00/);
    } finally {
      await context.close();
    }
  });
});
