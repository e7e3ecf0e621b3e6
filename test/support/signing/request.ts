import { createHmac } from 'node:crypto';
import {
  bytesOf,
  calledUrl,
  signingTime,
  targetOf,
  type SenderSetup,
  type SignParams,
  type SignedRequest,
} from './contract.ts';

/** What a signer signs: what was asked for, or what is typical. */
export interface Chosen {
  readonly secret: string;
  readonly url: string;
  readonly body: Uint8Array;
  /** Unix seconds, as text. */
  readonly seconds: string;
}

export function chosen(params: SignParams, setup: SenderSetup, typicalBody: string): Chosen {
  const { secret = setup.secrets[0] ?? '', url = calledUrl, body = typicalBody } = params;
  const seconds = String(Math.floor((params.signedAt ?? signingTime) / 1000));
  return { secret, url, body: bytesOf(body), seconds };
}

export const jsonType = ['Content-Type', 'application/json'] as const;
export const formType = ['Content-Type', 'application/x-www-form-urlencoded'] as const;

export function post({ url, body }: Chosen, headers: readonly string[]): SignedRequest {
  return { method: 'POST', url, target: targetOf(url), headers, body };
}

/** An HMAC of `parts`, written as `encoding`. */
export function mac(
  algorithm: 'sha1' | 'sha256' | 'sha512',
  key: string | Uint8Array,
  encoding: 'hex' | 'base64' | 'base64url',
  parts: readonly (string | Uint8Array)[],
): string {
  const hmac = createHmac(algorithm, key);
  for (const part of parts) hmac.update(part);
  return hmac.digest(encoding);
}
