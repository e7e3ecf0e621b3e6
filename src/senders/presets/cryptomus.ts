import { createHash } from 'node:crypto';
import { emptyOk } from '../acknowledgements.ts';
import type { SenderPreset, Verify } from '../contract.ts';
import { digestUnder } from '../signature/digest.ts';
import { hexBytes } from '../signature/encoding.ts';
import { jsonObject, stringMember, type JsonObject } from '../signature/jsonTree.ts';
import { quotedByPhpInUnicode, writtenObject } from '../signature/jsonWriter.ts';

const isSign = ({ name }: { readonly name: string }) => name === 'sign';

/** The body's own text with `sign` and the comma beside it cut out. */
function withoutSign({ text, members }: JsonObject): string {
  const at = members.findIndex(isSign);
  const [before, sign, after] = [members[at - 1], members[at], members[at + 1]];
  if (sign === undefined) return text;
  return (
    text.slice(0, before?.end ?? sign.start) +
    text.slice(before === undefined ? (after?.start ?? sign.end) : sign.end)
  );
}

/**
 * What may have been signed: the text as it was sent, or as PHP writes it with JSON_UNESCAPED_UNICODE, which is what
 * Cryptomus signs by, whatever its HTTP client then made of it.
 */
function signedTexts(object: JsonObject): readonly string[] {
  const rest = object.members.filter((member) => !isSign(member));
  return [withoutSign(object), writtenObject(rest, { quoted: quotedByPhpInUnicode, sorted: 'none' })];
}

function verifier(secrets: readonly string[]): Verify {
  const isDigest = digestUnder(secrets);
  return ({ body }) => {
    const object = jsonObject(body);
    if (object === null) return 'signature-malformed';
    if (!object.members.some(isSign)) return 'signature-missing';
    const signature = hexBytes(stringMember(object.members, 'sign') ?? '');
    if (signature === null) return 'signature-malformed';
    const isRight = signedTexts(object)
      .map((text) => Buffer.from(text, 'utf8').toString('base64'))
      .map((encoded) =>
        isDigest(signature, (secret) => createHash('md5').update(encoded).update(secret).digest()),
      );
    return isRight.includes(true) ? 'verified' : 'signature-wrong';
  };
}

export const cryptomus: SenderPreset = {
  name: 'cryptomus',
  title: 'Cryptomus',
  signature: "MD5 of `{base64 of the body's JSON without sign}{API key}`, hex, in the member `sign`",
  secret: 'the payment API key; for payouts the payout API key beside it',
  settings: { required: [], optional: [] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers', 'body-spelling'],
  answer: {
    mode: 'ack',
    acknowledgement: emptyOk,
    success: 'any-2xx',
    readsBody: false,
    waitsMs: null,
  },
  retries: {
    on: 'any answer but 2xx',
    schedule: null,
    tooManyRequests: 'retried',
    windowMs: null,
  },
  eventId: ['json:/uuid', 'json:/status'],
  sources: [
    'https://doc.cryptomus.com/merchant-api/payments/webhook',
    'https://doc.cryptomus.com/payments/testing-webhook',
    'https://github.com/CryptomusCom/api-php-sdk/blob/HEAD/src/RequestBuilder.php',
  ],
  secondary: [
    'that what is signed is the body without `sign`: its SDK shows the digest for requests alone',
    'that it takes 2xx for success, and sends again on anything else',
  ],
  unknown: ['how long it waits for an answer', 'when and how often it sends again'],
  notes: [
    'No time is signed: a captured call can be sent again, and is known as a copy by its id and status.',
  ],
  verifier: ({ secrets }) => verifier(secrets),
};
