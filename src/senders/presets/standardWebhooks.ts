import type { KeyObject } from 'node:crypto';
import type { SenderPreset, SenderSettingProblem, Verify } from '../contract.ts';
import { ed25519Key, isEd25519SignedBy, isPublicKey } from '../signature/ed25519.ts';
import { base64Bytes } from '../signature/encoding.ts';
import { hmacKeys, isSignedBy } from '../signature/hmac.ts';
import { soleHeaders } from '../signature/soleHeaders.ts';
import { staleness, unixSeconds } from '../signature/timestamp.ts';
import { unknownAnswer } from '../unknown.ts';

/** As in all reference libraries, both ways. */
const toleranceMs = 300_000;

/** An Ed25519 signature takes some 0.1 ms to check, for anybody who sends one. */
const signaturesMax = 16;

const secretPrefix = 'whsec_';
const publicPrefix = 'whpk_';
const privatePrefix = 'whsk_';

/** The bytes of a shared secret: 24 to 64, as the specification wants them; null for anything else. */
function secretBytes(secret: string): Buffer | null {
  const bytes = base64Bytes(secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret);
  return bytes !== null && bytes.length >= 24 && bytes.length <= 64 ? bytes : null;
}

/** The bytes of a public key; null where `secret` is none. */
function publicBytes(secret: string): Buffer | null {
  if (!secret.startsWith(publicPrefix)) return null;
  const bytes = base64Bytes(secret.slice(publicPrefix.length));
  return bytes !== null && isPublicKey(bytes) ? bytes : null;
}

/** What a list holds of one version; others are passed over, as the specification asks. */
function signaturesOf(entries: readonly string[], version: 'v1' | 'v1a'): Buffer[] {
  const prefix = `${version},`;
  return entries.flatMap((entry) => {
    const bytes = entry.startsWith(prefix) ? base64Bytes(entry.slice(prefix.length)) : null;
    return bytes === null ? [] : [bytes];
  });
}

interface Keys {
  readonly shared: readonly KeyObject[];
  readonly public: readonly KeyObject[];
}

function keysOf(secrets: readonly string[]): Keys {
  const shared = secrets.filter((secret) => !secret.startsWith(publicPrefix));
  const published = secrets.map(publicBytes).filter((bytes) => bytes !== null);
  return {
    shared: hmacKeys(shared, (secret) => secretBytes(secret) ?? Buffer.alloc(0)),
    public: published.map(ed25519Key),
  };
}

function verifier(secrets: readonly string[]): Verify {
  const keys = keysOf(secrets);
  return ({ headers, body, receivedAt }) => {
    const found = soleHeaders(headers, ['webhook-id', 'webhook-timestamp', 'webhook-signature']);
    if ('problem' in found) return found.problem;
    const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': list } = found.values;
    const signedAt = unixSeconds(time);
    // A full stop in the id would let the borders between id, time and body be drawn in more than one way.
    if (signedAt === null || id.includes('.')) return 'signature-malformed';
    const entries = list.split(' ');
    const shared = signaturesOf(entries, 'v1');
    const published = signaturesOf(entries, 'v1a');
    if (entries.length > signaturesMax || shared.length + published.length === 0)
      return 'signature-malformed';
    const head = Buffer.from(`${id}.${time}.`, 'latin1');
    const isRight =
      isSignedBy({ algorithm: 'sha256', keys: keys.shared, parts: [head, body], signatures: shared }) ||
      isEd25519SignedBy({
        keys: keys.public,
        message: Buffer.concat([head, body]),
        signatures: published,
      });
    return isRight ? (staleness(signedAt, receivedAt, toleranceMs) ?? 'verified') : 'signature-wrong';
  };
}

function keyProblem(secret: string): string | null {
  if (secret.startsWith(privatePrefix)) return 'is a private key: give the public one, `whpk_...`';
  if (secret.startsWith(publicPrefix))
    return publicBytes(secret) === null ? 'is no Ed25519 public key (`whpk_` and base64 of 32 bytes)' : null;
  return secretBytes(secret) === null ? 'is no secret (`whsec_` and base64 of 24 to 64 bytes)' : null;
}

function check({ secrets }: { readonly secrets: readonly string[] }): readonly SenderSettingProblem[] {
  return secrets.flatMap((secret, index): SenderSettingProblem[] => {
    const message = keyProblem(secret);
    return message === null ? [] : [{ at: ['secrets', index], message }];
  });
}

export const standardWebhooks: SenderPreset = {
  name: 'standard-webhooks',
  title: 'Standard Webhooks',
  signature:
    '`v1`: HMAC-SHA256, `v1a`: Ed25519, of `{id}.{timestamp}.{body}`, base64, in `webhook-signature` beside `webhook-id` and `webhook-timestamp`; 5 minutes',
  secret: 'the shared secret `whsec_...`, or the public key `whpk_...`',
  settings: { required: [], optional: [] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers'],
  answer: unknownAnswer,
  retries: {
    on: 'any answer but 2xx; 410 switches the endpoint off',
    schedule: 'as an example: after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h',
    tooManyRequests: 'retried',
    // 75.6 hours in that example, and some chance on top.
    windowMs: 4 * 86_400_000,
  },
  eventId: ['header:webhook-id'],
  sources: [
    'https://github.com/standard-webhooks/standard-webhooks/blob/b2fa7b8/spec/standard-webhooks.md',
    'https://docs.svix.com/receiving/verifying-payloads/how-manual',
  ],
  secondary: ['the key of `v1a`, as Svix writes it'],
  unknown: ['how long a given sender waits (the specification advises 15 to 30 s)', 'its addresses'],
  notes: [
    'A secret of Stripe begins with `whsec_` too, and is none of these: Stripe has a preset of its own.',
  ],
  check,
  verifier: ({ secrets }) => verifier(secrets),
};
