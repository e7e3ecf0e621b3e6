import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setup, sign } from '../../../support/signing/yookassa.ts';
import { callOf, verifierOf } from '../support.ts';

const verify = verifierOf('yookassa', {
  ...setup,
  addresses: ['185.71.76.0/27', '77.75.156.11', '2a02:5180:0:1509::/64', '2001:db8::7'],
});

describe('calls of YooKassa', () => {
  for (const ip of [
    '185.71.76.0',
    '185.71.76.31',
    '77.75.156.11',
    '2a02:5180:0:1509::1',
    '2a02:5180:0:1509:ffff:ffff:ffff:ffff',
    '2001:db8::7',
  ]) {
    it(`are taken from ${ip}, whatever they say`, async () => {
      assert.equal(await verify(callOf(sign(), { ip })), 'verified');
      assert.equal(await verify(callOf(sign({ body: 'anything' }), { ip })), 'verified');
    });
  }

  for (const ip of [
    '185.71.76.32',
    '185.71.75.255',
    '77.75.156.12',
    '2a02:5180:0:150a::',
    '2001:db8::8',
    '::1',
    '127.0.0.1',
    '',
    'unknown',
    '185.71.76.1, 10.0.0.1',
    '185.71.76.01',
    '3108457473',
  ]) {
    it(`are refused from ${JSON.stringify(ip)}`, async () => {
      assert.equal(await verify(callOf(sign(), { ip })), 'sender-address-wrong');
    });
  }

  it('are refused from everywhere where no address is known', async () => {
    const none = verifierOf('yookassa', { ...setup, addresses: [] });
    assert.equal(await none(callOf(sign(), { ip: '185.71.76.1' })), 'sender-address-wrong');
  });
});
