import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { Cryptomus } from 'cryptomus-sdk';
import { digestOf } from '../../../support/signing/cryptomus.ts';
import { callOf, verdictOf, written } from '../support.ts';

const key = 'made-up payment key';

const verdict = (body: string) => verdictOf('cryptomus', callOf(written([], body)), { secrets: [key] });

describe('calls of Cryptomus', () => {
  for (const [where, before, after] of [
    ['last', '{"uuid":"7","status":"paid"', '}'],
    ['first', '{', '"uuid":"7","status":"paid"}'],
    ['between', '{"uuid":"7"', ',"status":"paid"}'],
  ] as const) {
    it(`are taken with the signature ${where}`, async () => {
      const sign = digestOf('{"uuid":"7","status":"paid"}', key);
      const member = `"sign":"${sign}"`;
      const put = where === 'first' ? `${member},` : `,${member}`;
      assert.equal(await verdict(before + put + after), 'verified');
    });
  }

  it('are taken with the signature alone', async () => {
    assert.equal(await verdict(`{"sign":"${digestOf('{}', key)}"}`), 'verified');
  });

  it('are taken by the text that was sent, whoever wrote it', async () => {
    const sent = '{ "url": "https://example.com/é", "amount": 1.10, "x": 1e2 }';
    const signed = `${sent.slice(0, -2)} , "sign": "${digestOf(sent, key)}"}`;
    assert.equal(await verdict(signed.replace(' , "sign"', ', "sign"')), 'signature-wrong');
    assert.equal(await verdict(sent.replace(' }', `, "sign": "${digestOf(sent, key)}" }`)), 'verified');
  });

  it('are taken as PHP signs them, though its client escaped what it did not', async () => {
    const signed = String.raw`{"url":"https:\/\/example.com","name":"заказ","amount":1.10,"big":10000000000000000001}`;
    const sent = String.raw`{"url":"https:\/\/example.com","name":"\u0437\u0430\u043a\u0430\u0437","amount":1.10,"big":10000000000000000001,"sign":"${digestOf(signed, key)}"}`;
    assert.equal(await verdict(sent), 'verified');
  });

  it('are taken as its Node.js sample checks them: slashes escaped', async () => {
    const data = { uuid: '7', url_callback: 'https://your.site/callback', amount: '15' };
    const signed = JSON.stringify(data).replaceAll('/', '\\/');
    assert.equal(await verdict(JSON.stringify({ ...data, sign: digestOf(signed, key) })), 'verified');
  });

  it('are signed by the rule that cryptomus-sdk signs requests by', async () => {
    const sign = await sdkSignature({ uuid: '62f88b36' });
    assert.equal(await verdict(`{"uuid":"62f88b36","sign":"${sign}"}`), 'verified');
  });

  it('are refused without a signature, or with one that is none', async () => {
    assert.equal(await verdict('{"uuid":"7"}'), 'signature-missing');
    assert.equal(await verdict('{"inner":{"sign":"00"}}'), 'signature-missing');
    for (const sign of ['""', '"xyz"', '1', 'null', '{"a":1}', `"${digestOf('{}', key).toUpperCase()}"`])
      assert.equal(await verdict(`{"sign":${sign}}`), 'signature-malformed');
  });

  it('are refused with a signature twice, in whatever spelling', async () => {
    const sign = digestOf('{"a":1}', key);
    for (const second of ['"sign"', '"\\u0073ign"'])
      assert.equal(await verdict(`{"a":1,"sign":"${sign}",${second}:"${sign}"}`), 'signature-malformed');
  });

  it('are refused with another member of the same name', async () => {
    const sign = digestOf('{"status":"paid"}', key);
    assert.equal(await verdict(`{"status":"fail","status":"paid","sign":"${sign}"}`), 'signature-malformed');
  });

  it('are not taken by a digest without the key', async () => {
    const sign = createHash('md5').update(Buffer.from('{}').toString('base64')).digest('hex');
    assert.equal(await verdict(`{"sign":"${sign}"}`), 'signature-wrong');
  });
});

/** What axios shows of a request before it is sent. */
interface SdkRequest {
  readonly headers: { readonly sign: string };
}

interface Interceptors {
  use(change: (request: SdkRequest) => never): number;
  eject(id: number): void;
}

/** What the SDK puts into the header of a request with this body; nothing is sent. */
async function sdkSignature(body: Parameters<Cryptomus['resendWebhook']>[0]): Promise<string> {
  const sdkRequire = createRequire(createRequire(import.meta.url).resolve('cryptomus-sdk'));
  const axios = sdkRequire('axios') as { readonly interceptors: { readonly request: Interceptors } };
  let signature = '';
  const id = axios.interceptors.request.use(({ headers }) => {
    signature = headers.sign;
    throw new Error('nothing is sent');
  });
  const client = new Cryptomus('merchant', key, 'payout key');
  await client.resendWebhook(body).catch(() => undefined);
  axios.interceptors.request.eject(id);
  return signature;
}
