import { headerValue } from '../../core/headers.ts';
import { emptyOk } from '../acknowledgements.ts';
import type { SenderPreset } from '../contract.ts';
import { bodyHmacVerifier } from '../signature/bodyHmac.ts';
import { hexBytes } from '../signature/encoding.ts';
import { hmacKeys } from '../signature/hmac.ts';

export const github: SenderPreset = {
  name: 'github',
  title: 'GitHub',
  signature: 'HMAC-SHA256 of the body, hex, in `X-Hub-Signature-256` (`sha256=`)',
  secret: "the webhook's secret",
  settings: { required: [], optional: [] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers'],
  answer: {
    mode: 'ack',
    acknowledgement: emptyOk,
    success: 'any-2xx',
    readsBody: false,
    waitsMs: 10_000,
  },
  retries: {
    on: 'nothing: what failed is sent again only by hand or through the API',
    schedule: null,
    tooManyRequests: 'not-retried',
    windowMs: null,
  },
  eventId: ['header:X-GitHub-Delivery'],
  sources: [
    'https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries',
    'https://docs.github.com/webhooks/using-webhooks/best-practices-for-using-webhooks',
    'https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries',
  ],
  unknown: [],
  notes: [
    'The older `X-Hub-Signature` (SHA-1) is not looked at.',
    'A delivery that is sent again bears the id of the first: let it through with `dedupe.whenDelivered: deliver`.',
    'The ping on creation is answered here and never reaches the bot.',
  ],
  verifier: ({ secrets }) =>
    bodyHmacVerifier({
      algorithm: 'sha256',
      keys: hmacKeys(secrets),
      header: 'x-hub-signature-256',
      prefix: 'sha256=',
      decode: hexBytes,
    }),
  handshake: ({ headers }) => (headerValue(headers, 'x-github-event') === 'ping' ? emptyOk : null),
};
