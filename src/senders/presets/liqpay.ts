import { createHash } from 'node:crypto';
import type { SenderPreset, Verify } from '../contract.ts';
import { callFields, soleField } from '../signature/callFields.ts';
import { digestUnder } from '../signature/digest.ts';
import { base64Bytes } from '../signature/encoding.ts';
import { unknownAnswer, unknownRetries } from '../unknown.ts';

function verifier(secrets: readonly string[]): Verify {
  const isDigest = digestUnder(secrets);
  return (call) => {
    const fields = callFields(call);
    if (fields === null) return 'signature-malformed';
    const [data, signed] = [soleField(fields, 'data'), soleField(fields, 'signature')];
    if ('problem' in data) return data.problem;
    if ('problem' in signed) return signed.problem;
    const signature = base64Bytes(signed.value);
    if (signature === null) return 'signature-malformed';
    const isRight = isDigest(signature, (secret) =>
      createHash('sha1').update(secret).update(data.value).update(secret).digest(),
    );
    return isRight ? 'verified' : 'signature-wrong';
  };
}

export const liqpay: SenderPreset = {
  name: 'liqpay',
  title: 'LiqPay',
  signature: 'SHA-1 of `{private key}{data}{private key}`, base64, in the form field `signature`',
  secret: 'the private key',
  settings: { required: [], optional: [] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers', 'body-fields', 'body-spelling'],
  answer: unknownAnswer,
  retries: unknownRetries,
  // Payment and status stand inside the base64 of `data`, where no place of a key can point.
  eventId: null,
  sources: [
    'https://www.liqpay.ua/documentation/en/api/callback',
    'https://github.com/liqpay/sdk-python/blob/ae28730/liqpay/liqpay3.py',
  ],
  unknown: [
    'what it takes for success',
    'how long it waits for an answer',
    'whether, when and how often it sends again',
  ],
  notes: [
    'Copies are not looked for: the payment and its status stand inside the base64 of `data`.',
    'Of the form `data` alone is signed, and no time.',
  ],
  verifier: ({ secrets }) => verifier(secrets),
};
