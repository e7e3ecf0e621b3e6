import type { KeyObject } from 'node:crypto';
import type { SenderPreset, Verify } from '../contract.ts';
import { hexBytes } from '../signature/encoding.ts';
import { soleHeader } from '../signature/header.ts';
import { hmacKeys, isSignedBy } from '../signature/hmac.ts';
import { jsonObject, stringMember } from '../signature/jsonTree.ts';

/** What the merchant's key signs, and what the key of payouts does. */
const paymentTypes = ['invoice', 'white_label', 'static_address', 'payment_link', 'donation'];
const payoutTypes = ['payout'];

interface Keys {
  readonly payments: readonly KeyObject[];
  readonly payouts: readonly KeyObject[];
}

/** The keys that a call may be signed with; all where OxaPay has added a type. Null where the body has none. */
function keysFor(body: Uint8Array, { payments, payouts }: Keys): readonly KeyObject[] | null {
  const object = jsonObject(body);
  const type = object === null ? null : stringMember(object.members, 'type');
  if (type === null) return null;
  if (paymentTypes.includes(type)) return payments;
  return payoutTypes.includes(type) ? payouts : [...payments, ...payouts];
}

function verifier(secrets: readonly string[], payoutKeys: readonly string[]): Verify {
  const payments = hmacKeys(secrets);
  const keys: Keys = { payments, payouts: payoutKeys.length === 0 ? payments : hmacKeys(payoutKeys) };
  return ({ headers, body }) => {
    const found = soleHeader(headers, 'hmac');
    if ('problem' in found) return found.problem;
    const signature = hexBytes(found.value);
    if (signature === null) return 'signature-malformed';
    const fitting = keysFor(body, keys);
    if (fitting === null) return 'signature-wrong';
    const isRight = isSignedBy({
      algorithm: 'sha512',
      keys: fitting,
      parts: [body],
      signatures: [signature],
    });
    return isRight ? 'verified' : 'signature-wrong';
  };
}

const minuteMs = 60_000;

export const oxapay: SenderPreset = {
  name: 'oxapay',
  title: 'OxaPay',
  signature: "HMAC-SHA512 of the body, hex, in `HMAC`; the key depends on the body's `type`",
  secret: 'the merchant API key',
  settings: { required: [], optional: ['payoutKeys'] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers'],
  answer: {
    mode: 'ack',
    acknowledgement: { status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok' },
    success: 'word',
    readsBody: false,
    waitsMs: null,
  },
  retries: {
    on: 'any answer but 200 with `ok`',
    schedule: '4 times: after 1 minute, 3 minutes, 30 minutes and 3 hours',
    tooManyRequests: 'retried',
    windowMs: (1 + 3 + 30 + 180) * minuteMs,
  },
  // Payments to one static address may share a `track_id`: the signature, which differs with the body, tells them apart.
  eventId: ['json:/track_id', 'json:/status', 'header:HMAC'],
  sources: [
    'https://docs.oxapay.com/webhook',
    'https://github.com/OxaPay/n8n-nodes-oxapay/blob/6a09aef/nodes/OxaPay/OxaPayTrigger.node.ts',
    'https://github.com/bots-business/store-libs/blob/034cd50/OxaPayLibV1.js',
  ],
  unknown: [
    'how long it waits for an answer',
    'whether each payment to a static address has a `track_id` of its own, and whether a call that is sent again has the same bytes: only such are taken for copies',
    'how old a call may be: no time is looked at',
    'its addresses',
  ],
  notes: ['Without `payoutKeys` payouts are checked with the secrets too.'],
  verifier: ({ secrets, settings }) => verifier(secrets, settings.payoutKeys ?? []),
};
