import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setup, sign } from '../../../support/signing/oxapay.ts';
import { callOf, verifierOf } from '../support.ts';

const [merchantKey = ''] = setup.secrets;
const [payoutKey = '', nextPayoutKey = ''] = setup.settings?.payoutKeys ?? [];
const verify = verifierOf('oxapay', setup);

const verdict = (body: string, secret: string) => verify(callOf(sign({ body, secret })));
const typed = (type: string) => `{"track_id":"7","status":"paid","type":${JSON.stringify(type)}}`;

describe('calls of OxaPay', () => {
  for (const type of ['invoice', 'white_label', 'static_address', 'payment_link', 'donation']) {
    it(`of the type ${type} are checked with the merchant's key alone`, async () => {
      assert.equal(await verdict(typed(type), merchantKey), 'verified');
      assert.equal(await verdict(typed(type), payoutKey), 'signature-wrong');
    });
  }

  it('of the type payout are checked with the keys of payouts alone', async () => {
    assert.equal(await verdict(typed('payout'), payoutKey), 'verified');
    assert.equal(await verdict(typed('payout'), nextPayoutKey), 'verified');
    assert.equal(await verdict(typed('payout'), merchantKey), 'signature-wrong');
  });

  it('of a type that is new are checked with both', async () => {
    for (const secret of [merchantKey, payoutKey])
      assert.equal(await verdict(typed('something new'), secret), 'verified');
    assert.equal(await verdict(typed('something new'), 'another'), 'signature-wrong');
  });

  it('of payouts are checked with the secrets where no other key is given', async () => {
    const alone = verifierOf('oxapay', setup, { settings: {} });
    const payout = callOf(sign({ body: typed('payout'), secret: merchantKey }));
    assert.equal(await alone(payout), 'verified');
  });

  it('are refused where no type can be read, or two could', async () => {
    for (const body of [
      '{"track_id":"7"}',
      '{"type":7}',
      '{"type":"invoice","type":"payout"}',
      'type=invoice',
      '[]',
    ])
      for (const secret of [merchantKey, payoutKey])
        assert.equal(await verdict(body, secret), 'signature-wrong');
  });
});
