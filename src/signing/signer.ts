import type { KeyObject } from 'node:crypto';
import { hash } from 'node:crypto';
import type { SenderFinding } from '../core/senders.ts';
import type { CapturedRequest } from '../core/webhook.ts';
import type { Signer } from './contract.ts';
import type { WholeOptions } from './options.ts';
import { HookwardError } from '../core/errors.ts';
import { headerValue } from '../core/headers.ts';
import { headerTitles } from './headerNames.ts';
import { parseSigningKey } from './key.ts';
import { optionsJson, titledHeaders } from './options.ts';
import { isForm, parseFields, queryOf } from './params.ts';
import { signatureV1, signedText } from './signature.ts';

/** Settings of `createSigner`; the configuration's `signing` fits. */
export interface SigningSettings {
  /** Standard Webhooks secrets. Each of them signs every attempt, so that keys can overlap. */
  readonly keys: readonly string[];
  readonly headerPrefix: string;
  /** Length of the options header's value, 512 or more. */
  readonly optionsBytesMax: number;
}

/** Room for all that is never left out: some 440 bytes with the longest names of route and sender and an IPv6 address. */
const optionsBytesLeast = 512;

/** A form up to this length has its fields in `params`: payment callbacks are well under 2 KiB. */
export const formBytesMax = 4096;

function parsedKeys(keys: readonly string[]): KeyObject[] {
  if (keys.length === 0) {
    throw new HookwardError('config-invalid', { message: 'signing needs at least one key' });
  }
  return keys.map((text, index) => {
    const key = parseSigningKey(text);
    if (key !== null) return key;
    throw new HookwardError('config-invalid', {
      message: `signing key ${index + 1} is not \`whsec_\` and the base64 of 24 to 64 bytes; \`hookward keys signing\` makes one`,
    });
  });
}

/** The form in a request's body; empty where the body is none (or is compressed), null where it is too large. */
function formOf({ method, headers, body }: CapturedRequest): string | null {
  if (method !== 'POST' || body.length === 0 || !isForm(headerValue(headers, 'content-type'))) return '';
  const coding = headerValue(headers, 'content-encoding');
  if (coding !== null && coding.trim().toLowerCase() !== 'identity') return '';
  if (body.length > formBytesMax) return null;
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

/** A route that only reports lets in what is not verified: the bot must be able to tell. */
function senderOptions({ sender, verdict }: SenderFinding): Pick<WholeOptions, 'sender' | 'verified'> {
  return { sender, verified: verdict === 'verified' };
}

/**
 * Makes the signer of one configuration. Keys are parsed once, so that signing an ordinary webhook costs some 10 us.
 *
 * @throws HookwardError `config-invalid` for no key, a malformed key, or a limit that is too small.
 */
export function createSigner({ keys, headerPrefix, optionsBytesMax }: SigningSettings): Signer {
  const secrets = parsedKeys(keys);
  if (!(optionsBytesMax >= optionsBytesLeast)) {
    throw new HookwardError('config-invalid', {
      message: `signing.optionsBytesMax must be at least ${optionsBytesLeast}`,
    });
  }
  const title = headerTitles();
  const names = {
    id: `${headerPrefix}-id`,
    timestamp: `${headerPrefix}-timestamp`,
    options: `${headerPrefix}-options`,
    signature: `${headerPrefix}-signature`,
  };

  return {
    sign({ webhook, url, headers, attempt, replay, now }) {
      const { id, request, sender } = webhook;
      const form = formOf(request);
      const facts: WholeOptions = {
        v: 1,
        url,
        method: request.method,
        params: parseFields(queryOf(request.target), form ?? ''),
        headers: titledHeaders(headers, title),
        ip: request.ip,
        route: webhook.route,
        receivedAt: webhook.receivedAt,
        attempt,
        replay,
        bodySha256: hash('sha256', request.body, 'hex'),
      };
      const whole = sender === null ? facts : { ...facts, ...senderOptions(sender) };
      const options = optionsJson(whole, form === null, optionsBytesMax);
      const timestamp = String(Math.floor(now / 1000));
      const text = signedText(id, timestamp, options);
      let signature = '';
      for (const secret of secrets) {
        signature += signature === '' ? signatureV1(secret, text) : ` ${signatureV1(secret, text)}`;
      }
      return [names.id, id, names.timestamp, timestamp, names.options, options, names.signature, signature];
    },
  };
}
