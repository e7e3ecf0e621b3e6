import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setup, sign, signedForm, signGet } from '../../../support/signing/freekassa.ts';
import { callOf, verdictOf, verifierOf, written } from '../support.ts';

const secrets = ['secret_word_2'];
const form = ['Content-Type', 'application/x-www-form-urlencoded'];
const signed = (text: string) => signedForm(text, 'secret_word_2');

const verdict = (body: string, url?: string) =>
  verdictOf('freekassa', callOf(written(form, body, url)), { secrets });

function verdictOfGet(query: string) {
  const request = written([], '', `https://hooks.example.com/in?${query}`);
  return verdictOf('freekassa', callOf({ ...request, method: 'GET' }), { secrets });
}

const payment = 'MERCHANT_ID=14963&AMOUNT=99&MERCHANT_ORDER_ID=ID_234';

describe('calls of FreeKassa', () => {
  it('are taken as the package freekassa-node signs them, by POST and by GET', async () => {
    const call = `${payment}&SIGN=c0905625cf96d7730487a4dda69c6a09`;
    assert.equal(await verdict(call), 'verified');
    assert.equal(await verdictOfGet(call), 'verified');
    assert.equal(await verdictOfGet(`&command=%2Fpaid&${call}&intid=7`), 'verified');
  });

  it('are signed by the amount as it was written', async () => {
    for (const amount of ['99', '99.0', '99.00', '1e2', '0099']) {
      const call = signed(`MERCHANT_ID=1&AMOUNT=${amount}&MERCHANT_ORDER_ID=7`);
      assert.equal(await verdict(call), 'verified');
      assert.equal(await verdict(call.replace('AMOUNT=', 'AMOUNT=0')), 'signature-wrong');
    }
  });

  it('need each signed field', async () => {
    const call = signed(payment);
    for (const name of ['MERCHANT_ID', 'AMOUNT', 'MERCHANT_ORDER_ID', 'SIGN']) {
      assert.equal(await verdict(call.replace(new RegExp(`${name}=[^&]*`), '')), 'signature-missing');
      assert.equal(await verdict(call.replace(new RegExp(`${name}=[^&]*`), `${name}=`)), 'signature-missing');
    }
  });

  for (const second of [
    'AMOUNT=1',
    'amount=1',
    'AMOUNT%5B%5D=1',
    'AMOUNT[x]=1',
    '+AMOUNT=1',
    'MERCHANT.ID=1',
    'MERCHANT+ORDER_ID=1',
    'SIGN=00',
  ]) {
    it(`are refused with a second field ${second}, in the form, in the query, or in both`, async () => {
      const call = signed(payment);
      const url = `https://hooks.example.com/in?${second}`;
      assert.equal(await verdict(`${call}&${second}`), 'signature-malformed');
      assert.equal(await verdict(`${second}&${call}`), 'signature-malformed');
      assert.equal(await verdict(call, url), 'signature-malformed');
      assert.equal(await verdictOfGet(`${call}&${second}`), 'signature-malformed');
    });
  }

  it('are refused where a form is put behind a signed query', async () => {
    const url = `https://hooks.example.com/in?${signed(payment)}`;
    assert.equal(await verdict('AMOUNT=1000000', url), 'signature-malformed');
    for (const type of ['multipart/form-data; boundary=x', 'application/json', 'text/plain']) {
      const call = callOf(written(['Content-Type', type], '{"AMOUNT":"1000000"}', url));
      assert.equal(await verdictOf('freekassa', call, { secrets }), 'signature-malformed');
    }
  });

  it('are refused with a colon that would move one field into the next', async () => {
    const call = signed('MERCHANT_ID=1&AMOUNT=2%3A3&MERCHANT_ORDER_ID=7');
    assert.equal(await verdict(call), 'signature-malformed');
    assert.equal(
      await verdict(call.replace('MERCHANT_ID=1&AMOUNT=2%3A3', 'MERCHANT_ID=1%3A2&AMOUNT=3')),
      'signature-malformed',
    );
    assert.equal(await verdict(signed('MERCHANT_ID=1&AMOUNT=2&MERCHANT_ORDER_ID=7%3A8')), 'verified');
  });

  it('are refused with an order that was lengthened behind the padding of MD5', async () => {
    for (const padding of ['%80%00%00x', '%00x', '%C2%80%00x'])
      assert.equal(
        await verdict(signed('MERCHANT_ID=1&AMOUNT=2&MERCHANT_ORDER_ID=7').replace('ID=7', `ID=7${padding}`)),
        'signature-malformed',
      );
  });

  it('are refused for another merchant than the one that was named', async () => {
    const other = verifierOf('freekassa', setup, { settings: { merchant: '1' } });
    for (const request of [sign(), signGet()]) assert.equal(await other(callOf(request)), 'signature-wrong');
    const any = verifierOf('freekassa', setup, { settings: {} });
    assert.equal(await any(callOf(sign())), 'verified');
  });

  it('have their signature in small letters', async () => {
    assert.equal(await verdict(`${payment}&SIGN=C0905625CF96D7730487A4DDA69C6A09`), 'signature-malformed');
  });
});
