import { createHash } from 'node:crypto';
import type { SenderPreset, SenderSettings, Verify } from '../contract.ts';
import { digestUnder } from '../signature/digest.ts';
import { hexBytes } from '../signature/encoding.ts';
import { jsonObject } from '../signature/jsonTree.ts';
import { soleHeaders } from '../signature/soleHeaders.ts';
import { staleness, unixSeconds } from '../signature/timestamp.ts';

const toleranceMs = 120_000;

const headerNames = ['appid', 'timestamp', 'sign'] as const;

/** Ten digits, as documented: with more or fewer, digits could pass from the time into the body. */
const timestampPattern = /^\d{10}$/;

function verifier(secrets: readonly string[], { appId: expected }: SenderSettings): Verify {
  const isDigest = digestUnder(secrets);
  return ({ headers, body, receivedAt }) => {
    const found = soleHeaders(headers, headerNames);
    if ('problem' in found) return found.problem;
    const { appid, timestamp, sign } = found.values;
    const signature = hexBytes(sign);
    const signedAt = timestampPattern.test(timestamp) ? unixSeconds(timestamp) : null;
    if (signature === null || signedAt === null) return 'signature-malformed';
    const isRight = isDigest(signature, (secret) =>
      createHash('sha256').update(appid).update(secret).update(timestamp).update(body).digest(),
    );
    // Who holds a digest can lengthen the body behind SHA-256's padding; what comes of it is no JSON.
    const isWhole = jsonObject(body) !== null;
    if (!isRight || !isWhole || (expected !== undefined && appid !== expected)) return 'signature-wrong';
    return staleness(signedAt, receivedAt, toleranceMs) ?? 'verified';
  };
}

export const ccpayment: SenderPreset = {
  name: 'ccpayment',
  title: 'CCPayment (API v1)',
  signature: 'SHA-256 of `{app id}{app secret}{timestamp}{body}`, hex, in `Sign`; 2 minutes',
  secret: 'the app secret',
  settings: { required: [], optional: ['appId'] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers'],
  answer: {
    mode: 'ack',
    acknowledgement: { status: 200, contentType: 'text/plain; charset=utf-8', body: 'success' },
    success: 'word',
    readsBody: false,
    waitsMs: null,
  },
  retries: {
    on: 'any answer but 200 with `success`',
    schedule: 'up to 6 times',
    tooManyRequests: 'retried',
    windowMs: null,
  },
  eventId: null,
  sources: [
    'https://docs.ccpayment.com/ccpayment-v1.0-api/webhook-notification/api-deposit-webhook-notification',
    'https://docs.ccpayment.com/ccpayment-v1.0-api/webhook-notification/invocie-webhook-notification',
    'https://github.com/cctip/ccpayment_node/blob/0d60320/packages/common/src/service.js',
  ],
  unknown: [
    'where the order stands in its body: copies are not looked for unless `dedupe.key` says where',
    'how long it waits for an answer',
    'when it sends again, and for how long',
    'its addresses',
  ],
  notes: ['Webhooks of API v2 are signed otherwise and are refused.'],
  verifier: ({ secrets, settings }) => verifier(secrets, settings),
};
