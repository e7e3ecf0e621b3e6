// Who may see and do what in the console, and how one gets in.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { seriousFindings } from './support/axe.ts';
import { openPage, overflowOf } from './support/browser.ts';
import { guardedConfig, logIn, openScene, refusing, tokenOf, type Scene } from './support/scene.ts';

describe('logins of the console', () => {
  let scene: Scene;
  let dead: string;

  before(async () => {
    scene = await openScene(guardedConfig, refusing, tokenOf('admin'));
    dead = await scene.send('/pay/refuse?secret=query', 'a secret body', {
      authorization: 'Bearer of-the-sender',
    });
    await scene.stage.settled(dead, 'dead');
  });
  after(() => scene.close());

  test('whoever has not logged in is sent to the login, and on to the page that was asked for', async () => {
    const { page, context } = await openPage(scene.browser, { width: 360 });
    try {
      await page.goto(scene.url(`/webhooks/${dead}`));
      await page.waitForURL('**/login?next=*');
      assert.deepEqual(await seriousFindings(page), []);
      assert.equal(await overflowOf(page), 0);
      await page.fill('#token', 'hwt_wrong');
      await page.getByRole('button', { name: 'Log in' }).click();
      assert.match(await page.getByRole('alert').innerText(), /No configured token/);
      await page.fill('#token', tokenOf('support'));
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.waitForURL(`**/webhooks/${dead}`);
      const [cookie] = await context.cookies();
      assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Lax']);
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.waitForURL('**/login');
      await page.goto(scene.url('/webhooks'));
      assert.match(page.url(), /\/login\?next=/);
    } finally {
      await context.close();
    }
  });

  test('a login leads to no address but one of the console', async () => {
    for (const next of [
      'https://example.org/',
      '//example.org',
      '/\\example.org',
      '/console/../api',
      '/console//example.org',
      'javascript:alert(1)',
    ]) {
      const { context, page } = await openPage(scene.browser);
      try {
        await page.goto(`${scene.url('/login')}?next=${encodeURIComponent(next)}`);
        await page.fill('#token', tokenOf('viewer'));
        await page.getByRole('button', { name: 'Log in' }).click();
        await page.waitForURL(scene.url(''));
      } finally {
        await context.close();
      }
    }
  });

  test('viewers see no bodies, no queries and no secrets, and can change nothing', async () => {
    const { page, context } = await openPage(scene.browser);
    try {
      await logIn(page, scene, 'viewer');
      await page.goto(scene.url(`/webhooks/${dead}`));
      const text = (await page.locator('body').textContent()) ?? '';
      for (const secret of ['a secret body', 'secret=query', 'of-the-sender', 'unknown user']) {
        assert.equal(text.includes(secret), false, secret);
      }
      assert.match(text, /hidden from viewers/);
      assert.equal(await page.locator('main form').count(), 0);
      for (const path of [
        `/webhooks/${dead}/body`,
        `/webhooks/${dead}/attempts/1/body`,
        '/replays/new?state=dead',
        '/audit',
      ]) {
        const answer = await context.request.get(scene.url(path));
        assert.equal(answer.status(), 403, path);
      }
      await page.goto(scene.url('/access'));
      assert.equal(await page.locator('main form').count(), 0);
    } finally {
      await context.close();
    }
  });

  test('support replays, but changes no access and cancels nothing', async () => {
    const { page, context } = await openPage(scene.browser);
    try {
      await logIn(page, scene, 'support');
      await page.goto(scene.url(`/webhooks/${dead}`));
      assert.match((await page.locator('body').textContent()) ?? '', /a secret body/);
      const csrf = (await page.locator('input[name="csrf"]').first().getAttribute('value')) ?? '';
      const changes: readonly (readonly [string, Record<string, string>])[] = [
        ['/access', { kind: 'ban', address: '203.0.113.9' }],
        ['/access/remove', { kind: 'ban', address: '203.0.113.9' }],
        ['/links', { route: 'linked' }],
        [`/webhooks/${dead}/cancel`, {}],
      ];
      for (const [path, fields] of changes) {
        const answer = await context.request.post(scene.url(path), {
          form: { csrf, reason: 'Try', ...fields },
        });
        assert.equal(answer.status(), 403, path);
      }
    } finally {
      await context.close();
    }
  });

  test("a change without the session's own field, or without a reason, is refused", async () => {
    const { page, context } = await openPage(scene.browser);
    try {
      await logIn(page, scene, 'admin');
      await page.goto(scene.url('/access'));
      const csrf = (await page.locator('input[name="csrf"]').first().getAttribute('value')) ?? '';
      const entry = { kind: 'ban', address: '203.0.113.9', reason: 'Try' };
      const send = async (form: Record<string, string>) =>
        (await context.request.post(scene.url('/access'), { form })).status();
      assert.equal(await send(entry), 401);
      assert.equal(await send({ ...entry, csrf: 'x' }), 401);
      assert.equal(await send({ ...entry, csrf, reason: ' ' }), 400);
      assert.equal(await send({ ...entry, csrf, reason: 'x'.repeat(501) }), 400);
      await page.goto(scene.url('/access'));
      assert.match(await page.locator('main').innerText(), /Nobody is banned/);
    } finally {
      await context.close();
    }
  });

  test('every answer carries the policy; assets are kept for good under the hash of their contents', async () => {
    const { page, context } = await openPage(scene.browser);
    try {
      await page.goto(scene.url('/login'));
      for (const path of ['/login', '/nowhere', '/webhooks']) {
        const { headers } = await fetch(scene.url(path), { redirect: 'manual' });
        assert.match(
          headers.get('content-security-policy') ?? '',
          /^default-src 'none'; script-src 'self'; style-src 'self';/,
        );
        assert.equal(headers.get('cache-control'), 'no-store');
      }
      const script = new URL(
        (await page.locator('script[type="module"]').getAttribute('src')) ?? '',
        page.url(),
      );
      const asset = await fetch(script);
      assert.match(asset.headers.get('cache-control') ?? '', /immutable/);
      const etag = asset.headers.get('etag') ?? '';
      assert.equal((await fetch(script, { headers: { 'if-none-match': etag } })).status, 304);
      const older = script.href.replace(/static\/[0-9a-f]+/, 'static/0123456789abcdef');
      assert.equal((await fetch(older)).status, 404);
    } finally {
      await context.close();
    }
  });
});
