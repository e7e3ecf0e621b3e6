import { createHash } from 'node:crypto';
import type { SenderCall, SenderPreset, Verify } from '../contract.ts';
import { base64Bytes, hexBytes } from '../signature/encoding.ts';
import { formFields, type FormField } from '../signature/form.ts';
import { soleHeader } from '../signature/header.ts';
import { hmacKeys, isSignedBy, sameBytes } from '../signature/hmac.ts';

/** The digest of a body that is no form stands in the query, and so in the URL that is signed. */
const digestParameter = 'bodySHA256=';

/** `https://host` or `https://host:port`, and all that follows. */
const urlPattern = /^(https?):\/\/([^/?#]*?)(?::\d+)?([/?#].*)?$/s;

/** Twilio signs the URL with the standard port or without any, whichever way it was called; its SDK tries both. */
function urlSpellings(url: string): readonly string[] {
  const match = urlPattern.exec(url);
  if (match === null) return [url];
  const [, scheme = '', host = '', rest = ''] = match;
  const plain = `${scheme}://${host}${rest}`;
  const withPort = plain === url ? `${scheme}://${host}:${scheme === 'https' ? 443 : 80}${rest}` : url;
  return [plain, withPort];
}

/** The digest in the query, or null where the body is signed field by field. */
function statedDigest(target: string): string | null {
  const at = target.indexOf('?');
  const pairs = at === -1 ? [] : target.slice(at + 1).split('&');
  const pair = pairs.find((candidate) => candidate.startsWith(digestParameter));
  return pair === undefined ? null : pair.slice(digestParameter.length);
}

const byCodeUnits = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);

/** Names in order, each value behind its name, equal fields once. */
function signedFields(fields: readonly FormField[]): string {
  const values = new Map<string, Set<string>>();
  for (const [name, value] of fields) {
    const known = values.get(name);
    if (known === undefined) values.set(name, new Set([value]));
    else known.add(value);
  }
  let text = '';
  for (const name of [...values.keys()].sort(byCodeUnits)) {
    for (const value of [...(values.get(name) ?? [])].sort(byCodeUnits)) text += name + value;
  }
  return text;
}

/** What is signed behind the URL; null where the body is not the one that was signed. */
function signedBody({ target, body }: SenderCall): string | null {
  const stated = statedDigest(target);
  if (stated === null) {
    const fields = formFields(body);
    return fields === null ? null : signedFields(fields);
  }
  const digest = hexBytes(stated);
  return digest !== null && sameBytes(createHash('sha256').update(body).digest(), digest) ? '' : null;
}

function verifier(secrets: readonly string[]): Verify {
  const keys = hmacKeys(secrets);
  return (call) => {
    const found = soleHeader(call.headers, 'x-twilio-signature');
    if ('problem' in found) return found.problem;
    const signature = base64Bytes(found.value);
    if (signature === null) return 'signature-malformed';
    const rest = signedBody(call);
    if (rest === null) return 'signature-wrong';
    const signatures = [signature];
    const isRight = urlSpellings(call.url).map((url) => {
      const parts = [Buffer.from(url, 'latin1'), Buffer.from(rest, 'utf8')];
      return isSignedBy({ algorithm: 'sha1', keys, parts, signatures });
    });
    return isRight.includes(true) ? 'verified' : 'signature-wrong';
  };
}

export const twilio: SenderPreset = {
  name: 'twilio',
  title: 'Twilio',
  signature:
    'HMAC-SHA1 of the public URL and the sorted form fields, base64, in `X-Twilio-Signature`; a body of another type by its digest in the query (`bodySHA256`)',
  secret: "the account's auth token",
  settings: { required: [], optional: [] },
  signsUrl: true,
  checksAddress: false,
  unsigned: ['method', 'headers', 'body-spelling'],
  answer: {
    mode: 'wait',
    // TwiML that asks for nothing. A text/plain answer would be sent to the user as a message.
    acknowledgement: { status: 200, contentType: 'text/xml', body: '<Response/>' },
    success: 'any-2xx',
    readsBody: true,
    waitsMs: 15_000,
  },
  retries: {
    on: 'what `rp` in the fragment of its URL says',
    schedule: 'once, or as often as `rc` in the fragment of its URL says (up to 5 times)',
    tooManyRequests: null,
    windowMs: null,
  },
  eventId: null,
  sources: [
    'https://github.com/twilio/twilio-node/blob/45d3d65/src/webhooks/webhooks.ts',
    'https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides',
    'https://www.twilio.com/docs/usage/webhooks/sms-webhooks',
    'https://www.twilio.com/docs/api/errors/15003',
    'https://www.twilio.com/docs/api/twiml/sms/your_response',
  ],
  unknown: [
    'a header that names the event: copies are looked for only where `dedupe.key` says where, e.g. `form:MessageSid` and `form:MessageStatus`',
    'on what it sends again where its URL does not say',
    'whether 429 makes it send again',
    'its addresses',
  ],
  notes: [
    'Nothing in what is signed parts the name of a field from its value: an attacker who has a signed call can move letters from one to the other.',
    'The URL is tried as it was called, with and without its port; characters that need an escape must stand escaped in the URL that Twilio is given.',
  ],
  verifier: ({ secrets }) => verifier(secrets),
};
