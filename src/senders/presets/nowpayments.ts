import type { SenderPreset, Verify } from '../contract.ts';
import { hexBytes } from '../signature/encoding.ts';
import { hmacKeys, isSignedBy } from '../signature/hmac.ts';
import { jsonObject } from '../signature/jsonTree.ts';
import { quotedByJavaScript, quotedByPhp, writtenObject, type JsonStyle } from '../signature/jsonWriter.ts';
import { soleHeader } from '../signature/header.ts';
import { unknownAnswer } from '../unknown.ts';

/**
 * What NOWPayments documents. Its Node.js SDK sorts every object; its PHP sample the outermost alone. The older Node.js
 * sample, `JSON.stringify(params, Object.keys(params).sort())`, gives the first form wherever it loses nothing; where it
 * would drop members of inner objects it is not taken, since those would then be signed by nobody.
 */
const styles: readonly JsonStyle[] = [
  { quoted: quotedByJavaScript, sorted: 'all' },
  { quoted: quotedByPhp, sorted: 'outermost' },
];

function verifier(secrets: readonly string[]): Verify {
  const keys = hmacKeys(secrets.map((secret) => secret.trim()));
  return ({ headers, body }) => {
    const found = soleHeader(headers, 'x-nowpayments-sig');
    if ('problem' in found) return found.problem;
    const signature = hexBytes(found.value);
    if (signature === null) return 'signature-malformed';
    const object = jsonObject(body);
    if (object === null) return 'signature-wrong';
    const isRight = styles
      .map((style) => writtenObject(object.members, style))
      .map((text) => isSignedBy({ algorithm: 'sha512', keys, parts: [text], signatures: [signature] }));
    return isRight.includes(true) ? 'verified' : 'signature-wrong';
  };
}

export const nowpayments: SenderPreset = {
  name: 'nowpayments',
  title: 'NOWPayments',
  signature: "HMAC-SHA512 of the body's JSON with sorted members, compact, hex, in `x-nowpayments-sig`",
  secret: 'the IPN secret key; spaces around it do not count',
  settings: { required: [], optional: [] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers', 'body-spelling'],
  answer: { ...unknownAnswer, waitsMs: 3_000 },
  retries: {
    on: 'an error',
    schedule: 'as often and at such intervals as the store settings say, e.g. 3 times a minute apart',
    tooManyRequests: null,
    windowMs: null,
  },
  eventId: ['json:/payment_id', 'json:/payment_status'],
  sources: [
    'https://github.com/NowPaymentsIO/nowpayments-sdk-nodejs/blob/f923043/src/ipn.js',
    'https://github.com/NowPaymentsIO/nowpayments-payment-gateway-for-woocommerce/blob/e82844f/class-wc-gateway-nowpayments.php',
    'https://github.com/APIs-guru/openapi-directory/blob/0c14faf/APIs/nowpayments.io/1.0.0/openapi.yaml',
    'https://nowpayments.zendesk.com/hc/en-us/articles/21395546303389-IPN-and-how-to-setup',
  ],
  unknown: [
    'what it takes for success, and which answers are an error',
    'whether 429 makes it send again',
    'how it signs a number that is written otherwise than JavaScript would: the text that was sent is taken',
  ],
  notes: [
    'No time is signed: a captured call can be sent again, and is known as a copy by its payment and status.',
  ],
  verifier: ({ secrets }) => verifier(secrets),
};
