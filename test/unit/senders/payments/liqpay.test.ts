import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setup, sign, signedForm } from '../../../support/signing/liqpay.ts';
import { callOf, verdictOf, verifierOf, written } from '../support.ts';

const secrets = ['your_private_key'];
const form = ['Content-Type', 'application/x-www-form-urlencoded'];
const verdict = (body: string, url?: string, headers: readonly string[] = form) =>
  verdictOf('liqpay', callOf(written(headers, body, url)), { secrets });

/** The example of its documentation. */
const data = 'data=base64_post_string';
const signature = 'signature=tp%2BZLmKm1%2FE83dIzUpx5ljcttP4%3D';

describe('calls of LiqPay', () => {
  it('are taken as its documentation has them', async () => {
    assert.equal(await verdict(`${data}&${signature}`), 'verified');
    assert.equal(await verdict(`${signature}&${data}`), 'verified');
    assert.equal(await verdict(`${data}&${signature}&else=1`), 'verified');
  });

  it('are refused where the form is none, or a field is missing', async () => {
    assert.equal(await verdict(data), 'signature-missing');
    assert.equal(await verdict(signature), 'signature-missing');
    assert.equal(await verdict(`data=&${signature}`), 'signature-missing');
    assert.equal(await verdict(`${data}&signature=`), 'signature-missing');
    assert.equal(await verdict(`${data}&${signature}&x=%zz`), 'signature-malformed');
  });

  it('are refused where the form is larger than 64 KiB', async () => {
    const filled = (bytes: number) => `${data}&${signature}&else=`.padEnd(bytes, 'x');
    assert.equal(await verdict(filled(64 * 1024)), 'verified');
    assert.equal(await verdict(filled(64 * 1024 + 1)), 'signature-malformed');
  });

  for (const second of ['data=x', 'data%5B%5D=x', 'data[0]=x', 'DATA=x', '+data=x', 'data%00=x']) {
    it(`are refused with a second ${second}, in the form and in the query`, async () => {
      assert.equal(await verdict(`${data}&${signature}&${second}`), 'signature-malformed');
      assert.equal(await verdict(`${second}&${data}&${signature}`), 'signature-malformed');
      const url = `https://hooks.example.com/in?${second}`;
      assert.equal(await verdict(`${data}&${signature}`, url), 'signature-malformed');
    });
  }

  it('are refused with a second signature, or one in another spelling of base64', async () => {
    assert.equal(await verdict(`${data}&${signature}&${signature}`), 'signature-malformed');
    for (const other of [
      'tp-ZLmKm1_E83dIzUpx5ljcttP4=',
      'tp%2BZLmKm1%2FE83dIzUpx5ljcttP4',
      'tp+ZLmKm1/E83dIzUpx5ljcttP4=',
    ])
      assert.equal(await verdict(`${data}&signature=${other}`), 'signature-malformed');
    assert.equal(await verdict(`${data}&signature=AAAA`), 'signature-wrong');
  });

  it('are refused in a body that says it is no form: a bot might find other fields there', async () => {
    const signed = `https://hooks.example.com/in?${data}&${signature}`;
    const headers = ['Content-Type', 'multipart/form-data; boundary=x'];
    assert.equal(await verdict('--x\r\n', signed, headers), 'signature-malformed');
    assert.equal(
      await verdict('{"data":"x"}', signed, ['Content-Type', 'application/json']),
      'signature-malformed',
    );
    assert.equal(await verdict(`${data}&${signature}`, undefined, []), 'signature-malformed');
    assert.equal(await verdict(`${data}&${signature}`, undefined, [...form, ...form]), 'signature-malformed');
    const utf16 = ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-16'];
    assert.equal(await verdict(`${data}&${signature}`, undefined, utf16), 'signature-malformed');
    const utf8 = ['Content-Type', 'application/x-www-form-urlencoded; charset=UTF-8'];
    assert.equal(await verdict(`${data}&${signature}`, undefined, utf8), 'verified');
  });

  it('are refused with any character of what is signed changed', async () => {
    const verify = verifierOf('liqpay', setup);
    const text = Buffer.from(sign().body).toString('latin1');
    for (let at = 0; at < text.length; at++) {
      const changed = text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1);
      assert.notEqual(await verify(callOf({ ...sign(), body: Buffer.from(changed) })), 'verified', changed);
    }
  });

  it('are signed by their text: what stands behind a NUL or beyond ASCII counts', async () => {
    for (const text of ['a\0b', 'é', 'a b+c/d==']) {
      assert.equal(await verdict(signedForm(text, 'your_private_key')), 'verified');
      assert.equal(
        await verdict(signedForm(text, 'your_private_key').replace('data=', 'data=x')),
        'signature-wrong',
      );
    }
  });
});
