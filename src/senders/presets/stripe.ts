import { emptyOk } from '../acknowledgements.ts';
import type { SenderPreset, Verify } from '../contract.ts';
import { soleHeader } from '../signature/header.ts';
import { hmacKeys, isSignedBy } from '../signature/hmac.ts';
import { timedSignatures } from '../signature/timedList.ts';
import { staleness, unixSeconds } from '../signature/timestamp.ts';

/** As in Stripe's own libraries, and for times ahead too, which those let pass. */
const toleranceMs = 300_000;

/** Several `v1` while a secret is rotated; `v0` is for tests only and must be passed over. */
const marks = { separator: ',', time: 't', signature: 'v1' };

function verifier(secrets: readonly string[]): Verify {
  const keys = hmacKeys(secrets);
  return ({ headers, body, receivedAt }) => {
    const found = soleHeader(headers, 'stripe-signature');
    if ('problem' in found) return found.problem;
    const parsed = timedSignatures(found.value, marks);
    const signedAt = parsed === null ? null : unixSeconds(parsed.time);
    if (parsed === null || signedAt === null) return 'signature-malformed';
    const { time, signatures } = parsed;
    if (!isSignedBy({ algorithm: 'sha256', keys, parts: [`${time}.`, body], signatures }))
      return 'signature-wrong';
    return staleness(signedAt, receivedAt, toleranceMs) ?? 'verified';
  };
}

export const stripe: SenderPreset = {
  name: 'stripe',
  title: 'Stripe',
  signature: 'HMAC-SHA256 of `{timestamp}.{body}`, hex, in `Stripe-Signature` (`t=`, `v1=`); 5 minutes',
  secret: "the endpoint's signing secret, `whsec_...`, whole",
  settings: { required: [], optional: [] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers'],
  answer: {
    mode: 'ack',
    acknowledgement: emptyOk,
    success: 'any-2xx',
    readsBody: false,
    waitsMs: null,
  },
  retries: {
    on: 'any answer but 2xx',
    schedule: 'with growing pauses for up to 3 days; in a sandbox 3 times within hours',
    tooManyRequests: 'retried',
    windowMs: 3 * 86_400_000,
  },
  eventId: ['json:/id'],
  sources: [
    'https://github.com/stripe/stripe-node/blob/6639421/src/Webhooks.ts',
    'https://docs.stripe.com/webhooks',
  ],
  secondary: ['how often and for how long it sends again'],
  unknown: ['how long it waits for an answer'],
  verifier: ({ secrets }) => verifier(secrets),
};
