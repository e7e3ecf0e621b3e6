import { createPrivateKey, sign as signature } from 'node:crypto';
import type { SenderSetup, Sign } from './contract.ts';
import { chosen, jsonType, mac, post, type Chosen } from './request.ts';

export const setup: SenderSetup = {
  secrets: [1, 2, 3].map((seed) => `whsec_${Buffer.alloc(32, seed).toString('base64')}`),
  signatureHeader: 'webhook-signature',
  toleranceMs: 300_000,
};

/** A key pair as Svix writes it: `whsk_` and base64 of the 32 bytes of the seed and those of the public key. */
export interface KeyPair {
  readonly private: string;
  readonly public: string;
}

export const messageId = 'msg_p5jXN8AQM9LWM0D4loKWxJek';

const event = '{"type":"invoice.paid","timestamp":"2026-05-17T12:00:00Z","data":{"id":"in_1"}}';

const headersOf = ({ seconds }: Chosen, signatures: string) => [
  ...jsonType,
  'webhook-id',
  messageId,
  'webhook-timestamp',
  seconds,
  'webhook-signature',
  signatures,
];

export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, event);
  const key = Buffer.from(call.secret.replace(/^whsec_/, ''), 'base64');
  const signed = mac('sha256', key, 'base64', [`${messageId}.${call.seconds}.`, call.body]);
  return post(call, headersOf(call, `v1,${signed}`));
};

/** Signs with the private key of a pair, as `v1a`. */
export function signWithPair(pair: KeyPair, params: Parameters<Sign>[0] = {}): ReturnType<Sign> {
  const call = chosen(params, setup, event);
  const seed = Buffer.from(pair.private.replace(/^whsk_/, ''), 'base64').subarray(0, 32);
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const message = Buffer.concat([Buffer.from(`${messageId}.${call.seconds}.`), call.body]);
  return post(call, headersOf(call, `v1a,${signature(null, message, key).toString('base64')}`));
}
