// Webhook URLs of both schemes, made by the command line and by the library, called as senders and browsers call them.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { getUrlFor, type LinkRequest } from '../../src/links/index.ts';
import { answersOk } from '../support/botHost.ts';
import { answerHeader, sendRequest, type RawAnswer } from '../support/sender.ts';
import { arrivedTimes } from './support/arrivals.ts';
import { openStage, type Stage } from './support/stage.ts';

const publicUrl = 'https://hooks.example.com';
const keys = [{ id: 'k1', secret: 'a secret for the links of this test' }];
const botTokens = { '42': '123456:ABC-DEF' };
const platformPath = '/v1/bots/:bot/new-webhook';
const ownPath = '/app/:bot/events';
const request: LinkRequest = { bot: '42', command: '/onWebhook' };

const ownLink = (more: Partial<LinkRequest> = {}, linkId = 'link-1') =>
  getUrlFor({ ...request, ...more }, { scheme: 'hookward', publicUrl, path: ownPath, keys, linkId });

const platformLink = (more: Partial<LinkRequest> = {}) =>
  getUrlFor({ ...request, ...more }, { scheme: 'bots-business', publicUrl, path: platformPath, botTokens });

/** What stands on the wire when somebody opens the link. */
function targetOf(url: string): string {
  assert.ok(url.startsWith(`${publicUrl}/`), url);
  return url.slice(publicUrl.length);
}

function changed(url: string, from: string, to: string): string {
  assert.ok(url.includes(from), `${url} has no ${from}`);
  return url.replace(from, to);
}

describe('links', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage((url) => ({
      publicUrl,
      botHosts: { main: { url } },
      routes: [
        { name: 'platform', path: platformPath, link: 'bots-business' },
        { name: 'own', path: ownPath, link: 'hookward' },
      ],
      links: { keys, botTokens, revoked: ['link-revoked'] },
      access: { perAddress: null },
    }));
  });

  after(() => stage.close());

  beforeEach(() => stage.botHost.behave(answersOk));

  const call = (url: string, body = 'x') =>
    sendRequest(stage.server.publicUrl, { target: targetOf(url), body });

  async function assertRefused(url: string, code: string): Promise<void> {
    const before = stage.botHost.ledger.length;
    const answer = await call(url);
    assert.equal(answer.status, 403, url);
    assert.equal((JSON.parse(answer.body.toString()) as { code: string }).code, code, url);
    assert.equal(stage.botHost.ledger.length, before, 'nothing reaches the bot host');
    assert.equal(answerHeader(answer, 'hookward-id'), null, 'nothing reaches the log');
  }

  async function assertTaken(url: string): Promise<RawAnswer> {
    const answer = await call(url);
    assert.equal(answer.status, 200, answer.body.toString());
    const [arrived] = await arrivedTimes(stage.botHost, answerHeader(answer, 'hookward-id') ?? '', 1);
    assert.equal(arrived?.target, targetOf(url), 'the bot gets the link as it was called');
    return answer;
  }

  const url = async (...args: readonly string[]) =>
    (await stage.cli('url', '--bot', '42', '--command', '/onWebhook', ...args)).trim();

  for (const scheme of ['hookward', 'bots-business']) {
    const route = scheme === 'hookward' ? 'own' : 'platform';
    const make = scheme === 'hookward' ? ownLink : platformLink;

    test(`${scheme}: the command line makes a link for a user with content, and it is taken`, async () => {
      const made = await assertTaken(await url('--route', route, '--user', '77', '--content', 'кот & "dog"'));
      const { bot, user, route: taken } = await stage.record(answerHeader(made, 'hookward-id') ?? '');
      assert.deepEqual({ bot, user, taken }, { bot: '42', user: '77', taken: route });
    });

    test(`${scheme}: a global link has no user`, async () => {
      const { bot, user } = await stage.record(
        answerHeader(await assertTaken(make({ content: '{"user_id":77}' })), 'hookward-id') ?? '',
      );
      assert.deepEqual({ bot, user }, { bot: '42', user: null });
    });

    test(`${scheme}: a sender may append parameters, but not change, add or drop a user, a command or a bot`, async () => {
      const link = make({ user_id: 77 });
      await assertTaken(`${link}&amount=1.0&status=paid`);
      await assertRefused(changed(link, 'user_id=77', 'user_id=78'), 'link-token-wrong');
      await assertRefused(changed(link, 'user_id=77', ''), 'link-token-wrong');
      await assertRefused(`${link}&user_id=78`, 'link-token-wrong');
      await assertRefused(changed(link, '%2FonWebhook', '%2FonPaid'), 'link-token-wrong');
      await assertRefused(changed(link, '/42/', '/43/'), 'link-token-wrong');
      await assertRefused(`${make()}&user_id=77`, 'link-token-wrong');
      await assertRefused(
        `${link.slice(0, link.indexOf('?'))}?&command=%2FonWebhook&user_id=77`,
        'link-token-missing',
      );
    });
  }

  test('hookward: content, way back and expiry are covered too', async () => {
    const link = ownLink({
      content: 'abc',
      redirect_to: 'https://shop.example/done',
      expires: Date.now() + 3_600_000,
    });
    await assertRefused(changed(link, 'abc', 'abd'), 'link-token-wrong');
    await assertRefused(changed(link, 'shop.example', 'evil.example'), 'link-token-wrong');
    await assertRefused(ownLink({ expires: Date.now() - 1000 }), 'link-expired');
    await assertRefused(ownLink({}, 'link-revoked'), 'link-revoked');
  });

  test('hookward: redirect_to sends the caller on with 303 once the webhook is accepted, and it is delivered', async () => {
    const way = 'https://shop.example/done?order=7&lang=de';
    for (const link of [ownLink({ redirect_to: way }), await url('--route', 'own', '--redirect-to', way)]) {
      stage.botHost.behave(() => ({ status: 500, body: 'not what the caller sees' }));
      const answer = await call(link);
      assert.equal(answer.status, 303);
      assert.equal(answerHeader(answer, 'location'), way);
      assert.equal(answer.body.length, 0);
      const id = answerHeader(answer, 'hookward-id') ?? '';
      const [arrived] = await arrivedTimes(stage.botHost, id, 1);
      assert.equal(arrived?.target, targetOf(link));
      await stage.settled(id, 'dead');
    }
  });

  test('bots-business: redirect_to is passed on untouched and obeyed by nobody here', async () => {
    const link = platformLink({ user_id: 77, redirect_to: 'https://cataas.com/cat?a=1' });
    stage.botHost.behave(() => ({
      status: 302,
      headers: ['Location', 'https://bot.example/'],
      body: 'the bot decides',
    }));
    const answer = await call(link);
    assert.equal(answer.status, 302);
    assert.equal(answerHeader(answer, 'location'), 'https://bot.example/');
    assert.equal(answer.body.toString(), 'the bot decides');
    const [arrived] = await arrivedTimes(stage.botHost, answerHeader(answer, 'hookward-id') ?? '', 1);
    assert.equal(arrived?.target, targetOf(link));
    stage.botHost.behave(answersOk);
    await assertTaken(link);
  });

  test('a route takes only its own scheme', async () => {
    const ownQuery = ownLink().slice(ownLink().indexOf('?'));
    const platformQuery = platformLink().slice(platformLink().indexOf('?'));
    await assertRefused(`${publicUrl}/app/42/events${platformQuery}`, 'link-token-missing');
    await assertRefused(`${publicUrl}/v1/bots/42/new-webhook${ownQuery}`, 'link-token-missing');
  });
});
