// The commonest way to sign: one header with the HMAC of the body, and nothing else.
import type { KeyObject } from 'node:crypto';
import type { Verify } from '../contract.ts';
import { soleHeader } from './header.ts';
import { isSignedBy, type HmacAlgorithm } from './hmac.ts';

/** How the sender writes its signature. */
export interface BodyHmac {
  readonly algorithm: HmacAlgorithm;
  readonly keys: readonly KeyObject[];
  /** In lower case. */
  readonly header: string;
  /** What stands before the signature; left out: nothing. */
  readonly prefix?: string;
  /** Reads the signature's text strictly; null where it is none. */
  readonly decode: (text: string) => Buffer | null;
}

/** Checks an HMAC of the raw body. */
export function bodyHmacVerifier({ algorithm, keys, header, prefix = '', decode }: BodyHmac): Verify {
  return ({ headers, body }) => {
    const found = soleHeader(headers, header);
    if ('problem' in found) return found.problem;
    const signature = found.value.startsWith(prefix) ? decode(found.value.slice(prefix.length)) : null;
    if (signature === null) return 'signature-malformed';
    const isRight = isSignedBy({ algorithm, keys, parts: [body], signatures: [signature] });
    return isRight ? 'verified' : 'signature-wrong';
  };
}
