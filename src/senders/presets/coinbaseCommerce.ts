import { emptyOk } from '../acknowledgements.ts';
import type { SenderPreset } from '../contract.ts';
import { bodyHmacVerifier } from '../signature/bodyHmac.ts';
import { hexBytes } from '../signature/encoding.ts';
import { hmacKeys } from '../signature/hmac.ts';

export const coinbaseCommerce: SenderPreset = {
  name: 'coinbase-commerce',
  title: 'Coinbase Commerce',
  signature: 'HMAC-SHA256 of the body, hex, in `X-CC-Webhook-Signature`',
  secret: 'the webhook shared secret',
  settings: { required: [], optional: [] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers'],
  answer: {
    mode: 'ack',
    acknowledgement: emptyOk,
    success: [200],
    readsBody: false,
    waitsMs: null,
  },
  retries: {
    on: 'any answer but 200',
    schedule: 'with growing pauses of up to an hour, for up to 3 days',
    tooManyRequests: 'retried',
    windowMs: 3 * 86_400_000,
  },
  eventId: ['json:/event/id'],
  sources: [
    'https://github.com/coinbase/coinbase-commerce-node/blob/d46c596/lib/Webhook.js',
    'https://docs.cdp.coinbase.com/commerce/api-arcitecture/webhooks-overview',
  ],
  unknown: ['how long it waits for an answer', 'its addresses'],
  verifier: ({ secrets }) =>
    bodyHmacVerifier({
      algorithm: 'sha256',
      keys: hmacKeys(secrets),
      header: 'x-cc-webhook-signature',
      decode: hexBytes,
    }),
};
