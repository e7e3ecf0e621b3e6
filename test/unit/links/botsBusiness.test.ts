import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  anyUnit,
  check,
  now,
  oneCharacterChanges,
  platformUrl,
  refusalOf,
  targetOf,
  verifier,
} from './fixtures.ts';

describe('bots-business links: the URL', () => {
  const vectors: readonly (readonly [number | undefined, string, string])[] = [
    [77, '/onWebhook', 'd81ca528fdd5ccaa0d345f058a0ee0b0'],
    [undefined, '/onWebhook', '81cee58bedf156dadb94eb040d0b20dd'],
    [77, '/on🐱Webhook', '5df7692970f4367e996d26af6a592765'],
    [77, '/оплата', '3a6374b32e45e861f54231eaaf829f48'],
    [77, 'oxapaylibv1onCallback /onPaid', 'e1fa343042e5e5dcbf194e41a65ddc67'],
  ];
  for (const [user_id, command, token] of vectors) {
    it(`has the platform’s token for ${command} of ${user_id ?? 'nobody'}, and is verified`, () => {
      const url = platformUrl({ command, ...(user_id === undefined ? {} : { user_id }) });
      assert.equal(new URL(url).searchParams.get('public_user_token'), token);
      assert.deepEqual(check(targetOf(url)), {
        valid: true,
        scheme: 'bots-business',
        bot: '7',
        user: user_id === undefined ? null : String(user_id),
        redirectTo: null,
        linkId: null,
      });
    });
  }

  it('has a token that is not the md5 of the UTF-8 text where the command is not Latin', () => {
    const utf8 = createHash('md5').update('123456:ABC-DEF-77-/оплата Salt is very salty!').digest('hex');
    assert.ok(!platformUrl({ command: '/оплата', user_id: 77 }).includes(utf8));
  });

  it('is character for character the platform’s: order, encoding, empty first pair', () => {
    assert.equal(
      platformUrl({
        user_id: 77,
        content: "Did you see (the) cat? It's *here*!",
        redirect_to: 'https://cataas.com/cat?a=1&b=2',
      }),
      'https://hooks.example.com/v1/bots/7/new-webhook?&command=%2FonWebhook' +
        '&public_user_token=d81ca528fdd5ccaa0d345f058a0ee0b0&user_id=77' +
        "&content=Did%20you%20see%20(the)%20cat%3F%20It's%20*here*!" +
        '&redirect_to=https%3A%2F%2Fcataas.com%2Fcat%3Fa%3D1%26b%3D2',
    );
    assert.equal(
      platformUrl({ content: '' }),
      'https://hooks.example.com/v1/bots/7/new-webhook?&command=%2FonWebhook' +
        '&public_user_token=81cee58bedf156dadb94eb040d0b20dd',
    );
  });
});

describe('bots-business links: verifying', () => {
  const personal = targetOf(platformUrl({ user_id: 77, content: 'cat', redirect_to: 'https://a.example/' }));
  const general = targetOf(platformUrl());

  it('takes content, redirect_to and whatever a sender adds for uncovered, and redirects nobody', () => {
    const changed = personal.replace('content=cat', 'content=dog').replace('a.example', 'evil.example');
    const verdict = check(`${changed}&content=more&MERCHANT_ID=1&us_key=77&x[]=1`);
    assert.ok(verdict.valid);
    assert.equal(verdict.redirectTo, null);
  });

  it('takes the other spellings that the platform takes', () => {
    for (const command of ['/onWebhook', '%2fonWebhook', '%2FonWebhook']) {
      const target = general.replace('?&command=%2FonWebhook', `?command=${command}`);
      assert.equal(refusalOf(target), null);
    }
    const spaced = targetOf(platformUrl({ command: '/a b' }));
    assert.equal(refusalOf(spaced.replace('%20', '+')), null);
  });

  const tampered: Readonly<Record<string, string>> = {
    'another user': personal.replace('user_id=77', 'user_id=78'),
    'no user any more': personal.replace('&user_id=77', ''),
    'an emptied user': personal.replace('user_id=77', 'user_id='),
    'a user on a global link': `${general}&user_id=77`,
    'an empty user on a global link': `${general}&user_id=`,
    'another command': personal.replace('onWebhook', 'onWebhooks'),
    'no command': personal.replace('command=%2FonWebhook&', ''),
    'a malformed command': personal.replace('%2FonWebhook', '%2FonWebhook%'),
    'a command that is not UTF-8': personal.replace('%2FonWebhook', '%ff'),
    'another token': personal.replace('d81c', 'd81d'),
    'a token in capitals': personal.replace('d81c', 'D81C'),
    'a shorter token': personal.replace('d81ca528', 'd81ca52'),
    'an empty token': general.replace(/public_user_token=[0-9a-f]+/, 'public_user_token='),
    'a second user': `${personal}&user_id=78`,
    'a second command': `${personal}&command=%2Fother`,
    'a second token': `${personal}&public_user_token=1`,
    'a user in another case': `${general}&User_ID=78`,
    'a percent-encoded name': `${general}&%75ser_id=78`,
    'a list of users': `${personal}&user_id[]=78`,
    'an indexed user': `${personal}&user_id%5B0%5D=78`,
    'a name that PHP turns into it': `${general}&user.id=78`,
    'a name with a space that PHP turns into it': `${general}&+user+id=78`,
    'a name that ends at NUL': `${general}&user_id%00x=78`,
    'a user behind a semicolon': `${general}&a=1;user_id=78`,
    'a user behind a fragment mark': `${personal.replace('&user_id=77', '')}#&user_id=77`,
    'a name without a value': `${general}&user_id`,
    'a semicolon for an equals sign': personal.replace('user_id=', 'user_id;'),
    'a second user before a semicolon': `${general}&user_id[x;=78`,
    'bytes beyond ASCII that are not encoded': personal.replace('onW', 'on\u0157'),
    'more parameters than anyone looks at': general + '&a'.repeat(256),
    'more pieces than anyone looks at': `${general}&a${';a'.repeat(256)}`,
    'an odd name longer than anyone looks at': `${general}&${'%20'.repeat(99)}user_id=78`,
  };
  for (const [what, target] of Object.entries(tampered)) {
    it(`refuses ${what}`, () => {
      assert.notEqual(target, personal);
      assert.equal(refusalOf(target), 'link-token-wrong');
    });
  }

  it('refuses to read the token’s text in another way: user 77-a of b is not user 77 of a-b', () => {
    const link = targetOf(platformUrl({ user_id: 77, command: 'a-b' }));
    const moved = link.replace('command=a-b', 'command=b').replace('user_id=77', 'user_id=77-a');
    assert.equal(refusalOf(link), null);
    assert.equal(refusalOf(moved), 'link-token-wrong');
  });

  it('refuses a link of another bot, of an unknown one, of none, and of one named like a property', () => {
    for (const bot of ['8', null, 'constructor', '__proto__', '']) {
      assert.equal(refusalOf(personal, { bot }), 'link-token-wrong');
    }
  });

  it('says that the token is missing where there is none, or none of a scheme that is accepted', () => {
    assert.equal(refusalOf('/v1/bots/7/new-webhook'), 'link-token-missing');
    assert.equal(refusalOf('/v1/bots/7/new-webhook?&command=%2FonWebhook&user_id=77'), 'link-token-missing');
    assert.equal(refusalOf(personal, { accepts: 'hookward' }), 'link-token-missing');
  });

  it('gives a verdict on whatever comes, and never a valid one to a stranger', () => {
    const target = fc.oneof(
      fc.string({ unit: anyUnit, maxLength: 30 }),
      fc
        .array(
          fc.tuple(
            fc.constantFrom('command', 'user_id', 'public_user_token', 'hookward_token', 'bot', 'content'),
            fc.oneof(
              fc.string({ unit: anyUnit, maxLength: 30 }),
              fc.constantFrom('k1.a.b', '%', '+', ';', '%00'),
            ),
          ),
        )
        .map((pairs) => `/x?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`),
    );
    fc.assert(
      fc.property(target, fc.option(fc.string()), (text, bot) => {
        assert.equal(verifier.verify({ target: text, bot, accepts: 'any', now }).valid, false);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses every change of one character in what the token covers, the case of hex digits aside', () => {
    const from = personal.indexOf('?');
    for (const target of oneCharacterChanges(personal, from, personal.indexOf('&content'))) {
      if (target.replace('%2f', '%2F') === personal) continue;
      assert.equal(verifier.verify({ target, bot: '7', accepts: 'any', now }).valid, false, target);
    }
  });
});
