import { createHash } from 'node:crypto';
import type { SenderPreset, SenderSettings, Verify } from '../contract.ts';
import { callFields, soleField } from '../signature/callFields.ts';
import { digestUnder } from '../signature/digest.ts';
import { hexBytes } from '../signature/encoding.ts';
import { unknownRetries } from '../unknown.ts';

/** No order has these; MD5's padding does, behind which whoever holds a digest can lengthen the order. */
const control = /[\u0000-\u001f\u007f]/;

function verifier(secrets: readonly string[], { merchant: expected }: SenderSettings): Verify {
  const isDigest = digestUnder(secrets);
  return (call) => {
    const fields = callFields(call);
    if (fields === null) return 'signature-malformed';
    const merchant = soleField(fields, 'MERCHANT_ID');
    const amount = soleField(fields, 'AMOUNT');
    const order = soleField(fields, 'MERCHANT_ORDER_ID');
    const signed = soleField(fields, 'SIGN');
    if ('problem' in merchant) return merchant.problem;
    if ('problem' in amount) return amount.problem;
    if ('problem' in order) return order.problem;
    if ('problem' in signed) return signed.problem;
    const signature = hexBytes(signed.value);
    // A colon would let a part of one field pass for a part of the next.
    const isAmbiguous = merchant.value.includes(':') || amount.value.includes(':');
    if (signature === null || isAmbiguous || control.test(order.value)) return 'signature-malformed';
    const isRight = isDigest(signature, (secret) =>
      createHash('md5').update(`${merchant.value}:${amount.value}:${secret}:${order.value}`).digest(),
    );
    return isRight && (expected === undefined || merchant.value === expected)
      ? 'verified'
      : 'signature-wrong';
  };
}

export const freekassa: SenderPreset = {
  name: 'freekassa',
  title: 'FreeKassa',
  signature: 'MD5 of `{MERCHANT_ID}:{AMOUNT}:{secret word 2}:{MERCHANT_ORDER_ID}`, hex, in the field `SIGN`',
  secret: 'secret word 2',
  settings: { required: [], optional: ['merchant'] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query-fields', 'headers', 'body-fields', 'body-spelling'],
  answer: {
    mode: 'ack',
    acknowledgement: { status: 200, contentType: 'text/plain; charset=utf-8', body: 'YES' },
    success: 'word',
    readsBody: false,
    waitsMs: null,
  },
  retries: unknownRetries,
  eventId: ['param:intid'],
  sources: [
    'https://docs.freekassa.com',
    'https://www.npmjs.com/package/freekassa-node',
    'https://github.com/maksa988/laravel-freekassa/tree/7354f03',
  ],
  secondary: ['the word `YES`, and its addresses: the official page was not read to its end'],
  unknown: ['how long it waits for an answer', 'whether, when and how often it sends again'],
  notes: [
    'It calls by GET or POST, as the shop settings say.',
    'Of its fields merchant, amount and order alone are signed: whoever has one call can send it again under another `intid`, so that a bot must not credit an order twice.',
  ],
  verifier: ({ secrets, settings }) => verifier(secrets, settings),
};
