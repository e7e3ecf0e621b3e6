import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { describe, it } from 'node:test';
import { ed25519Key, isEd25519SignedBy, isPublicKey } from '../../../src/senders/signature/ed25519.ts';

/** The points of small order, and the other spellings that two of them have. */
const smallOrder = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];

/** What is signed by nobody: the point at infinity, and zero. */
const nobodys = Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]);

describe('Ed25519 keys', () => {
  for (const hex of smallOrder) {
    it(`are none of small order, under which OpenSSL takes nobody's signature: ${hex.slice(0, 8)}`, () => {
      const bytes = Buffer.from(hex, 'hex');
      const key = ed25519Key(bytes);
      const messages = Array.from({ length: 64 }, (_, at) => Buffer.from([at]));
      assert.ok(messages.some((message) => verify(null, message, key, nobodys)));
      assert.equal(isPublicKey(bytes), false);
      const signed = Buffer.from(bytes);
      signed[31] = (signed[31] ?? 0) | 0x80;
      assert.equal(isPublicKey(signed), false);
    });
  }

  it('are 32 bytes long', () => {
    for (const length of [0, 31, 33, 64]) assert.equal(isPublicKey(Buffer.alloc(length, 7)), false);
    assert.equal(isPublicKey(Buffer.alloc(32, 7)), true);
  });

  it('are what node:crypto reads from the same bytes', () => {
    const x = Buffer.from('1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=', 'base64');
    const jwk = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') },
      format: 'jwk',
    });
    assert.ok(ed25519Key(x).equals(jwk));
  });

  it('take no signature of any other length', () => {
    const keys = [ed25519Key(Buffer.alloc(32, 9))];
    for (const length of [0, 1, 63, 65, 1_000]) {
      const signatures = [Buffer.alloc(length)];
      assert.equal(isEd25519SignedBy({ keys, message: Buffer.from('a'), signatures }), false);
    }
  });
});
