import { generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { calledUrl, targetOf, type SenderSetup, type Sign } from './contract.ts';
import { chosen, formType, post } from './request.ts';

/** As long as CryptAPI's own. Private keys by the public ones that a route is configured with. */
const keys = new Map(
  [1, 2, 3].map(() => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
    return [publicKey.export({ type: 'spki', format: 'pem' }).toString(), privateKey] as const;
  }),
);

export const setup: SenderSetup = {
  secrets: [...keys.keys()],
  signatureHeader: 'x-ca-signature',
  toleranceMs: null,
};

const payment =
  'uuid=dbfcb40e-5a6b-4305-9fa2-b0fbda6e3ff2&address_in=3PFoGK63cVVUWnd2vu7W1kM83NXUfvzMqM&value_coin=0.05&confirmations=3&pending=0';

function signature(bytes: Uint8Array, secret: string): readonly string[] {
  const key = keys.get(secret);
  if (key === undefined) throw new Error('the secret is none of the setup');
  return ['x-ca-signature', signBytes('sha256', bytes, key).toString('base64')];
}

/** What a callback with `post=1` is sent. */
export const signPost: Sign = (params = {}) => {
  const call = chosen(params, setup, payment);
  return post(call, [...formType, ...signature(call.body, call.secret)]);
};

/** A GET, which is what CryptAPI sends unless told otherwise; a POST where a body is asked for. */
export const sign: Sign = (params = {}) => {
  if (params.body !== undefined) return signPost(params);
  const { secret = setup.secrets[0] ?? '', url: called = calledUrl } = params;
  const url = `${called}&${payment}`;
  const headers = signature(Buffer.from(url), secret);
  return { method: 'GET', url, target: targetOf(url), headers, body: Buffer.alloc(0) };
};
