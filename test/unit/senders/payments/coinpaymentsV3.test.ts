import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findSenderProblems } from '../../../../src/senders/index.ts';
import { setup, sign } from '../../../support/signing/coinpaymentsV3.ts';
import { callOf, headerOf, verdictOf, verifierOf, withHeader, withoutHeader, written } from '../support.ts';

const verify = verifierOf('coinpayments-v3', setup);

describe('webhooks of CoinPayments', () => {
  it('are taken as computed by hand', async () => {
    const headers = [
      'X-CoinPayments-Client',
      'client',
      'X-CoinPayments-Timestamp',
      '2025-03-01T02:30:00',
      'X-CoinPayments-Signature',
      'yIPy9pr3P/cHgteuKJOOkMVKuvKXvXKYXdOZAg2I3EQ=',
    ];
    const call = callOf(written(headers, '{"id":1}', 'https://hooks.example.com/in'));
    const settings = { clientId: 'client' };
    assert.equal(await verdictOf('coinpayments-v3', call, { secrets: ['secret'], settings }), 'verified');
  });

  for (const name of ['client', 'timestamp', 'signature']) {
    it(`need the header X-CoinPayments-${name}, once`, async () => {
      const header = `x-coinpayments-${name}`;
      const request = sign();
      assert.equal(await verify(callOf(withoutHeader(request, header))), 'signature-missing');
      const repeated = { ...request, headers: [...request.headers, header, headerOf(request, header)] };
      assert.equal(await verify(callOf(repeated)), 'signature-malformed');
    });
  }

  it('are bound to the integration, the method, the URL and the time', async () => {
    const request = sign();
    const other = verifierOf('coinpayments-v3', setup, { settings: { clientId: 'another' } });
    assert.equal(await other(callOf(request)), 'signature-wrong');
    for (const changed of [
      withHeader(request, 'x-coinpayments-client', 'another'),
      withHeader(request, 'x-coinpayments-timestamp', '2026-05-17T12:00:01'),
      { ...request, method: 'GET' as const },
      { ...request, url: `${request.url}&a=1` },
      { ...request, url: request.url.replace('https', 'http') },
    ])
      assert.equal(await verify(callOf(changed)), 'signature-wrong');
  });

  it('have a time that ends where it should: the body begins behind it', async () => {
    const request = sign();
    const time = headerOf(request, 'x-coinpayments-timestamp');
    const begun = withHeader(request, 'x-coinpayments-timestamp', `${time}{`);
    const shifted = { ...begun, body: request.body.subarray(1) };
    assert.equal(await verify(callOf(shifted)), 'signature-malformed');
    for (const wrong of ['now', '1747483200', '2026-05-17', '2026-05-17T12:00:00+03:00'])
      assert.equal(
        await verify(callOf(withHeader(request, 'x-coinpayments-timestamp', wrong))),
        'signature-malformed',
      );
  });
});

describe('the configuration of CoinPayments’ webhooks', () => {
  it('needs the integration and the public URL', () => {
    const { secrets } = setup;
    const config = { secrets, settings: {}, publicUrl: null, verify: 'enforce' } as const;
    assert.deepEqual(
      findSenderProblems('coinpayments-v3', config).map(({ at }) => at),
      [['senderSettings', 'clientId'], ['sender']],
    );
  });
});
