import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { setup, signJson } from '../../../support/signing/plisio.ts';
import { callOf, verdictOf, verifierOf, written } from '../support.ts';

const key = 'made-up API key';
const hashOf = (text: string) => createHmac('sha1', key).update(text).digest('hex');
const verdict = (body: string) => verdictOf('plisio', callOf(written([], body)), { secrets: [key] });

/** The vector of its Node.js SDK's tests. */
const published = {
  amount: '15.300000',
  comment: 'Invoice details: https://plisio.loc/account/transactions/61b19fd3f609ba61f4282547',
  confirmations: '0',
  currency: 'USDT',
  ipn_type: 'invoice',
  merchant: 'Test shop',
  merchant_id: '5d09fcd84f1e66138d706ed8',
  order_name: 'test USDT',
  order_number: '21120906',
  psys_cid: 'USDT',
  source_amount: '15.00',
  source_currency: 'USD',
  source_rate: '1.000000',
  status: 'completed',
  txn_id: '61b19fd3f609ba61f4282547',
  verify_hash: '6c53ff3472d694bfa13851ef266ec67389d25e2f',
};

describe('calls of Plisio in JSON', () => {
  it('are taken as its Node.js SDK’s tests have them, in any order', async () => {
    const secrets = ['8LEfCIhEwSApKj02NM0jI-1urGthaqprSArbfzTAcvAIpMQu_jGTkXEyE3TE26Ip'];
    const reversed = Object.fromEntries(Object.entries(published).reverse());
    for (const fields of [published, reversed]) {
      const call = callOf(written([], JSON.stringify(fields)));
      assert.equal(await verdictOf('plisio', call, { secrets }), 'verified');
    }
  });

  it('are taken with values of any kind, which that SDK makes texts of', async () => {
    const hash = hashOf('{"a":"1.50","b":"true","c":"null"}');
    assert.equal(await verdict(`{"c":null,"a":1.50,"b":true,"verify_hash":"${hash}"}`), 'verified');
  });

  it('are taken as its Python SDK checks them: order and kinds kept, all but ASCII escaped', async () => {
    const hash = hashOf(String.raw`{"b":"\u00e9/","a":1.50,"l":[{"x":null}]}`);
    assert.equal(await verdict(`{"b":"é/","a":1.50,"l":[{"x":null}],"verify_hash":"${hash}"}`), 'verified');
  });

  it('are refused where the Node.js SDK would sign no more of a value than that it is an object', async () => {
    const hash = hashOf('{"a":"[object Object]"}');
    assert.equal(await verdict(`{"a":{"amount":1},"verify_hash":"${hash}"}`), 'signature-wrong');
  });

  it('are refused without a signature, with one that is none, or with two', async () => {
    assert.equal(await verdict('{"a":"1"}'), 'signature-missing');
    assert.equal(await verdict('{"a":"1","verify_hash":7}'), 'signature-missing');
    assert.equal(await verdict('{"a":"1","verify_hash":"xyz"}'), 'signature-malformed');
    const hash = hashOf('{"a":"1"}');
    assert.equal(
      await verdict(`{"a":"1","verify_hash":"${hash}","verify_hash":"${hash}"}`),
      'signature-malformed',
    );
  });

  it('are taken under any of several keys', async () => {
    const verify = verifierOf('plisio', setup, { secrets: setup.secrets });
    for (const secret of setup.secrets) assert.equal(await verify(callOf(signJson({ secret }))), 'verified');
  });
});

describe('calls of Plisio in a form', () => {
  const hash = hashOf('a:2:{s:1:"a";s:2:"é";s:7:"tx_urls";s:6:"["u"&]";}');

  it('are taken as PHP serialises them: sorted, lengths in bytes, the addresses without entities', async () => {
    assert.equal(
      await verdict(`tx_urls=%5B%26quot%3Bu%26quot%3B%26amp%3B%5D&a=%C3%A9&verify_hash=${hash}`),
      'verified',
    );
    assert.equal(
      await verdict(`verify_hash=${hash}&a=%c3%a9&tx_urls=%5b%26quot;u%26quot;%26amp;]`),
      'verified',
    );
  });

  for (const more of ['&a=x', '&a%5B%5D=x', '&A.b=x', '&7=x', '&b+c=x', '&%5B=x', '&=x']) {
    it(`are refused with ${more} added, which PHP would read otherwise`, async () => {
      const signed = hashOf('a:1:{s:1:"a";s:1:"1";}');
      assert.equal(await verdict(`a=1&verify_hash=${signed}`), 'verified');
      assert.equal(await verdict(`a=1&verify_hash=${signed}${more}`), 'signature-malformed');
    });
  }

  it('are refused with a field more, or without a signature', async () => {
    const signed = hashOf('a:1:{s:1:"a";s:1:"1";}');
    assert.equal(await verdict(`a=1&b=2&verify_hash=${signed}`), 'signature-wrong');
    assert.equal(await verdict('a=1'), 'signature-missing');
    assert.equal(await verdict('a=1&verify_hash=xyz'), 'signature-malformed');
    assert.equal(await verdict('a=1&verify_hash=00&verify_hash=00'), 'signature-malformed');
  });
});
