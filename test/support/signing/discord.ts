import { createPrivateKey, sign as signature, type KeyObject } from 'node:crypto';
import type { SenderSetup, Sign } from './contract.ts';
import { chosen, jsonType, post } from './request.ts';

/** The private keys, by the public ones that stand in a route's `secrets`. */
const pairs: ReadonlyMap<string, KeyObject> = new Map(
  [1, 2, 3].map((seed) => {
    const der = Buffer.concat([
      Buffer.from('302e020100300506032b657004220420', 'hex'),
      Buffer.alloc(32, seed),
    ]);
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const { x = '' } = key.export({ format: 'jwk' });
    return [Buffer.from(x, 'base64url').toString('hex'), key];
  }),
);

export const setup: SenderSetup = {
  secrets: [...pairs.keys()],
  signatureHeader: 'x-signature-ed25519',
  toleranceMs: null,
};

const interaction =
  '{"id":"846462639134605312","application_id":"845027738276462632","type":2,"token":"made-up","version":1,"data":{"id":"846462639134605312","name":"roll"}}';

export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, interaction);
  const key = pairs.get(call.secret);
  if (key === undefined) throw new Error('there is no private key for this public one');
  const message = Buffer.concat([Buffer.from(call.seconds), call.body]);
  return post(call, [
    ...jsonType,
    'X-Signature-Ed25519',
    signature(null, message, key).toString('hex'),
    'X-Signature-Timestamp',
    call.seconds,
  ]);
};
