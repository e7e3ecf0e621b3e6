// Stripe: https://github.com/stripe/stripe-node (src/Webhooks.ts); docs.stripe.com/webhooks.
import { hexBytes } from '../signature/encoding.ts';
import { soleHeader } from '../signature/header.ts';
import { hmacKeys, isSignedBy } from '../signature/hmac.ts';
import { staleness, unixSeconds } from '../signature/timestamp.ts';
import type { SenderPreset, Verify } from '../contract.ts';

const toleranceMs = 300_000;

/** `t=TIME,v1=HEX[,v1=HEX]`; schemes other than v1 are passed over, as Stripe asks. */
function parse(header: string): { readonly time: string; readonly signatures: Buffer[] } | null {
  let time: string | null = null;
  const signatures: Buffer[] = [];
  for (const element of header.split(',')) {
    const [name, value = ''] = element.split('=', 2);
    if (name === 't') {
      if (time !== null) return null;
      time = value;
    } else if (name === 'v1') {
      const bytes = hexBytes(value);
      if (bytes !== null) signatures.push(bytes);
    }
  }
  return time === null || signatures.length === 0 ? null : { time, signatures };
}

function verifier(secrets: readonly string[]): Verify {
  const keys = hmacKeys(secrets);
  return ({ headers, body, receivedAt }) => {
    const found = soleHeader(headers, 'stripe-signature');
    if ('problem' in found) return found.problem;
    const parsed = parse(found.value);
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
  signature: 'HMAC-SHA256 of `{timestamp}.{body}`, hex, in `Stripe-Signature` (`t=`, `v1=`)',
  secret: "The endpoint's signing secret, `whsec_...`, whole",
  settings: { required: [], optional: [] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers'],
  answer: {
    mode: 'ack',
    acknowledgement: { status: 200, contentType: 'text/plain; charset=utf-8', body: '' },
    success: 'any-2xx',
    readsBody: false,
    waitsMs: null,
  },
  retries: {
    on: 'any answer but 2xx',
    schedule: 'growing pauses, up to 3 days',
    tooManyRequests: 'retried',
    windowMs: 3 * 86_400_000,
  },
  eventId: ['json:/id'],
  sources: [
    'https://github.com/stripe/stripe-node/blob/6639421/src/Webhooks.ts',
    'https://docs.stripe.com/webhooks',
  ],
  unknown: ['how long it waits for an answer'],
  verifier: ({ secrets }) => verifier(secrets),
};
