import type { SenderPreset, Verify } from '../contract.ts';
import { base64Bytes } from '../signature/encoding.ts';
import { hmacKeys, isSignedBy } from '../signature/hmac.ts';
import { soleHeaders } from '../signature/soleHeaders.ts';
import { unknownAnswer, unknownRetries } from '../unknown.ts';

const headerNames = [
  'x-coinpayments-client',
  'x-coinpayments-timestamp',
  'x-coinpayments-signature',
] as const;

/** In UTC. Nothing parts it from the body in what is signed, so that it must not end in anything else. */
const timestampPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|\+00:00)?$/;

/** What is signed begins with a byte order mark. */
const mark = '\u{feff}';

function verifier(secrets: readonly string[], clientId: string): Verify {
  const keys = hmacKeys(secrets);
  return ({ method, url, headers, body }) => {
    const found = soleHeaders(headers, headerNames);
    if ('problem' in found) return found.problem;
    const { values } = found;
    const timestamp = values['x-coinpayments-timestamp'];
    const signature = base64Bytes(values['x-coinpayments-signature']);
    if (signature === null || !timestampPattern.test(timestamp)) return 'signature-malformed';
    const isRight = isSignedBy({
      algorithm: 'sha256',
      keys,
      parts: [`${mark}${method}${url}${clientId}${timestamp}`, body],
      signatures: [signature],
    });
    return isRight && values['x-coinpayments-client'] === clientId ? 'verified' : 'signature-wrong';
  };
}

export const coinpaymentsV3: SenderPreset = {
  name: 'coinpayments-v3',
  title: 'CoinPayments (API v3 webhooks)',
  signature:
    'HMAC-SHA256 of a byte order mark and `{method}{url}{client id}{timestamp}{body}`, base64, in `X-CoinPayments-Signature`',
  secret: "the integration's client secret",
  settings: { required: ['clientId'], optional: [] },
  signsUrl: true,
  checksAddress: false,
  unsigned: ['headers'],
  answer: unknownAnswer,
  retries: unknownRetries,
  eventId: null,
  sources: [
    'https://a-docs.coinpayments.net/api/webhooks/authenticating-requests',
    'https://a-docs.coinpayments.net/api/auth/generate-api-signature',
    'https://github.com/CoinPaymentsNet/examples/blob/f5bfd02/src/examples/webhook_processing.php',
  ],
  unknown: [
    'what it takes for success, and how long it waits for an answer',
    'whether, when and how often it sends again',
    'how old its timestamp may be: its age is not looked at',
    'whether the `id` in its body stays the same when it sends again: copies are not looked for unless `dedupe.key` says where',
  ],
  notes: ['CoinPayments asks that the address be checked too: `whitelist: [sender:coinpayments-v3]`.'],
  verifier: ({ secrets, settings }) => verifier(secrets, settings.clientId ?? ''),
};
