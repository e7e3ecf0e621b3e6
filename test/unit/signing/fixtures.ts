import fc from 'fast-check';
import type { RawHeaders } from '../../../src/core/headers.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { SenderFinding } from '../../../src/core/senders.ts';
import type { CapturedRequest, Webhook } from '../../../src/core/webhook.ts';
import type { WebhookOptions } from '../../../src/signing/index.ts';
import { headerValue } from '../../../src/core/headers.ts';
import { createSigner } from '../../../src/signing/index.ts';

export const key = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
export const otherKey = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
export const now = 1_750_000_000_000;
export const id = '01973d5e-6a00-7c3d-8e4f-0123456789ab' as WebhookId;

export interface SignedCall {
  readonly request?: Partial<Omit<CapturedRequest, 'body'>>;
  readonly body?: string | Uint8Array;
  readonly keys?: readonly string[];
  readonly headerPrefix?: string;
  readonly optionsBytesMax?: number;
  readonly now?: number;
  readonly attempt?: number;
  readonly replay?: number;
  readonly route?: string;
  readonly sender?: SenderFinding;
}

/** A webhook like those that the bot platform's links bring. */
export function webhookOf(call: SignedCall = {}): Webhook {
  const { request = {}, body = '' } = call;
  return {
    id,
    route: call.route ?? 'commands',
    receivedAt: now - 1500,
    bot: '7',
    user: '77',
    orderKey: null,
    sender: call.sender ?? null,
    eventId: null,
    dedupeKey: null,
    request: {
      method: 'POST',
      target: '/v1/bots/7/new-webhook?&command=%2FonWebhook&user_id=77',
      headers: ['host', 'bots.example.com', 'User-Agent', 'curl/8.5.0', 'CONTENT-TYPE', 'application/json'],
      body: typeof body === 'string' ? Buffer.from(body) : body,
      ip: '203.0.113.7',
      scheme: 'https',
      ...request,
    },
  };
}

/** The headers that a signer with the given settings puts on such a webhook. */
export function sign(call: SignedCall = {}): RawHeaders {
  const webhook = webhookOf(call);
  const signer = createSigner({
    keys: call.keys ?? [key],
    headerPrefix: call.headerPrefix ?? 'hookward',
    optionsBytesMax: call.optionsBytesMax ?? 4096,
  });
  return signer.sign({
    webhook,
    url: `https://bots.example.com${webhook.request.target}`,
    headers: webhook.request.headers,
    attempt: call.attempt ?? 1,
    replay: call.replay ?? 0,
    now: call.now ?? now,
  });
}

export function valueOf(headers: RawHeaders, name: string): string {
  const value = headerValue(headers, name);
  if (value === null) throw new Error(`no header ${name}`);
  return value;
}

export function optionsOf(headers: RawHeaders): WebhookOptions {
  return JSON.parse(valueOf(headers, 'hookward-options')) as WebhookOptions;
}

/** Any UTF-16 code unit, lone surrogates and control characters among them. */
export const anyUnit = fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code));
