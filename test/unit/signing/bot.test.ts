import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  verifyWebhook,
  WebhookVerificationError,
  type BotHeaders,
  type VerificationCode,
  type WebhookToVerify,
} from '../../../src/signing/bot.ts';
import { parseSigningKey } from '../../../src/signing/key.ts';
import { signatureV1, signedText } from '../../../src/signing/signature.ts';
import { anyUnit, id, key, now, optionsOf, otherKey, sign, valueOf } from './fixtures.ts';

const body = '{"answer":"мяу 🐱"}';

/** The four headers of a call, as an object that a test may change. */
const signedObject = (call: Parameters<typeof sign>[0] = { body }): Record<string, string> => {
  const flat = sign(call);
  return Object.fromEntries(
    flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ''] as const] : [])),
  );
};

const request = (changes: Partial<WebhookToVerify> = {}): WebhookToVerify => ({
  headers: signedObject(),
  body,
  keys: [key],
  now,
  ...changes,
});

const refusedAs = (code: VerificationCode, changes: Partial<WebhookToVerify>) => {
  assert.throws(
    () => verifyWebhook(request(changes)),
    (error) => error instanceof WebhookVerificationError && error.code === code,
  );
};

/** Options that were never made by a signer, under a right signature. */
const signedJson = (json: string): Record<string, string> => {
  const parsed = parseSigningKey(key);
  assert.ok(parsed !== null);
  return {
    'hookward-id': id,
    'hookward-timestamp': String(now / 1000),
    'hookward-options': json,
    'hookward-signature': signatureV1(parsed, signedText(id, String(now / 1000), json)),
  };
};

describe('verifyWebhook: what it gives', () => {
  it('gives the raw body as content of a POST, its bytes, the options, the id and the time', () => {
    const verified = verifyWebhook(request());
    assert.equal(verified.content, body);
    assert.deepEqual(verified.body, Buffer.from(body));
    assert.deepEqual(verified.options, optionsOf(sign({ body })));
    assert.equal(verified.id, id);
    assert.equal(verified.timestamp, now / 1000);
  });

  it('gives the sender and whether the call was proven to be its own', () => {
    const headers = sign({ body, sender: { sender: 'stripe', verdict: 'verified' } });
    const { options } = verifyWebhook(request({ headers }));
    assert.deepEqual([options.sender, options.verified], ['stripe', true]);
    const none = verifyWebhook(request()).options;
    assert.deepEqual([none.sender, none.verified], [undefined, undefined]);
  });

  it('takes bytes that are no text', () => {
    const bytes = Uint8Array.of(0xff, 0x00, 0xfe);
    const verified = verifyWebhook(request({ headers: sign({ body: bytes }), body: bytes }));
    assert.deepEqual(new Uint8Array(verified.body), bytes);
  });

  const get = (target: string, optionsBytesMax = 4096) =>
    verifyWebhook(
      request({
        headers: sign({ request: { method: 'GET', target, headers: [] }, optionsBytesMax }),
        body: undefined,
      }),
    ).content;

  it('gives the content parameter of a GET, the first where it is repeated', () => {
    assert.equal(get('/h?&command=%2Fa&content=Did%20you+see%3F'), 'Did you see?');
    assert.equal(get('/h?content=ours&content=added'), 'ours');
    assert.equal(get('/h?command=%2Fa'), '');
  });

  it('finds a GET’s content in the URL where the params did not fit, and says null where neither did', () => {
    const content = 'x'.repeat(150);
    assert.equal(get(`/h?content=${content}`, 600), content);
    assert.equal(get(`/h?content=${'x'.repeat(800)}`, 600), null);
  });

  const flat = sign({ body });
  const object = signedObject();
  const titled = Object.fromEntries(
    Object.entries(object).map(([name, value]) => [
      name.replace(/(?:^|-)./g, (start) => start.toUpperCase()),
      value,
    ]),
  );
  const shapes: Readonly<Record<string, BotHeaders>> = {
    'a flat raw list': ['Host', 'bot', ...flat],
    'Node’s headers': { host: 'bot', 'set-cookie': ['a', 'b'], missing: undefined, ...object },
    'Title-Case names': titled,
    'upper-case names with a list of one': Object.fromEntries(
      Object.entries(object).map(([name, value]) => [name.toUpperCase(), [value]]),
    ),
    'a Fetch Headers object': new Headers(object),
    'a Map': new Map(Object.entries(object)),
  };
  for (const [shape, headers] of Object.entries(shapes)) {
    it(`reads ${shape}`, () => {
      assert.equal(verifyWebhook(request({ headers })).id, id);
    });
  }

  it('reads headers of another prefix', () => {
    const headers = sign({ body, headerPrefix: 'x-shop' });
    assert.equal(verifyWebhook(request({ headers, headerPrefix: 'X-Shop' })).id, id);
    refusedAs('headers-missing', { headers });
  });

  it('takes the machine’s clock unless told the time', () => {
    const headers = sign({ body, now: Date.now() });
    assert.equal(verifyWebhook({ headers, body, keys: [key] }).id, id);
    assert.throws(() => verifyWebhook({ headers: sign({ body }), body, keys: [key] }), {
      code: 'timestamp-too-old',
    });
  });
});

const right = valueOf(sign({ body }), 'hookward-signature');

describe('verifyWebhook: keys and signatures', () => {
  it('takes any of several keys against any of several signatures', () => {
    const headers = sign({ body, keys: [otherKey, key] });
    assert.equal(verifyWebhook(request({ headers })).id, id);
    assert.equal(verifyWebhook(request({ keys: [otherKey, key] })).id, id);
  });

  it('passes over unknown versions and broken entries', () => {
    const headers = signedObject();
    const right = headers['hookward-signature'] ?? '';
    headers['hookward-signature'] = `v2,${right.slice(3)} v1a,AAAA v1,x v1   ${right} v1,`;
    assert.equal(verifyWebhook(request({ headers })).id, id);
  });

  const wrong: Readonly<Record<string, string>> = {
    'an empty entry': 'v1,',
    'a truncated one': right.slice(0, -4),
    'one without padding': right.slice(0, -1),
    'one that is longer': `${right}=`,
    'one of another version': right.replace('v1', 'v2'),
    'another last bit of the base64': right.replace(/.=$/, (end) => (end === 'A=' ? 'B=' : 'A=')),
    'no version': right.slice(3),
    'characters beyond ASCII of the same low byte': right.replace(/[A-Za-z]$|[A-Za-z](?==)/, (letter) =>
      String.fromCharCode(letter.charCodeAt(0) + 0x100),
    ),
  };
  for (const [what, signature] of Object.entries(wrong)) {
    it(`refuses ${what}`, () => {
      assert.notEqual(signature, right);
      refusedAs('signature-wrong', { headers: { ...signedObject(), 'hookward-signature': signature } });
    });
  }

  it('refuses another key’s signature', () => {
    refusedAs('signature-wrong', { keys: [otherKey] });
  });

  it('refuses a change of any signed header', () => {
    const changes = {
      'hookward-id': id.replace('0', '1'),
      'hookward-timestamp': String(now / 1000 + 1),
      'hookward-options': valueOf(sign({ body }), 'hookward-options').replace('203.0.113.7', '203.0.113.8'),
    };
    for (const [name, value] of Object.entries(changes)) {
      refusedAs('signature-wrong', { headers: { ...signedObject(), [name]: value } });
    }
  });

  it('refuses to work without a usable key', () => {
    const bad = [[], [''], ['whsec_'], [key, 'whsec_AAAA'], [undefined], key, undefined];
    for (const keys of bad) refusedAs('keys-invalid', { keys: keys as unknown as string[] });
  });
});

describe('verifyWebhook: time, headers, body', () => {
  it('takes a timestamp at the edge of the tolerance on both sides, and refuses one a second beyond', () => {
    for (const side of [-1, 1]) {
      assert.equal(verifyWebhook(request({ now: now + side * 300_000 })).id, id);
      assert.equal(verifyWebhook(request({ now: now + side * 10_000, toleranceSeconds: 10 })).id, id);
    }
    refusedAs('timestamp-too-old', { now: now + 301_000 });
    refusedAs('timestamp-too-new', { now: now - 301_000 });
    refusedAs('timestamp-too-old', { now: now + 11_000, toleranceSeconds: 10 });
  });

  it('refuses a timestamp that is not a plain number of seconds', () => {
    for (const timestamp of ['abc', '-1', '1.5', '1e9', ' 1750000000', '0x10', '1'.repeat(13), 'NaN']) {
      refusedAs('timestamp-invalid', { headers: { ...signedObject(), 'hookward-timestamp': timestamp } });
    }
  });

  it('refuses settings under which every timestamp would pass', () => {
    refusedAs('settings-invalid', { toleranceSeconds: Number.NaN });
    refusedAs('settings-invalid', { toleranceSeconds: -1 });
    refusedAs('settings-invalid', { now: Number.NaN });
  });

  it('refuses a call that lacks one of the headers, or has it empty', () => {
    for (const name of Object.keys(signedObject())) {
      const others = Object.fromEntries(Object.entries(signedObject()).filter(([other]) => other !== name));
      refusedAs('headers-missing', { headers: others });
      refusedAs('headers-missing', { headers: { ...others, [name]: '' } });
    }
    refusedAs('headers-missing', { headers: undefined as unknown as string[] });
  });

  it('refuses a second copy of one of the headers, in every shape', () => {
    const flat = sign({ body });
    refusedAs('headers-repeated', {
      headers: [...flat, 'Hookward-Options', valueOf(flat, 'hookward-options')],
    });
    refusedAs('headers-repeated', { headers: { ...signedObject(), 'HOOKWARD-ID': id } });
    refusedAs('headers-repeated', {
      headers: new Headers([...Object.entries(signedObject()), ['hookward-signature', right]]),
    });
    refusedAs('headers-repeated', {
      headers: { ...signedObject(), 'hookward-timestamp': ['1750000000', '1750000000'] },
    });
  });

  it('refuses another body, none, and one that somebody has parsed', () => {
    refusedAs('body-wrong', { body: `${body} ` });
    refusedAs('body-wrong', { body: undefined });
    refusedAs('body-not-raw', { body: { answer: 1 } as unknown as string });
  });

  it('refuses signed options that it does not know', () => {
    const good = JSON.parse(valueOf(sign({ body }), 'hookward-options')) as Record<string, unknown>;
    const unknown = [
      'not json',
      'null',
      '[]',
      '7',
      ...[
        { v: 2 },
        { method: 'PUT' },
        { url: 7 },
        { params: null },
        { bodySha256: 1 },
        { omitted: 5 },
        { sender: 7 },
        { verified: 'true' },
      ].map((change) => JSON.stringify({ ...good, ...change })),
    ];
    for (const json of unknown) refusedAs('options-invalid', { headers: signedJson(json) });
    assert.equal(verifyWebhook(request({ headers: signedJson(JSON.stringify(good)) })).id, id);
  });

  it('throws nothing but its own error, whatever the request holds', () => {
    const right = signedObject();
    const part = fc.oneof(fc.string({ unit: anyUnit }), fc.anything());
    const headers = fc.oneof(
      fc.anything({ withMap: true, withSet: true, withTypedArray: true }),
      fc.array(part),
      fc
        .constantFrom(...Object.keys(right))
        .chain((name) => part.map((value) => ({ ...right, [name]: value }))),
      fc.jsonValue().map((value) => signedJson(JSON.stringify(value))),
    );
    fc.assert(
      fc.property(headers, part, (anyHeaders, anyBody) => {
        try {
          verifyWebhook(request({ headers: anyHeaders as string[], body: anyBody as string }));
        } catch (error) {
          assert.ok(error instanceof WebhookVerificationError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});
