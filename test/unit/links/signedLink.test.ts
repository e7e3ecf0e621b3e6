import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { LinkRequest } from '../../../src/links/index.ts';
import { newLinkId } from '../../../src/links/index.ts';
import { seededRandom } from '../../support/seededRandom.ts';
import {
  anyUnit,
  check,
  keys,
  linkId,
  now,
  oneCharacterChanges,
  platformUrl,
  refusalOf,
  signedUrl,
  targetOf,
  verifier,
} from './fixtures.ts';

const full: Partial<LinkRequest> = {
  user_id: 77,
  content: 'Did you see the cat? 🐱 +&=%',
  redirect_to: 'https://cataas.com/cat?a=1',
  expires: now + 60_000,
};
const link = targetOf(signedUrl(full));

describe('hookward links: the URL', () => {
  it('names its fields, and closes with key id, link id and MAC', () => {
    assert.match(
      signedUrl({ ...full, content: "it's (a) cat*!" }),
      /^https:\/\/hooks\.example\.com\/v1\/bots\/7\/new-webhook\?command=%2FonWebhook&user_id=77&content=it%27s%20%28a%29%20cat%2A%21&redirect_to=https%3A%2F%2Fcataas\.com%2Fcat%3Fa%3D1&expires=1750000060&hookward_token=k2\.AbCd-123\.[A-Za-z0-9_-]{43}$/,
    );
    assert.match(signedUrl(), /new-webhook\?command=%2FonWebhook&hookward_token=[^&]+$/);
  });

  it('has the documented MAC', () => {
    const text =
      'hookward-link-v1\n["k2","AbCd-123","/v1/bots/7/new-webhook","7","/оплата",null,"",null,1750000060]';
    const mac = createHmac('sha256', keys[0]?.secret ?? '')
      .update(text)
      .digest('base64url');
    const url = signedUrl({ command: '/оплата', content: '', expires: now + 60_999 });
    assert.ok(url.endsWith(`.${mac}`));
  });

  it('names the bot in a covered parameter where the path does not', () => {
    const target = targetOf(signedUrl({}, keys, '/pay'));
    assert.match(target, /^\/pay\?bot=7&command=/);
    const verdict = check(target, { bot: null });
    assert.ok(verdict.valid);
    assert.equal(verdict.bot, '7');
    assert.equal(refusalOf(target.replace('bot=7', 'bot=8'), { bot: null }), 'link-token-wrong');
    assert.equal(refusalOf(target.replace('bot=7&', ''), { bot: null }), 'link-token-wrong');
    assert.equal(refusalOf(target, { bot: '7' }), 'link-token-wrong');
  });
});

describe('hookward links: verifying', () => {
  it('takes what was made, and tells bot, user, redirect and link id', () => {
    assert.deepEqual(check(link), {
      valid: true,
      scheme: 'hookward',
      bot: '7',
      user: '77',
      redirectTo: 'https://cataas.com/cat?a=1',
      linkId,
    });
    const general = check(targetOf(signedUrl()));
    assert.ok(general.valid);
    assert.equal(general.user, null);
    assert.equal(general.redirectTo, null);
  });

  it('takes back every text that a link can be made of', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(text, text, fc.option(text, { nil: undefined }), (command, user_id, content) => {
        const target = targetOf(
          signedUrl({ command, user_id, ...(content === undefined ? {} : { content }) }),
        );
        const verdict = check(target);
        assert.ok(verdict.valid);
        assert.equal(verdict.user, user_id);
        // A sender that reads the URL and writes it again changes the spelling, not the meaning.
        const rewritten = new URL(target, 'https://x.example');
        assert.equal(rewritten.pathname + rewritten.search, target);
        rewritten.searchParams.append('status', 'paid');
        assert.equal(refusalOf(rewritten.pathname + rewritten.search), null);
      }),
      { numRuns: 200 },
    );
  });

  it('passes what senders append or put in front', () => {
    assert.equal(refusalOf(`${link}&MERCHANT_ID=1&AMOUNT=10.00&us_key=;&&flag&%ff=%zz&x[]=1`), null);
    assert.equal(refusalOf(link.replace('?', '?&a=1&')), null);
  });

  const tampered: Readonly<Record<string, string>> = {
    'another command': link.replace('onWebhook', 'onwebhook'),
    'no command': link.replace('command=%2FonWebhook&', ''),
    'another user': link.replace('user_id=77', 'user_id=78'),
    'no user': link.replace('&user_id=77', ''),
    'an empty user': link.replace('user_id=77', 'user_id='),
    'another content': link.replace('Did', 'did'),
    'no content': link.replace(/&content=[^&]+/, ''),
    'an empty content': link.replace(/content=[^&]+/, 'content='),
    'another redirect': link.replace('cataas.com', 'evil.example'),
    'no redirect': link.replace(/&redirect_to=[^&]+/, ''),
    'a later end': link.replace('expires=1750000060', 'expires=1850000060'),
    'no end': link.replace('&expires=1750000060', ''),
    'an end that is spelled otherwise': link.replace('expires=', 'expires=0'),
    'another key id': link.replace('=k2.', '=k1.'),
    'an unknown key id': link.replace('=k2.', '=k3.'),
    'another link id': link.replace('AbCd-123', 'AbCd-124'),
    'a token without MAC': link.replace(/\.[A-Za-z0-9_-]{43}$/, '.'),
    'an empty token': link.replace(/hookward_token=.*$/, 'hookward_token='),
    'another route’s path': link.replace('new-webhook', 'old-webhook'),
    'another bot': link.replace('/7/', '/8/'),
    'a bot beside the path’s': `${link}&bot=7`,
    'a second user': `${link}&user_id=77`,
    'a second token': `${link}&hookward_token=x`,
    'a user in another case': `${link}&USER_ID=78`,
    'a percent-encoded name': link.replace('user_id', 'user%5Fid'),
    'an added percent-encoded name': `${link}&%63ommand=%2Fother`,
    'a list of users': `${link}&user_id[]=78`,
    'a user in a semicolon': `${link}&x=;user_id=78`,
    'lower-case hex': link.replace('%2FonWebhook', '%2fonWebhook'),
    'a raw equals sign in a value': link.replace('%3D', '='),
    'a fragment mark': `${link}#`,
  };
  for (const [what, target] of Object.entries(tampered)) {
    it(`refuses ${what}`, () => {
      assert.notEqual(target, link);
      assert.equal(refusalOf(target), 'link-token-wrong');
    });
  }

  it('refuses a field that the token does not name', () => {
    const bare = targetOf(signedUrl());
    for (const added of [
      'user_id=77',
      'content=',
      'redirect_to=https%3A%2F%2Fa.example%2F',
      'expires=9999999999',
    ]) {
      assert.equal(refusalOf(`${bare}&${added}`), 'link-token-wrong');
    }
  });

  it('refuses fields whose texts have changed places', () => {
    const one = targetOf(signedUrl({ user_id: 'a', content: 'b' }));
    const token = /hookward_token=.*$/.exec(one)?.[0] ?? '';
    const other = targetOf(signedUrl({ user_id: 'b', content: 'a' })).replace(/hookward_token=.*$/, token);
    assert.equal(refusalOf(other), 'link-token-wrong');
  });

  it('refuses every change of one character, wherever it stands', () => {
    for (const target of oneCharacterChanges(link, 0, link.length)) {
      assert.equal(verifier.verify({ target, bot: '7', accepts: 'any', now }).valid, false, target);
    }
  });

  it('refuses every text with which a covered part is replaced', () => {
    const parts = link.slice(link.indexOf('?') + 1).split('&');
    const replacement = fc.oneof(
      fc.string({ unit: anyUnit, maxLength: 20 }),
      fc.string({ maxLength: 20 }).map(encodeURIComponent),
    );
    fc.assert(
      fc.property(fc.nat({ max: parts.length - 1 }), replacement, (at, text) => {
        const name = (parts[at] ?? '').split('=', 1)[0] ?? '';
        const changed = parts.with(at, `${name}=${text}`);
        fc.pre(changed[at] !== parts[at]);
        assert.notEqual(refusalOf(`/v1/bots/7/new-webhook?${changed.join('&')}`), null);
      }),
      { numRuns: 500 },
    );
  });

  it('ends at its second of expiry, not before', () => {
    const end = 1_750_000_060_000;
    assert.equal(refusalOf(link, { now: end - 1 }), null);
    assert.equal(refusalOf(link, { now: end }), 'link-expired');
  });

  it('tells of a revoked or an expired link only to who has a right token', () => {
    assert.equal(refusalOf(link, { revoked: [linkId] }), 'link-revoked');
    assert.equal(refusalOf(link, { revoked: ['other'] }), null);
    const forged = link.replace('77', '78');
    assert.equal(refusalOf(forged, { revoked: [linkId] }), 'link-token-wrong');
    assert.equal(refusalOf(forged, { now: now + 1e9 }), 'link-token-wrong');
  });

  it('verifies with every key and signs with the first', () => {
    const [second, first] = keys;
    assert.ok(second !== undefined && first !== undefined);
    const old = targetOf(signedUrl(full, [first]));
    assert.match(old, /hookward_token=k1\./);
    assert.equal(refusalOf(old), null);
    assert.equal(refusalOf(old, { keys: [second] }), 'link-token-wrong');
    const sameId = [{ id: 'k1', secret: 'quite another secret' }];
    assert.equal(refusalOf(old, { keys: sameId }), 'link-token-wrong');
  });

  it('is chosen where a URL has both tokens, and missing where only the other is accepted', () => {
    const both = `${link}&public_user_token=81cee58bedf156dadb94eb040d0b20dd`;
    assert.equal(refusalOf(both), null);
    assert.equal(refusalOf(both.replace('77', '78')), 'link-token-wrong');
    assert.equal(refusalOf(link, { accepts: 'bots-business' }), 'link-token-missing');
    assert.equal(refusalOf(targetOf(platformUrl()), { accepts: 'bots-business' }), null);
  });
});

describe('newLinkId', () => {
  it('gives sixteen URL-safe characters of chance, which a link takes', () => {
    const random = seededRandom(3);
    const made = [newLinkId(random), newLinkId(random)];
    for (const id of made) assert.match(id, /^[A-Za-z0-9_-]{16}$/);
    assert.notEqual(made[0], made[1]);
  });
});
