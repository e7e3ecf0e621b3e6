import { emptyOk } from '../acknowledgements.ts';
import type { SenderPreset, Verify } from '../contract.ts';
import { soleHeader } from '../signature/header.ts';
import { hmacKeys, isSignedBy } from '../signature/hmac.ts';
import { timedSignatures } from '../signature/timedList.ts';
import { staleness, unixSeconds } from '../signature/timestamp.ts';

/** As in Paddle's own SDK, and for times ahead too, which that lets pass. */
const toleranceMs = 5_000;

/** Several `h1` while a secret is rotated: the SDK looks at the last alone, any of them counts here. */
const marks = { separator: ';', time: 'ts', signature: 'h1' };

function verifier(secrets: readonly string[]): Verify {
  const keys = hmacKeys(secrets);
  return ({ headers, body, receivedAt }) => {
    const found = soleHeader(headers, 'paddle-signature');
    if ('problem' in found) return found.problem;
    const parsed = timedSignatures(found.value, marks);
    const signedAt = parsed === null ? null : unixSeconds(parsed.time);
    if (parsed === null || signedAt === null) return 'signature-malformed';
    const { time, signatures } = parsed;
    if (!isSignedBy({ algorithm: 'sha256', keys, parts: [`${time}:`, body], signatures }))
      return 'signature-wrong';
    return staleness(signedAt, receivedAt, toleranceMs) ?? 'verified';
  };
}

export const paddle: SenderPreset = {
  name: 'paddle',
  title: 'Paddle Billing',
  signature: 'HMAC-SHA256 of `{timestamp}:{body}`, hex, in `Paddle-Signature` (`ts=`, `h1=`); 5 seconds',
  secret: "the notification destination's secret key",
  settings: { required: [], optional: [] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers'],
  answer: {
    mode: 'ack',
    acknowledgement: emptyOk,
    success: [200],
    readsBody: false,
    waitsMs: 5_000,
  },
  retries: {
    on: 'any answer but 200, and none within 5 s',
    schedule: '60 times within 3 days, the first 20 within an hour; in the sandbox 3 times within 15 minutes',
    tooManyRequests: 'retried',
    windowMs: 3 * 86_400_000,
  },
  eventId: ['json:/event_id'],
  sources: [
    'https://github.com/PaddleHQ/paddle-node-sdk/blob/b8ee4b1/src/notifications/helpers/webhooks-validator.ts',
    'https://developer.paddle.com/webhooks/about/respond-to-webhooks',
  ],
  secondary: ['the first 20 repeats within an hour', 'the repeats in the sandbox'],
  unknown: [],
  notes: [
    'A clock that is 5 seconds off makes every call stale: keep NTP running.',
    "`notification_id` is a delivery's, `event_id` the event's own.",
  ],
  verifier: ({ secrets }) => verifier(secrets),
};
