import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { SenderCall, SenderPreset, SenderSettingProblem, Verify } from '../contract.ts';
import { base64Bytes } from '../signature/encoding.ts';
import { soleHeader } from '../signature/header.ts';

/** The RSA key of a PEM text; null for anything else, private keys and certificates among it. */
function publicKey(pem: string): KeyObject | null {
  if (!/^\s*-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(pem)) return null;
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'rsa' ? key : null;
  } catch {
    return null;
  }
}

/** The whole URL of a GET, the body of a POST; null where the other half is there too, which nobody signed. */
function signedBytes({ method, url, body }: SenderCall): Uint8Array | null {
  if (method === 'GET') return body.byteLength === 0 ? Buffer.from(url, 'utf8') : null;
  // A signed URL must not come back as the body of a POST: its fields would be read from there.
  return /^https?:\/\//i.test(Buffer.from(body.subarray(0, 8)).toString('latin1')) ? null : body;
}

function verifier(secrets: readonly string[]): Verify {
  const keys = secrets.map(publicKey).filter((key) => key !== null);
  return (call) => {
    const found = soleHeader(call.headers, 'x-ca-signature');
    if ('problem' in found) return found.problem;
    const signature = base64Bytes(found.value);
    if (signature === null) return 'signature-malformed';
    const signed = signedBytes(call);
    if (signed === null) return 'signature-wrong';
    const isRight = keys.map((key) => verify('sha256', signed, key, signature));
    return isRight.includes(true) ? 'verified' : 'signature-wrong';
  };
}

function problemOf(secret: string, index: number): SenderSettingProblem[] {
  const message = 'is no RSA public key in PEM, which begins `-----BEGIN PUBLIC KEY-----`';
  return publicKey(secret) === null ? [{ at: ['secrets', index], message }] : [];
}

export const cryptapi: SenderPreset = {
  name: 'cryptapi',
  title: 'CryptAPI',
  signature:
    'RSA-SHA256 (PKCS #1 v1.5) of the URL of a GET or the body of a POST, base64, in `x-ca-signature`',
  secret: 'its public key in PEM, as published at https://api.cryptapi.io/pubkey/',
  settings: { required: [], optional: [] },
  signsUrl: true,
  checksAddress: false,
  unsigned: ['path', 'query', 'headers'],
  answer: {
    mode: 'ack',
    acknowledgement: { status: 200, contentType: 'text/plain; charset=utf-8', body: '*ok*' },
    success: 'word',
    readsBody: false,
    waitsMs: null,
  },
  retries: {
    on: 'any answer but 200 with `*ok*` alone',
    schedule: null,
    tooManyRequests: 'retried',
    windowMs: null,
  },
  // A payment is told of twice under one uuid: while it is pending, and when it is confirmed.
  eventId: ['param:uuid', 'param:pending'],
  sources: [
    'https://docs.cryptapi.io/webhooks',
    'https://docs.cryptapi.io/webhooks/verify-webhook-signature',
    'https://docs.cryptapi.io/webhooks/custom-payment-flow-webhooks',
    'https://api.cryptapi.io/pubkey/',
    'https://github.com/cryptapi/woocommerce-cryptapi/blob/d35865f/controllers/CryptAPI.php',
  ],
  unknown: [
    'how long it waits for an answer',
    'when, how often and for how long it sends again',
    'its addresses',
  ],
  notes: [
    'Of a POST the body alone is signed: its URL, with the parameters that you put there, is not. Of a GET the URL is.',
    'With `json=1` the body is JSON: copies are then looked for only where `dedupe.key` says `json:/uuid` and `json:/pending`.',
    'Its key has 1024 bits, which is little today.',
  ],
  check: ({ secrets }) => secrets.flatMap(problemOf),
  verifier: ({ secrets }) => verifier(secrets),
};
