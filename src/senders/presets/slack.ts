import type { FixedReply } from '../../core/fixedReply.ts';
import { emptyOk } from '../acknowledgements.ts';
import type { SenderPreset, Verify } from '../contract.ts';
import { hexBytes } from '../signature/encoding.ts';
import { hmacKeys, isSignedBy } from '../signature/hmac.ts';
import { smallJsonObject } from '../signature/json.ts';
import { soleHeaders } from '../signature/soleHeaders.ts';
import { staleness, unixSeconds } from '../signature/timestamp.ts';

/** As in Slack's own libraries, and for times ahead too, which those let pass. */
const toleranceMs = 300_000;

const prefix = 'v0=';

/** Slack's are some 50 characters long. */
const challengeCharsMax = 512;

function verifier(secrets: readonly string[]): Verify {
  const keys = hmacKeys(secrets);
  return ({ headers, body, receivedAt }) => {
    const found = soleHeaders(headers, ['x-slack-signature', 'x-slack-request-timestamp']);
    if ('problem' in found) return found.problem;
    const { 'x-slack-signature': signature, 'x-slack-request-timestamp': time } = found.values;
    const bytes = signature.startsWith(prefix) ? hexBytes(signature.slice(prefix.length)) : null;
    const signedAt = unixSeconds(time);
    if (bytes === null || signedAt === null) return 'signature-malformed';
    const parts = [`v0:${time}:`, body];
    if (!isSignedBy({ algorithm: 'sha256', keys, parts, signatures: [bytes] })) return 'signature-wrong';
    return staleness(signedAt, receivedAt, toleranceMs) ?? 'verified';
  };
}

/** Slack asks whether the address is ours by a `challenge` that must come back. */
function challengeAnswer(body: Uint8Array): FixedReply | null {
  const asked = smallJsonObject(body);
  if (asked?.['type'] !== 'url_verification') return null;
  const challenge = asked['challenge'];
  if (typeof challenge !== 'string' || challenge.length > challengeCharsMax) return null;
  return { status: 200, contentType: 'text/plain; charset=utf-8', body: challenge };
}

export const slack: SenderPreset = {
  name: 'slack',
  title: 'Slack',
  signature:
    'HMAC-SHA256 of `v0:{timestamp}:{body}`, hex, in `X-Slack-Signature` (`v0=`), the time in `X-Slack-Request-Timestamp`; 5 minutes',
  secret: "the app's signing secret",
  settings: { required: [], optional: [] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers'],
  answer: {
    mode: 'wait',
    acknowledgement: emptyOk,
    success: 'any-2xx',
    readsBody: true,
    waitsMs: 3_000,
  },
  retries: {
    on: 'any answer but 2xx, and none within 3 s (events alone)',
    schedule: '3 times: at once, after a minute, after 5 minutes',
    tooManyRequests: 'retried',
    // 5 minutes after the minute, and the time that each try takes.
    windowMs: 10 * 60_000,
  },
  eventId: ['json:/event_id'],
  sources: [
    'https://github.com/slackapi/bolt-js/blob/9a45c3c/src/receivers/verify-request.ts',
    'https://api.slack.com/events/url_verification',
    'https://api.slack.com/apis/http',
  ],
  secondary: ['when it sends again'],
  unknown: ['an id of commands and interactions: copies of them are not looked for', 'its addresses'],
  notes: [
    '`url_verification` is answered here and never reaches the bot.',
    'A bot that answers by `X-Slack-No-Retry: 1` and no 2xx is not asked again.',
  ],
  verifier: ({ secrets }) => verifier(secrets),
  handshake: ({ body }) => challengeAnswer(body),
};
