import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CapturedRequest } from '../../../src/core/webhook.ts';
import { publicUrlOf } from '../../../src/core/publicUrl.ts';

const request = (headers: readonly string[], changes: Partial<CapturedRequest> = {}): CapturedRequest => ({
  method: 'GET',
  target: '/hook?a=%20&&b',
  headers,
  body: new Uint8Array(0),
  ip: '192.0.2.1',
  scheme: 'https',
  ...changes,
});

describe('the public URL of a webhook', () => {
  const table: readonly [string, string][] = [
    ['bots.example', 'https://bots.example/hook?a=%20&&b'],
    ['bots.example:8443', 'https://bots.example:8443/hook?a=%20&&b'],
    ['[2001:db8::1]:80', 'https://[2001:db8::1]:80/hook?a=%20&&b'],
    ['192.0.2.9', 'https://192.0.2.9/hook?a=%20&&b'],
    ['a.example/evil', 'https://localhost/hook?a=%20&&b'],
    ['user@a.example', 'https://localhost/hook?a=%20&&b'],
    ['a.example?x=', 'https://localhost/hook?a=%20&&b'],
    ['a.example:port', 'https://localhost/hook?a=%20&&b'],
    ['a"b', 'https://localhost/hook?a=%20&&b'],
    ['', 'https://localhost/hook?a=%20&&b'],
    ['b\u00fccher.example', 'https://localhost/hook?a=%20&&b'],
    ['a'.repeat(256), 'https://localhost/hook?a=%20&&b'],
  ];
  for (const [host, url] of table)
    test(`with Host ${JSON.stringify(host.slice(0, 30))}`, () =>
      assert.equal(publicUrlOf(null, request(['Host', host])), url));

  test('without a Host the authority is localhost, with the scheme of the listener', () => {
    assert.equal(publicUrlOf(null, request([], { scheme: 'http' })), 'http://localhost/hook?a=%20&&b');
  });

  test('a configured public URL wins over what the caller says', () => {
    const url = publicUrlOf('https://hooks.example', request(['Host', 'evil.example'], { scheme: 'http' }));
    assert.equal(url, 'https://hooks.example/hook?a=%20&&b');
  });
});
