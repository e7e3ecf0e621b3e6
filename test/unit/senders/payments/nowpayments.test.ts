import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { setup, sign, sorted } from '../../../support/signing/nowpayments.ts';
import { callOf, verdictOf, verifierOf, written } from '../support.ts';

const key = 'made-up IPN key';

/** A call with `body`, signed over `signed`. */
function call(body: string, signed: string, under = key) {
  const signature = createHmac('sha512', under).update(signed).digest('hex');
  return callOf(written(['x-nowpayments-sig', signature], body));
}

const verdict = (body: string, signed: string) =>
  verdictOf('nowpayments', call(body, signed), { secrets: [key] });

const body = '{"b":2,"a":{"d":"x/é","c":[{"f":1,"e":null}]}}';

describe('calls of NOWPayments', () => {
  it('are taken as the Node.js SDK signs them: every object sorted', async () => {
    assert.equal(await verdict(body, JSON.stringify(sorted(JSON.parse(body)))), 'verified');
  });

  it('are taken as the PHP sample signs them: the outermost object sorted, slashes and all but ASCII escaped', async () => {
    const signed = String.raw`{"a":{"d":"x\/\u00e9","c":[{"f":1,"e":null}]},"b":2}`;
    assert.equal(await verdict(body, signed), 'verified');
  });

  it('are taken as the older Node.js sample signs them where it leaves nothing out', async () => {
    const flat = '{"payment_status":"waiting","payment_id":5077125051,"actually_paid":0}';
    const params = JSON.parse(flat) as Record<string, unknown>;
    assert.equal(await verdict(flat, JSON.stringify(params, Object.keys(params).sort())), 'verified');
  });

  it('are refused where that sample would leave members unsigned', async () => {
    const params = JSON.parse('{"payment_id":1,"fee":{"currency":"btc"}}') as Record<string, unknown>;
    const signed = JSON.stringify(params, Object.keys(params).sort());
    assert.equal(signed, '{"fee":{},"payment_id":1}');
    assert.equal(await verdict(JSON.stringify(params), signed), 'signature-wrong');
    assert.equal(await verdict('{"payment_id":1,"fee":{}}', signed), 'verified');
  });

  it('are signed by what they say, not by how it is spelled', async () => {
    const spelled = '{ "a" : { "d":"x\\/\\u00E9", "c":[{"e":null,"f":1}] },\n"b":2 }';
    assert.equal(await verdict(spelled, JSON.stringify(sorted(JSON.parse(body)))), 'verified');
  });

  it('keep the text of their numbers', async () => {
    const numbers = '{"c":1e-7,"b":10000000000000000001,"a":1.0}';
    assert.equal(await verdict(numbers, '{"a":1.0,"b":10000000000000000001,"c":1e-7}'), 'verified');
    assert.equal(await verdict(numbers, '{"a":1,"b":10000000000000000000,"c":1e-7}'), 'signature-wrong');
  });

  it('are refused with a member twice, whichever of the two was signed', async () => {
    for (const signed of ['{"a":1}', '{"a":2}', '{"a":1,"a":2}'])
      assert.equal(await verdict('{"a":1,"a":2}', signed), 'signature-wrong');
  });

  it('are refused where their body is no object', async () => {
    for (const text of ['[1]', '"a"', '1', 'null', '', 'a=1'])
      assert.equal(await verdict(text, text), 'signature-wrong');
  });

  it('are checked with the key as it was meant, without spaces around it', async () => {
    const verify = verifierOf('nowpayments', setup, { secrets: [` ${setup.secrets[0] ?? ''}\n`] });
    assert.equal(await verify(callOf(sign())), 'verified');
  });

  it('have their signature in small letters', async () => {
    const signature = createHmac('sha512', key).update('{"a":1}').digest('hex');
    const request = written(['x-nowpayments-sig', signature.toUpperCase()], '{"a":1}');
    assert.equal(await verdictOf('nowpayments', callOf(request), { secrets: [key] }), 'signature-malformed');
  });
});
