import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { describeLink } from '../../../src/links/index.ts';
import { anyUnit, keys, linkId, now, platformUrl, signedUrl, targetOf } from './fixtures.ts';

describe('describeLink', () => {
  it('tells what a hookward link says, and that its token covers all of it', () => {
    const url = signedUrl({
      user_id: 77,
      content: 'cat 🐱',
      redirect_to: 'https://a.example/',
      expires: now,
    });
    const description = {
      scheme: 'hookward',
      keyId: 'k2',
      linkId,
      bot: '7',
      command: '/onWebhook',
      user: '77',
      content: 'cat 🐱',
      redirectTo: 'https://a.example/',
      expires: now,
      covered: ['bot', 'command', 'user_id', 'content', 'redirect_to', 'expires'],
      uncovered: ['status'],
    };
    assert.deepEqual(describeLink(`${url}&status=paid`, '7'), description);
    assert.deepEqual(describeLink(targetOf(`${url}&status=paid`), '7'), description);
    assert.equal(describeLink(url)?.bot, null);
    assert.equal(describeLink(signedUrl({}, keys, '/pay'))?.bot, '7');
  });

  it('tells that a platform link’s token does not cover content and redirect_to', () => {
    const url = platformUrl({ user_id: 77, content: 'a b', redirect_to: 'https://a.example/' });
    assert.deepEqual(describeLink(url, '7'), {
      scheme: 'bots-business',
      keyId: null,
      linkId: null,
      bot: '7',
      command: '/onWebhook',
      user: '77',
      content: 'a b',
      redirectTo: 'https://a.example/',
      expires: null,
      covered: ['command', 'user_id'],
      uncovered: ['content', 'redirect_to'],
    });
    const bare = describeLink(platformUrl());
    assert.equal(bare?.user, null);
    assert.equal(bare.content, null);
  });

  it('tells nothing of what is no link, or is malformed', () => {
    const link = signedUrl();
    const none = [
      '',
      'https://a.example/',
      '/hook?command=%2Fa',
      `${link}#x`,
      `${link}&command=b`,
      link.replace('k2.', 'k2'),
      link.replace('%2F', '%2'),
      platformUrl().replace('%2F', '%FF'),
      `${platformUrl()}&user_id=a`,
      `${platformUrl()}&Command=a`,
    ];
    for (const text of none) assert.equal(describeLink(text), null, text);
    fc.assert(fc.property(fc.string({ unit: anyUnit }), (text) => describeLink(text) === null));
  });
});
