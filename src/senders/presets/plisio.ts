import type { SenderPreset, Verify } from '../contract.ts';
import { hexBytes } from '../signature/encoding.ts';
import { formFields, type FormField } from '../signature/form.ts';
import { hmacKeys, isSignedBy } from '../signature/hmac.ts';
import { jsonObject, stringMember, type JsonMember } from '../signature/jsonTree.ts';
import { quotedByJavaScript, quotedByPython, sortedByName, writtenObject } from '../signature/jsonWriter.ts';
import { decodedEntities, serializedByPhp } from '../signature/phpSerialize.ts';
import { unknownAnswer, unknownRetries } from '../unknown.ts';

/** A body with the signature taken out of it. */
interface Signed {
  readonly hash: string | null;
  /** What may have been signed. */
  readonly texts: readonly string[];
}

const hashName = 'verify_hash';

/** Names that PHP leaves as they are, and sorts as text. */
const plainName = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** As Plisio's Node.js SDK does: sorted, every value a string. Null where a value is an object or a list. */
function flatJson(members: readonly JsonMember[]): string | null {
  const pairs: string[] = [];
  for (const { name, value } of sortedByName(members)) {
    if (value.kind === 'object' || value.kind === 'array') return null;
    const text = value.kind === 'string' ? value.value : value.text;
    pairs.push(`${quotedByJavaScript(name)}:${quotedByJavaScript(text)}`);
  }
  return `{${pairs.join(',')}}`;
}

/** As its Node.js SDK does, or as its Python SDK, which keeps order and types. */
function signedJson(members: readonly JsonMember[]): Signed {
  const rest = members.filter(({ name }) => name !== hashName);
  const flat = flatJson(rest);
  const whole = writtenObject(rest, { quoted: quotedByPython, sorted: 'none' });
  return { hash: stringMember(members, hashName), texts: flat === null ? [whole] : [flat, whole] };
}

/** As its PHP SDKs do: `serialize()` of the sorted fields. Null where PHP would see other fields than were sent. */
function signedForm(fields: readonly FormField[]): Signed | null {
  const byName = new Map(fields);
  if (byName.size !== fields.length || fields.some(([name]) => !plainName.test(name))) return null;
  const rest = fields
    .filter(([name]) => name !== hashName)
    .map(([name, value]) => ({ name, value: name === 'tx_urls' ? decodedEntities(value) : value }));
  return { hash: byName.get(hashName) ?? null, texts: [serializedByPhp(sortedByName(rest))] };
}

function signedParts(body: Uint8Array): Signed | null {
  const object = jsonObject(body);
  if (object !== null) return signedJson(object.members);
  const fields = formFields(body);
  return fields === null ? null : signedForm(fields);
}

function verifier(secrets: readonly string[]): Verify {
  const keys = hmacKeys(secrets);
  return ({ body }) => {
    const signed = signedParts(body);
    if (signed === null) return 'signature-malformed';
    if (signed.hash === null) return 'signature-missing';
    const signature = hexBytes(signed.hash);
    if (signature === null) return 'signature-malformed';
    const isRight = signed.texts.map((text) =>
      isSignedBy({ algorithm: 'sha1', keys, parts: [text], signatures: [signature] }),
    );
    return isRight.includes(true) ? 'verified' : 'signature-wrong';
  };
}

export const plisio: SenderPreset = {
  name: 'plisio',
  title: 'Plisio',
  signature: 'HMAC-SHA1 of the other fields, as PHP or JSON, hex, in the field `verify_hash`',
  secret: 'the API key',
  settings: { required: [], optional: [] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers', 'body-spelling'],
  answer: unknownAnswer,
  retries: unknownRetries,
  eventId: ['form:txn_id', 'form:status'],
  sources: [
    'https://github.com/Plisio/nodejs-api-client/blob/093c891/src/utils/ResponseValidator.ts',
    'https://github.com/Plisio/plisio-python/blob/3d60cea/plisio/plisio_client.py',
    'https://github.com/Plisio/plisio-sdk-laravel/blob/bbdf8fa/src/Payment.php',
    'https://github.com/Plisio/plisio-telegram-bot/blob/1974387/callback.php',
  ],
  unknown: [
    'what it takes for success',
    'how long it waits for an answer',
    'whether, when and how often it sends again',
    'how JSON is signed that holds lists or objects: it is taken in the form of the Python SDK alone',
    'how a form is signed whose fields are lists: it is refused',
  ],
  notes: [
    'It sends a form, or JSON where the callback URL has `?json=true`: copies of the latter are looked for only where `dedupe.key` says `json:/txn_id` and `json:/status`.',
    'No time is signed.',
  ],
  verifier: ({ secrets }) => verifier(secrets),
};
