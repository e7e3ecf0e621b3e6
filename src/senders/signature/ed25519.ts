// Ed25519 signatures under keys that are given as their 32 bytes.
import { createPublicKey, verify, type KeyObject } from 'node:crypto';

export const publicKeyBytes = 32;

/** The DER head of an Ed25519 SubjectPublicKeyInfo (RFC 8410); the key's bytes follow. */
const derHead = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * The y coordinates of the points of small order, the sign bit cleared. Under such a key, all zeros among them, anybody
 * can sign: OpenSSL takes the signature of zeros (tried in test/unit/senders/ed25519.test.ts).
 */
const smallOrder: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** Whether `bytes` can be a key at all: 32 bytes, of no point that proves nothing. */
export function isPublicKey(bytes: Uint8Array): boolean {
  if (bytes.byteLength !== publicKeyBytes) return false;
  const unsigned = Buffer.from(bytes);
  unsigned[31] = (unsigned[31] ?? 0) & 0x7f;
  return !smallOrder.has(unsigned.toString('hex'));
}

/** The key of 32 bytes that `isPublicKey` takes. */
export function ed25519Key(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([derHead, bytes]), format: 'der', type: 'spki' });
}

/** Whether one of `signatures` is right for `message` under one of `keys`. */
export function isEd25519SignedBy(params: {
  readonly keys: readonly KeyObject[];
  readonly message: Uint8Array;
  readonly signatures: readonly Uint8Array[];
}): boolean {
  const { keys, message, signatures } = params;
  return keys.some((key) => signatures.some((signature) => verify(null, message, key, signature)));
}
