import { createHash } from 'node:crypto';
import type { SenderPreset } from '../contract.ts';
import { bodyHmacVerifier } from '../signature/bodyHmac.ts';
import { hexBytes } from '../signature/encoding.ts';
import { hmacKeys } from '../signature/hmac.ts';
import { unknownAnswer } from '../unknown.ts';

/** The HMAC's key is not the token but the bytes of its digest. */
const keyOf = (token: string) => createHash('sha256').update(token, 'utf8').digest();

export const cryptoPay: SenderPreset = {
  name: 'crypto-pay',
  title: 'Crypto Pay (Crypto Bot)',
  signature: 'HMAC-SHA256 of the body under the SHA-256 of the token, hex, in `crypto-pay-api-signature`',
  secret: "the app's API token",
  settings: { required: [], optional: [] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers'],
  answer: unknownAnswer,
  retries: {
    on: 'failures: each update is sent at least once',
    schedule: null,
    tooManyRequests: null,
    windowMs: null,
  },
  eventId: ['json:/payload/invoice_id', 'json:/update_type'],
  sources: [
    'https://github.com/Foile/crypto-pay-api/tree/e49fcad',
    'https://unpkg.com/@gramio/crypto-pay-api/dist/index.js',
    'https://docs.rs/crypto-pay-api (examples/axum_webhook.rs)',
  ],
  secondary: [
    'the signature, as libraries of third parties check it',
    'that an update is sent at least once',
    'that `update_id` is not unique, so that invoice and type stand for it',
  ],
  unknown: [
    'what it takes for success',
    'how long it waits for an answer',
    'when and how often it sends again',
    'its addresses',
  ],
  notes: ['No time is signed: `request_date` in the body tells when the call was made.'],
  verifier: ({ secrets }) =>
    bodyHmacVerifier({
      algorithm: 'sha256',
      keys: hmacKeys(secrets, keyOf),
      header: 'crypto-pay-api-signature',
      decode: hexBytes,
    }),
};
