import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { setup, sign } from '../../../support/signing/coinpayments.ts';
import { callOf, verdictOf, verifierOf, written } from '../support.ts';

const secret = 'ipnsecret';

/** What these say of `body` under a right signature. */
function verdict(body: string, merchant?: string) {
  const headers = ['HMAC', createHmac('sha512', secret).update(body).digest('hex')];
  const settings = merchant === undefined ? {} : { merchant };
  return verdictOf('coinpayments', callOf(written(headers, body)), { secrets: [secret], settings });
}

describe('IPNs of CoinPayments', () => {
  it('are taken as computed by hand', async () => {
    const signature =
      '212413610c212501e784596ed8dd3581e771e9c631a91cbd21c34d31114081983b5c2e026a9b84298e6cfe5b7bf83a230f151d708a9ce22fa2927c8038552319';
    const call = callOf(written(['hmac', signature], 'ipn_version=1.0&ipn_mode=hmac&merchant=m&status=100'));
    assert.equal(await verdictOf('coinpayments', call, { secrets: [secret] }), 'verified');
  });

  it('are refused for another merchant than the one that was named', async () => {
    const other = verifierOf('coinpayments', setup, { settings: { merchant: 'another' } });
    assert.equal(await other(callOf(sign())), 'signature-wrong');
    assert.equal(await verdict('ipn_mode=hmac&merchant=m', 'm'), 'verified');
    assert.equal(await verdict('ipn_mode=hmac&merchant=M', 'm'), 'signature-wrong');
  });

  for (const body of [
    'ipn_mode=hmac',
    'merchant=m',
    'ipn_mode=httpauth&merchant=m',
    'ipn_mode=hmac&merchant=',
    'ipn_mode=hmac&merchant=m&merchant=n',
    'ipn_mode=hmac&merchant=m&merchant[]=n',
    'ipn_mode=hmac&Merchant=m',
    'ipn_mode=hmac&ipn_mode=hmac&merchant=m',
    '{"ipn_mode":"hmac","merchant":"m"}',
    'ipn_mode=hmac&merchant=m&custom=%ff',
  ]) {
    it(`are refused as ${body}`, async () => {
      assert.equal(await verdict(body), 'signature-wrong');
    });
  }
});
