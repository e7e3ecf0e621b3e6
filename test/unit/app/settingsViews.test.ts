import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { routeView, senderView } from '../../../src/admin/settingsViews.ts';
import { checkLink } from '../../../src/app/linkCheck.ts';
import { linkSubject, makeLink } from '../../../src/app/links.ts';
import { prepareSettings } from '../../../src/app/settings.ts';
import { viewRoutes, viewSenders } from '../../../src/app/settingsViews.ts';
import { configSchema, type ConfigInput } from '../../../src/config/index.ts';
import { senderPresets } from '../../../src/senders/index.ts';
import { seededRandom } from '../../support/seededRandom.ts';

const now = 1_750_000_000_000;
const secret = 'whsec_a-secret-of-a-route';
const linkSecret = 'a secret that signs links';

const input: ConfigInput = {
  botHosts: { main: { url: 'http://127.0.0.1:1' } },
  publicUrl: 'https://hooks.example',
  routes: [
    { name: 'bots', path: '/v1/bots/:bot/new-webhook', link: 'hookward' },
    { name: 'platform', path: '/platform/:bot', link: 'bots-business' },
    {
      name: 'stripe',
      path: '/stripe',
      sender: 'stripe',
      secrets: [secret, `${secret}-old`],
      forwardTo: '/v1/bots/7/new-webhook?command=%2Fsecret-target',
      rateLimit: { requests: 5, per: '1s' },
      whitelist: { mode: 'enforce', addresses: ['192.0.2.0/24'] },
    },
    { name: 'plain', path: '/plain/*', dedupe: { key: 'header:X-Id' }, answer: { mode: 'ack' } },
  ],
  links: { keys: [{ id: 'k1', secret: linkSecret }], botTokens: { '7': '123456:ABC-DEF' } },
};

const config = configSchema.parse(input);
const settings = prepareSettings(config, {
  signingKeys: [`whsec_${'A'.repeat(43)}=`],
  documents: () => Promise.reject(new Error('not here')),
  now,
});

const request = { route: 'bots', scheme: 'hookward', bot: '7', command: '/onPaid' } as const;
const made = (over: object = {}) =>
  makeLink({ ...request, ...over }, config, 'http://127.0.0.1:1', seededRandom(1));

describe('routes and senders as people see them', () => {
  test('each route is there as it works, in order, and as the API says', () => {
    const views = viewRoutes(config);
    assert.deepEqual(
      views.map(({ name }) => name),
      ['bots', 'platform', 'stripe', 'plain'],
    );
    for (const view of views) assert.deepEqual(routeView.parse(view), view);
    const [, , stripe, plain] = views;
    assert.deepEqual(
      [stripe?.sender, stripe?.verify, stripe?.secrets, stripe?.answer.mode, stripe?.hasSecretTarget],
      ['stripe', 'enforce', 2, 'ack', true],
    );
    assert.deepEqual(stripe?.dedupe?.key, ['json:/id']);
    assert.deepEqual(stripe.rateLimit?.requests, 5);
    assert.deepEqual(stripe.whitelist, { mode: 'enforce', addresses: ['192.0.2.0/24'] });
    assert.deepEqual(
      [plain?.verify, plain?.dedupe?.key, plain?.hasSecretTarget],
      [null, ['header:X-Id'], false],
    );
  });

  test('every preset is there by name, with the routes that name it', () => {
    const views = viewSenders(config);
    assert.deepEqual(views.map(({ name }) => name).sort(), Object.keys(senderPresets).sort());
    for (const view of views) assert.deepEqual(senderView.parse(view), view);
    assert.deepEqual(
      views.filter(({ routes }) => routes.length > 0).map(({ name, routes }) => [name, routes]),
      [['stripe', ['stripe']]],
    );
  });

  test('no secret stands in either', () => {
    const text = JSON.stringify([viewRoutes(config), viewSenders(config)]);
    for (const hidden of [secret, linkSecret, 'secret-target', '123456:ABC-DEF']) {
      assert.ok(!text.includes(hidden), hidden);
    }
  });
});

describe('a link that is made', () => {
  test('stands in the audit log without what makes it work', () => {
    const link = made({ content: 'the-content', redirect_to: 'https://x.example' });
    const subject = linkSubject({ ...request, content: 'the-content' }, link);
    assert.equal(subject, `route bots, bot 7, command /onPaid, link ${link.linkId ?? ''}`);
    assert.ok(link.linkId !== null && link.url.includes(link.linkId));
  });

  test('of the other kind has no id to revoke it by', () => {
    const link = made({ route: 'platform', scheme: 'bots-business' });
    assert.equal(link.linkId, null);
    assert.equal(
      linkSubject({ ...request, route: 'platform' }, link),
      'route platform, bot 7, command /onPaid',
    );
  });

  test('of a route that there is not is refused', () => {
    assert.throws(() => made({ route: 'nowhere' }), { code: 'entry-not-found' });
  });
});

describe('a link that is tried', () => {
  const tried = (url: string, at = now) => checkLink(url, settings, at);

  test('would be taken: whole, from its path on, and with blanks around it', () => {
    const { url, linkId } = made({ user_id: 77, content: 'c' });
    for (const text of [
      url,
      url.replace('https://hooks.example', ''),
      ` ${url}\n`,
      url.replace('hooks.', 'other.'),
    ]) {
      const { route, isTaken, refusal, link } = tried(text);
      assert.deepEqual([route, isTaken, refusal], ['bots', true, null], text);
      assert.deepEqual(
        [link?.scheme, link?.keyId, link?.linkId, link?.bot, link?.command, link?.user, link?.content],
        ['hookward', 'k1', linkId, '7', '/onPaid', '77', 'c'],
      );
    }
  });

  test('has been changed: refused, and said why', () => {
    const { url } = made();
    const changed = tried(url.replace('onPaid', 'onFree'));
    assert.deepEqual([changed.isTaken, changed.refusal, changed.route], [false, 'link-token-wrong', 'bots']);
    assert.equal(tried('/v1/bots/7/new-webhook?command=%2FonPaid').refusal, 'link-token-missing');
  });

  test('has run out', () => {
    const { url } = made({ expires: new Date(now + 60_000).toISOString() });
    assert.equal(tried(url).isTaken, true);
    const late = tried(url, now + 61_000);
    assert.deepEqual([late.isTaken, late.refusal], [false, 'link-expired']);
    assert.equal(late.link?.expires, new Date(now + 60_000).toISOString());
  });

  test('leads nowhere, or to a route without tokens', () => {
    assert.deepEqual(tried('/nowhere'), { route: null, isTaken: false, refusal: 'no-route', link: null });
    assert.deepEqual(tried('/plain/x'), { route: 'plain', isTaken: true, refusal: null, link: null });
  });

  test('is no link at all: an answer, never an error', () => {
    for (const text of [
      '',
      '?',
      'https://',
      'javascript:alert(1)',
      '%',
      '/%E0%A4%A',
      '\u0000',
      'x'.repeat(8_192),
    ]) {
      assert.equal(tried(text).isTaken, false, text);
    }
  });
});
