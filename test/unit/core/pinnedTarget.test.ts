import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { canonicalName, fixedNames, givesFixed, pinnedTarget } from '../../../src/core/pinnedTarget.ts';

const botUrl = '/v1/bots/7/new-webhook?&command=%2FonPaid&public_user_token=0123&user_id=5';

describe('what is fixed of a secret target', () => {
  test('its own parameters', () => {
    assert.deepEqual([...fixedNames('/hook?&A=1&b%5B%5D=2&c&=3')].sort(), ['', 'a', 'b', 'c']);
    assert.deepEqual([...fixedNames('/hook')], []);
    assert.deepEqual([...fixedNames('/hook?')], []);
  });

  test('all that a bot platform obeys, where it names a command', () => {
    const names = ['api_key', 'command', 'content', 'public_user_token', 'redirect_to', 'user_id'];
    assert.deepEqual([...fixedNames(botUrl)].sort(), names);
    assert.deepEqual([...fixedNames('/hook?Command=1&x=2')].sort(), [...names, 'x'].sort());
  });
});

describe("a caller's copy of a fixed parameter", () => {
  const fixed = fixedNames(botUrl);
  const copies = [
    'command=/other',
    'command',
    'a=1&command=/other',
    'a=1;command=/other',
    '&&command=',
    'COMMAND=1',
    'Command=1',
    '%63ommand=1',
    '%63%4F%4d%6d%61%6E%64=1',
    '+command=1',
    '%20%09command=1',
    'command+=1',
    'command%00x=1',
    'command[]=1',
    'command%5B%5D=1',
    'command[a][b]=1',
    'command[=1',
    'command]=1',
    '[command]=1',
    '%5Bcommand%5D=1',
    'user_id=9',
    'user.id=9',
    'user+id=9',
    'user%20id=9',
    'user[id=9',
    'user%5bid=9',
    'redirect_to=https://evil.example',
    'content=x',
    'api_key=x',
    'public_user_token=x',
  ];
  for (const fields of copies) {
    test(`${fields} is one`, () => assert.ok(givesFixed(fields, fixed)));
  }

  const others = [
    '',
    '&',
    'x=command',
    'x=command%3D1',
    'x=1%26command=2',
    'commands=1',
    'command_id=1',
    'my[command]=1',
    'userid=9',
    'user-id=9',
    'user[id]=9',
    'MERCHANT_ID=1&AMOUNT=5&intid=8&SIGN=abc&us_content=1',
  ];
  for (const fields of others) {
    test(`${fields || 'nothing'} is none`, () => assert.ok(!givesFixed(fields, fixed)));
  }

  test('is found by every spelling of its escapes and case, wherever it stands', () => {
    const spelled = fc
      .constantFrom('command', 'user_id', 'redirect_to')
      .chain((name) =>
        fc.tuple(
          ...Array.from(name, (letter) =>
            fc.constantFrom(
              letter,
              letter.toUpperCase(),
              `%${letter.charCodeAt(0).toString(16)}`,
              `%${letter.toUpperCase().charCodeAt(0).toString(16).toUpperCase()}`,
            ),
          ),
        ),
      )
      .map((letters) => letters.join(''));
    const noise = fc.array(fc.webQueryParameters(), { maxLength: 3 });
    fc.assert(
      fc.property(noise, spelled, noise, (before, name, after) => {
        assert.ok(givesFixed([...before, `${name}=1`, ...after].join('&'), fixed));
      }),
    );
  });
});

describe('the canonical name of a field', () => {
  test('does not change when it is taken again', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'B', '[', ']', ' ', '.', '_', '\0', 'я') }),
        (name) => {
          assert.equal(canonicalName(canonicalName(name)), canonicalName(name));
        },
      ),
    );
  });
});

describe('what the bot host is called with', () => {
  const cases: readonly [target: string, callers: string, expected: string][] = [
    [botUrl, '/pay', botUrl],
    [botUrl, '/pay?', botUrl],
    [botUrl, '/pay?a=%20+&&b', `${botUrl}&a=%20+&&b`],
    ['/secret', '/pay?a=1', '/secret?a=1'],
    ['/secret', '/pay?a=1?b=2', '/secret?a=1?b=2'],
  ];
  for (const [target, callers, expected] of cases) {
    test(`${callers} for ${target}`, () => assert.equal(pinnedTarget(target, callers), expected));
  }
});
