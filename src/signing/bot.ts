// hookward/bot: what a bot host written for Node needs to trust a webhook. It stands alone: no part of the server, and
// no package, comes with it. It must never throw anything but its own error, whatever the request holds.
import { hash, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { WebhookOptions } from './options.ts';
import { soleValues, type BotHeaders } from './botHeaders.ts';
import { parseSigningKey } from './key.ts';
import { parseFields, queryOf } from './params.ts';
import { signatureV1, signedText } from './signature.ts';

export type { BotHeaders } from './botHeaders.ts';
export type { OmittedPart, WebhookOptions } from './options.ts';
export type { Fields, FieldValue } from './params.ts';

/** Why a request is not believed. The first two are the bot's own settings; all others are the request's. */
export const verificationCodes = {
  'keys-invalid': 'no key was given, or one is not `whsec_` and the base64 of 24 to 64 bytes',
  'settings-invalid': 'toleranceSeconds and now must be numbers, the tolerance not negative',
  'body-not-raw': 'the body must be the bytes or the text as received, not a parsed object',
  'headers-missing': 'at least one of the four headers is missing: the request did not come through Hookward',
  'headers-repeated': 'one of the four headers occurs more than once',
  'timestamp-invalid': 'the timestamp is not a number of seconds',
  'timestamp-too-old': 'the timestamp is older than the tolerance',
  'timestamp-too-new': 'the timestamp is further in the future than the tolerance',
  'signature-wrong': 'no signature matches any of the keys',
  'options-invalid': 'the options are signed but not of a version that is known here',
  'body-wrong': 'the body is not the one that was signed',
} as const;

export type VerificationCode = keyof typeof verificationCodes;

/** The only error of this module. Its message holds nothing of the request and nothing of a key. */
export class WebhookVerificationError extends Error {
  readonly code: VerificationCode;

  constructor(code: VerificationCode) {
    super(verificationCodes[code]);
    this.name = 'WebhookVerificationError';
    this.code = code;
  }
}

/** What `verifyWebhook` takes. */
export interface WebhookToVerify {
  readonly headers: BotHeaders;
  /** The body as received: its bytes, or its text where those are UTF-8. Nothing, where there is none. */
  readonly body?: Uint8Array | string | null | undefined;
  /** Signing keys (`whsec_...`); one that matches is enough, so that keys can overlap. */
  readonly keys: readonly string[];
  /** How far the timestamp may be from now, to both sides. 300 unless given, as in Standard Webhooks. */
  readonly toleranceSeconds?: number;
  /** Milliseconds since the epoch; the machine's clock unless given. */
  readonly now?: number;
  /** `signing.headerPrefix` of Hookward's configuration; `hookward` unless given. */
  readonly headerPrefix?: string;
}

/** A webhook that is proven to come from Hookward, in the words of the bot platform. */
export interface VerifiedWebhook {
  /** The same on every attempt and replay: the key to act only once on. */
  readonly id: string;
  /** Unix seconds of this attempt. */
  readonly timestamp: number;
  /**
   * POST: the raw body as text. GET: the query's `content` (the first, where it is repeated; empty, where there is
   * none); null where the URL was too long for the options.
   */
  readonly content: string | null;
  /** The body's bytes, for what is not text. */
  readonly body: Uint8Array;
  readonly options: WebhookOptions;
}

const toleranceSecondsDefault = 300;

/** Beyond this many signatures in one header the rest is not looked at; a rotation has two or three. */
const signaturesMax = 32;

function refuse(code: VerificationCode): never {
  throw new WebhookVerificationError(code);
}

/** Whether two texts are the same, in a time that depends on their lengths only. */
function sameText(one: string, other: string): boolean {
  const left = Buffer.from(one, 'utf8');
  const right = Buffer.from(other, 'utf8');
  return left.length === right.length && timingSafeEqual(left, right);
}

function parsedKeys(keys: unknown): KeyObject[] {
  if (!Array.isArray(keys) || keys.length === 0) return refuse('keys-invalid');
  return keys.map(
    (text: unknown) => (typeof text === 'string' ? parseSigningKey(text) : null) ?? refuse('keys-invalid'),
  );
}

/** Whether one of the `v1` entries of `header` is the signature of `text` by one of `keys`. No early exit. */
function isSigned(header: string, text: string, keys: readonly KeyObject[]): boolean {
  const entries = header.split(' ', signaturesMax).filter((entry) => entry.startsWith('v1,'));
  let matches = 0;
  for (const key of keys) {
    const expected = signatureV1(key, text);
    for (const entry of entries) matches += sameText(entry, expected) ? 1 : 0;
  }
  return matches > 0;
}

/** @throws WebhookVerificationError */
function checkTimestamp(text: string, nowSeconds: number, toleranceSeconds: number): void {
  if (!/^[0-9]{1,12}$/.test(text)) refuse('timestamp-invalid');
  const seconds = Number(text);
  if (nowSeconds - seconds > toleranceSeconds) refuse('timestamp-too-old');
  if (seconds - nowSeconds > toleranceSeconds) refuse('timestamp-too-new');
}

/** The options that `json` holds, or null where they are not of version 1. */
function parseOptions(json: string): WebhookOptions | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const options = value as Partial<Record<keyof WebhookOptions, unknown>>;
  const known =
    options.v === 1 &&
    (options.method === 'GET' || options.method === 'POST') &&
    (options.url === null || typeof options.url === 'string') &&
    typeof options.bodySha256 === 'string' &&
    typeof options.params === 'object' &&
    options.params !== null &&
    (options.sender === undefined || typeof options.sender === 'string') &&
    (options.verified === undefined || typeof options.verified === 'boolean') &&
    (options.omitted === undefined || Array.isArray(options.omitted));
  return known ? (value as WebhookOptions) : null;
}

function bytesOf(body: unknown): Buffer {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return refuse('body-not-raw');
}

function contentOf(options: WebhookOptions, body: Buffer): string | null {
  if (options.method === 'POST') return body.toString('utf8');
  const whole = options.omitted?.includes('params') !== true;
  if (!whole && options.url === null) return null;
  const params = whole || options.url === null ? options.params : parseFields(queryOf(options.url), '');
  const content: unknown = Object.hasOwn(params, 'content') ? params['content'] : '';
  const first: unknown = Array.isArray(content) ? content[0] : content;
  return typeof first === 'string' ? first : '';
}

/**
 * Proves that a request came from Hookward, unchanged and lately, and gives what a bot's command works with.
 *
 * Checked in this order: the settings are usable; the four headers are there once each; the timestamp is within the tolerance; one `v1` signature
 * over `{id}.{timestamp}.{options}` is by one of the keys (compared in constant time; other versions are passed over);
 * the options are of a known version; the body's SHA-256 is the signed one.
 *
 * A repeated delivery passes too: it bears the same `id`, and only the bot knows what it has already done.
 *
 * @throws WebhookVerificationError and nothing else.
 */
export function verifyWebhook(request: WebhookToVerify): VerifiedWebhook {
  const { headers, keys, toleranceSeconds = toleranceSecondsDefault, headerPrefix = 'hookward' } = request;
  // eslint-disable-next-line no-restricted-syntax -- this runs in the bot's process, where there is no Clock of ours.
  const { now = Date.now() } = request;
  const secrets = parsedKeys(keys);
  // NaN compares false with everything: unchecked, a bad setting would let every timestamp pass.
  if (!Number.isFinite(now) || !(toleranceSeconds >= 0)) return refuse('settings-invalid');
  const body = bytesOf(request.body);

  const prefix = headerPrefix.toLowerCase();
  const names = ['id', 'timestamp', 'options', 'signature'].map((name) => `${prefix}-${name}`);
  const values = soleValues(headers, names);
  if (values === 'repeated') return refuse('headers-repeated');
  const [id, timestamp, json, signature] = values;
  if (!id || !timestamp || !json || !signature) return refuse('headers-missing');

  // Node and Fetch join repeats with a comma and a space; the options may hold one, but then their signature is wrong.
  if ([id, timestamp, signature].some((value) => value.includes(', '))) return refuse('headers-repeated');
  checkTimestamp(timestamp, now / 1000, toleranceSeconds);
  if (!isSigned(signature, signedText(id, timestamp, json), secrets)) return refuse('signature-wrong');
  const options = parseOptions(json) ?? refuse('options-invalid');
  if (!sameText(options.bodySha256, hash('sha256', body, 'hex'))) return refuse('body-wrong');
  return { id, timestamp: Number(timestamp), content: contentOf(options, body), body, options };
}
