import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LinkRequest, LinkSettings } from '../../../src/links/index.ts';
import { createLinkVerifier, getUrlFor } from '../../../src/links/index.ts';
import { botTokens, keys, linkId, path, platformUrl, publicUrl, signedUrl } from './fixtures.ts';

const signed = { scheme: 'hookward', publicUrl, path, keys, linkId } as const;
const platform = { scheme: 'bots-business', publicUrl, path, botTokens } as const;

const refuses = (code: string, request: Partial<LinkRequest>, settings: LinkSettings) => {
  assert.throws(() => getUrlFor({ bot: '7', command: '/x', ...request }, settings), { code });
};

describe('getUrlFor: the address', () => {
  it('puts the path behind the public URL, with or without its own path and closing slash', () => {
    for (const [base, start] of [
      ['https://Hooks.example.com', 'https://hooks.example.com/v1/'],
      ['https://hooks.example.com/', 'https://hooks.example.com/v1/'],
      ['http://127.0.0.1:8080/in/', 'http://127.0.0.1:8080/in/v1/'],
    ] as const) {
      assert.ok(getUrlFor({ bot: '7', command: '/x' }, { ...signed, publicUrl: base }).startsWith(start));
    }
  });

  it('refuses a public URL that is no plain http address', () => {
    for (const base of [
      '',
      'hooks.example.com',
      'ftp://x.example',
      'https://x.example?a',
      'https://u:p@x.example',
    ]) {
      refuses('usage-wrong', {}, { ...signed, publicUrl: base });
    }
  });

  it('refuses a path that it cannot fill, and a bot that would change it', () => {
    for (const bad of ['v1/:bot', '/hooks/*', '/:bot/:other', '/:bot/:bot', '/a b', '/a?b', '/:bots']) {
      refuses('usage-wrong', {}, { ...signed, path: bad });
    }
    for (const bot of ['', '.', '..', 'a/b', 'a%2Fb', 'a b', 'é', 'x'.repeat(129)]) {
      refuses('usage-wrong', { bot }, signed);
    }
  });
});

describe('getUrlFor: redirect_to', () => {
  const bad = [
    '',
    '/cat',
    '//evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://a.example/',
    'https:evil.example',
    'https:/evil.example',
    'https:///evil.example',
    'https:\\\\evil.example',
    'https://good.example\\@evil.example',
    'https://user@evil.example',
    'https://user:pass@evil.example',
    'https://@evil.example',
    'https://a.example/\r\nSet-Cookie: a=1',
    'https://a.example/\tx',
    ' https://a.example',
    'https://a.example/x y',
    'https://a.example/\u0000',
    'https://',
    'https://a b.example',
    'https://[::1',
    'https://a.example:99999/',
  ];
  for (const redirect_to of bad) {
    it(`refuses ${JSON.stringify(redirect_to)} in both schemes`, () => {
      refuses('usage-wrong', { redirect_to }, signed);
      refuses('usage-wrong', { redirect_to }, platform);
    });
  }

  it('is put into its canonical form in our links and left as it is in the platform’s', () => {
    const redirect_to = 'HTTPS://Кот.example:443/ü?q=é#top';
    assert.equal(
      new URL(signedUrl({ redirect_to })).searchParams.get('redirect_to'),
      'https://xn--j1aim.example/%C3%BC?q=%C3%A9#top',
    );
    assert.equal(new URL(platformUrl({ redirect_to })).searchParams.get('redirect_to'), redirect_to);
  });
});

describe('getUrlFor: the fields', () => {
  it('refuses an empty or impossible user rather than make the link global', () => {
    for (const user_id of ['', 0, -1, 1.5, Number.NaN, Infinity]) {
      refuses('usage-wrong', { user_id }, signed);
      refuses('usage-wrong', { user_id }, platform);
    }
    refuses('usage-wrong', { user_id: '77-a' }, platform);
  });

  it('refuses an empty command and text that is not well-formed', () => {
    for (const settings of [signed, platform]) {
      refuses('usage-wrong', { command: '' }, settings);
      refuses('usage-wrong', { command: '/\ud83d' }, settings);
      refuses('usage-wrong', { content: '\udc31' }, settings);
    }
    refuses('usage-wrong', { user_id: '\ud83d' }, signed);
  });

  it('refuses an expiry that is no time, and any on a platform link', () => {
    for (const expires of [0, -1, 999, Number.NaN, Infinity, 1e15])
      refuses('usage-wrong', { expires }, signed);
    refuses('usage-wrong', { expires: 1_750_000_000_000 }, platform);
  });

  it('refuses a bot whose token it does not know, and a path that does not name the bot', () => {
    refuses('usage-wrong', { bot: '8' }, platform);
    refuses('usage-wrong', { bot: 'constructor' }, platform);
    refuses('usage-wrong', {}, { ...platform, path: '/hook' });
  });

  it('refuses to sign without a key or under a malformed link id', () => {
    refuses('usage-wrong', {}, { ...signed, keys: [] });
    for (const bad of ['', 'a.b', 'a b', 'x'.repeat(65)])
      refuses('usage-wrong', {}, { ...signed, linkId: bad });
  });

  const badKeys = [
    [{ id: 'a.b', secret: 'x'.repeat(16) }],
    [{ id: '', secret: 'x'.repeat(16) }],
    [{ id: 'a', secret: 'x'.repeat(15) }],
    [
      { id: 'a', secret: 'x'.repeat(16) },
      { id: 'a', secret: 'y'.repeat(16) },
    ],
  ];
  for (const bad of badKeys) {
    it(`refuses unusable keys: ${bad.map(({ id, secret }) => `${id}/${String(secret.length)}`).join(' ')}`, () => {
      refuses('config-invalid', {}, { ...signed, keys: bad });
      assert.throws(() => createLinkVerifier({ keys: bad, botTokens: {}, revoked: [] }), {
        code: 'config-invalid',
      });
    });
  }
});
