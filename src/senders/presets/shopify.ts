import { emptyOk } from '../acknowledgements.ts';
import type { SenderPreset } from '../contract.ts';
import { bodyHmacVerifier } from '../signature/bodyHmac.ts';
import { base64Bytes } from '../signature/encoding.ts';
import { hmacKeys } from '../signature/hmac.ts';

export const shopify: SenderPreset = {
  name: 'shopify',
  title: 'Shopify',
  signature: 'HMAC-SHA256 of the body, base64, in `X-Shopify-Hmac-SHA256`',
  secret: "the app's client secret",
  settings: { required: [], optional: [] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers'],
  answer: {
    mode: 'ack',
    acknowledgement: emptyOk,
    success: 'any-2xx',
    readsBody: false,
    waitsMs: 5_000,
  },
  retries: {
    on: 'any answer but 2xx, no connection within 1 s, no answer within 5 s',
    schedule: '8 times within 4 hours',
    tooManyRequests: 'retried',
    windowMs: 4 * 3_600_000,
  },
  eventId: ['header:X-Shopify-Webhook-Id'],
  sources: [
    'https://shopify.dev/docs/apps/build/webhooks/verify-deliveries',
    'https://shopify.dev/changelog/updates-to-webhook-retry-mechanism',
  ],
  unknown: [],
  notes: [
    'After 8 failures in a row Shopify deletes a subscription that was made through the Admin API.',
    'No time is signed: `X-Shopify-Triggered-At` tells how old an event is, and is not part of the signature.',
  ],
  verifier: ({ secrets }) =>
    bodyHmacVerifier({
      algorithm: 'sha256',
      keys: hmacKeys(secrets),
      header: 'x-shopify-hmac-sha256',
      decode: base64Bytes,
    }),
};
