import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { setup, sign } from '../../../support/signing/ccpayment.ts';
import { callOf, headerOf, verdictOf, verifierOf, withHeader, withoutHeader, written } from '../support.ts';

const verify = verifierOf('ccpayment', setup);

describe('calls of CCPayment', () => {
  it('are taken as its documentation has them signed', async () => {
    const [appId, secret, time, body] = ['202302010636', 'secret', '1677152490', '{"pay_status":"success"}'];
    const hash = createHash('sha256').update(`${appId}${secret}${time}${body}`).digest('hex');
    const request = written(['Appid', appId, 'Timestamp', time, 'Sign', hash], body);
    const call = callOf(request, { receivedAt: Number(time) * 1_000 });
    assert.equal(await verdictOf('ccpayment', call, { secrets: [secret] }), 'verified');
  });

  for (const name of ['appid', 'timestamp', 'sign']) {
    it(`need the header ${name}, once`, async () => {
      const request = sign();
      assert.equal(await verify(callOf(withoutHeader(request, name))), 'signature-missing');
      const repeated = { ...request, headers: [...request.headers, name, headerOf(request, name)] };
      assert.equal(await verify(callOf(repeated)), 'signature-malformed');
    });
  }

  it('are refused for another app, whether one was named or not', async () => {
    const named = verifierOf('ccpayment', setup, { settings: { appId: '1' } });
    assert.equal(await named(callOf(sign())), 'signature-wrong');
    const any = verifierOf('ccpayment', setup, { settings: {} });
    assert.equal(await any(callOf(sign())), 'verified');
    assert.equal(await any(callOf(withHeader(sign(), 'appid', '1'))), 'signature-wrong');
  });

  it('have a time of ten digits: with fewer, one would pass into the body', async () => {
    const request = sign();
    const time = headerOf(request, 'timestamp');
    const shorter = withHeader(request, 'timestamp', time.slice(0, 9));
    const body = Buffer.concat([Buffer.from(time.slice(9)), request.body]);
    assert.equal(await verify(callOf({ ...shorter, body })), 'signature-malformed');
    for (const wrong of ['now', `${time}000`, ` ${time}`, `+${time}`, `${time}.5`])
      assert.equal(await verify(callOf(withHeader(request, 'timestamp', wrong))), 'signature-malformed');
  });

  it('are refused with a body that was lengthened behind the padding of SHA-256', async () => {
    // Who knows a digest can go on from it; here the same digest is made with the secret at hand.
    const [secret = ''] = setup.secrets;
    const request = sign();
    const begun = Buffer.concat([Buffer.from(request.body), Buffer.from([0x80, 0, 0, 0, 0, 0, 2, 0xf0])]);
    const body = Buffer.concat([begun, Buffer.from('{"pay_status":"success"}')]);
    assert.equal(await verify(callOf(sign({ body, secret }))), 'signature-wrong');
  });
});
