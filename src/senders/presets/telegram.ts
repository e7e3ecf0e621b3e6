import { createHash } from 'node:crypto';
import { emptyOk } from '../acknowledgements.ts';
import type { SenderPreset, SenderSettingProblem, Verify } from '../contract.ts';
import { soleHeader } from '../signature/header.ts';
import { sameBytes } from '../signature/hmac.ts';

/** What `setWebhook` takes for `secret_token`. */
const tokenPattern = /^[A-Za-z0-9_-]{1,256}$/;

const digestOf = (text: string) => createHash('sha256').update(text, 'latin1').digest();

/** Digests are compared, so that the time taken tells nothing of the token, not even its length. */
function verifier(secrets: readonly string[]): Verify {
  const right = secrets.map(digestOf);
  return ({ headers }) => {
    const found = soleHeader(headers, 'x-telegram-bot-api-secret-token');
    if ('problem' in found) return found.problem;
    if (!tokenPattern.test(found.value)) return 'signature-malformed';
    const given = digestOf(found.value);
    let isRight = false;
    for (const digest of right) isRight = sameBytes(digest, given) || isRight;
    return isRight ? 'verified' : 'signature-wrong';
  };
}

function check({ secrets }: { readonly secrets: readonly string[] }): readonly SenderSettingProblem[] {
  return secrets.flatMap((secret, index): SenderSettingProblem[] => {
    if (tokenPattern.test(secret)) return [];
    return [{ at: ['secrets', index], message: 'a secret token is 1 to 256 letters, digits, `_` or `-`' }];
  });
}

export const telegram: SenderPreset = {
  name: 'telegram',
  title: 'Telegram',
  signature: 'none: the secret token itself, in `X-Telegram-Bot-Api-Secret-Token`',
  secret: 'the `secret_token` given to `setWebhook`',
  settings: { required: [], optional: [] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers', 'body'],
  answer: {
    mode: 'wait',
    // A JSON body with a `method` would be run as a call of the Bot API: ours must stay empty.
    acknowledgement: emptyOk,
    success: 'any-2xx',
    readsBody: true,
    waitsMs: null,
  },
  retries: {
    on: 'any answer but 2xx',
    schedule:
      'at once, then after 2, 4, 8 ... s, at most 60 to 120 s apart, or as `Retry-After` asks (up to 1 h), for 24 hours',
    tooManyRequests: 'retried',
    windowMs: 86_400_000,
  },
  eventId: ['json:/update_id'],
  sources: [
    'https://core.telegram.org/bots/webhooks',
    'https://core.telegram.org/bots/api#setwebhook',
    'https://github.com/tdlib/telegram-bot-api/tree/01a3679 (telegram-bot-api/WebhookActor.cpp)',
  ],
  unknown: ['how long it waits for an answer: its source closes a connection after 60 idle seconds'],
  notes: [
    'Nothing of a call is signed: whoever learns the token can send anything.',
    'A webhook that is answered by 410 for 23 hours is removed.',
    'Updates of one chat come one after another: one that fails holds up those behind it.',
  ],
  check,
  verifier: ({ secrets }) => verifier(secrets),
};
