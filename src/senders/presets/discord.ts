import type { FixedReply } from '../../core/fixedReply.ts';
import { noContent } from '../acknowledgements.ts';
import type { SenderPreset, SenderSettingProblem, Verify } from '../contract.ts';
import { ed25519Key, isEd25519SignedBy, isPublicKey } from '../signature/ed25519.ts';
import { hexBytes } from '../signature/encoding.ts';
import { smallJsonObject } from '../signature/json.ts';
import { soleHeaders } from '../signature/soleHeaders.ts';

const openingBrace = 0x7b;

const pong: FixedReply = { status: 200, contentType: 'application/json', body: '{"type":1}' };

/** Null where `secret` is no public key. */
function keyBytes(secret: string): Buffer | null {
  const bytes = hexBytes(secret.toLowerCase());
  return bytes !== null && isPublicKey(bytes) ? bytes : null;
}

function verifier(secrets: readonly string[]): Verify {
  const keys = secrets.map(keyBytes).flatMap((bytes) => (bytes === null ? [] : [ed25519Key(bytes)]));
  return ({ headers, body }) => {
    const found = soleHeaders(headers, ['x-signature-ed25519', 'x-signature-timestamp']);
    if ('problem' in found) return found.problem;
    const { 'x-signature-ed25519': signature, 'x-signature-timestamp': time } = found.values;
    const bytes = hexBytes(signature);
    if (bytes === null || !/^\d{1,20}$/.test(time)) return 'signature-malformed';
    // Nothing stands between time and body in what is signed: digits must not be able to move from one to the other.
    if (body[0] !== openingBrace) return 'signature-wrong';
    const message = Buffer.concat([Buffer.from(time, 'latin1'), body]);
    return isEd25519SignedBy({ keys, message, signatures: [bytes] }) ? 'verified' : 'signature-wrong';
  };
}

function check({ secrets }: { readonly secrets: readonly string[] }): readonly SenderSettingProblem[] {
  return secrets.flatMap((secret, index): SenderSettingProblem[] => {
    if (keyBytes(secret) !== null) return [];
    return [{ at: ['secrets', index], message: 'an Ed25519 public key is 64 hex digits' }];
  });
}

/**
 * Discord asks in two ways. A ping among interactions is `type` 1 and bears a token; among webhook events `type` 0 is a
 * ping, and 1 an event, which stands in `event`.
 */
function pingAnswer(body: Uint8Array): FixedReply | null {
  const asked = smallJsonObject(body);
  if (asked === null || asked['event'] !== undefined) return null;
  if (asked['type'] === 0) return noContent;
  return asked['type'] === 1 && typeof asked['token'] === 'string' ? pong : null;
}

export const discord: SenderPreset = {
  name: 'discord',
  title: 'Discord',
  signature:
    'Ed25519 of `{timestamp}{body}`, hex, in `X-Signature-Ed25519`, the time in `X-Signature-Timestamp`',
  secret: "the application's public key, 64 hex digits",
  settings: { required: [], optional: [] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers'],
  answer: {
    mode: 'wait',
    acknowledgement: noContent,
    success: [200, 204],
    readsBody: true,
    waitsMs: 3_000,
  },
  retries: {
    on: 'webhook events: any answer but 204, and none within 3 s',
    schedule: 'webhook events: with growing pauses for up to 10 minutes',
    tooManyRequests: null,
    windowMs: 10 * 60_000,
  },
  eventId: ['json:/id'],
  sources: [
    'https://github.com/discord/discord-api-docs/blob/c98d64b/developers/interactions/overview.mdx',
    'https://github.com/discord/discord-api-docs/blob/c98d64b/developers/interactions/receiving-and-responding.mdx',
    'https://github.com/discord/discord-api-docs/blob/c98d64b/developers/events/webhook-events.mdx',
  ],
  unknown: [
    'how old a signature may be: its time is signed, and not held against the clock',
    'whether it sends interactions again',
    'whether 429 makes it send again',
    'an id of webhook events: copies of them are not looked for',
    'its addresses',
  ],
  notes: [
    'Its pings are answered here and never reach the bot; its deliberately wrong signatures get the 401 that it wants.',
    'The acknowledgement suits webhook events. An interaction has none: it needs the answer of the bot within 3 s.',
  ],
  check,
  verifier: ({ secrets }) => verifier(secrets),
  handshake: ({ body }) => pingAnswer(body),
};
