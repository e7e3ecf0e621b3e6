import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DocumentSource, SenderCall } from '../../../../src/senders/index.ts';
import { findSenderProblems } from '../../../../src/senders/index.ts';
import { signingTime } from '../../../support/signing/contract.ts';
import { certificateUrl, setup, sign, signerCertificate, validity } from '../../../support/signing/paypal.ts';
import { callOf, verifierOf, withHeader, withoutHeader } from '../support.ts';

/** Documents that are told of as they are fetched. */
function fetching(serve: DocumentSource = setup.documents ?? (() => Promise.reject(new Error()))) {
  const fetched: string[] = [];
  const documents: DocumentSource = (url) => {
    fetched.push(url);
    return serve(url);
  };
  return { fetched, verify: verifierOf('paypal', { ...setup, documents }) };
}

const named = (url: string, changes: Partial<SenderCall> = {}) =>
  callOf(withHeader(sign(), 'paypal-cert-url', url), changes);

describe('calls of PayPal', () => {
  it('are bound to the webhook that they are for', async () => {
    const other = verifierOf('paypal', setup, { settings: { webhookId: '1JE4291016473214D' } });
    assert.equal(await other(callOf(sign())), 'signature-wrong');
  });

  for (const header of [
    'transmission-id',
    'transmission-time',
    'transmission-sig',
    'cert-url',
    'auth-algo',
  ]) {
    it(`need the header paypal-${header} as it was sent`, async () => {
      const { verify } = fetching();
      const name = `paypal-${header}`;
      assert.equal(await verify(callOf(withoutHeader(sign(), name))), 'signature-missing');
      assert.notEqual(await verify(callOf(withHeader(sign(), name, 'x'))), 'verified');
      const request = sign();
      const repeated = { ...request, headers: [...request.headers, name, 'x'] };
      assert.equal(await verify(callOf(repeated)), 'signature-malformed');
    });
  }

  it('are taken with one algorithm alone', async () => {
    const { fetched, verify } = fetching();
    for (const algorithm of ['SHA1withRSA', 'sha256', 'sha256withrsa', 'none'])
      assert.equal(
        await verify(callOf(withHeader(sign(), 'paypal-auth-algo', algorithm))),
        'signature-malformed',
      );
    assert.deepEqual(fetched, []);
  });

  it('are not read with a bar in a field, which would move the next', async () => {
    const { fetched, verify } = fetching();
    for (const name of ['paypal-transmission-id', 'paypal-transmission-time'])
      for (const value of ['a|b', 'a b', 'caf\u00e9'])
        assert.equal(await verify(callOf(withHeader(sign(), name, value))), 'signature-malformed');
    assert.deepEqual(fetched, []);
  });

  for (const url of [
    'http://api.paypal.com/v1/notifications/certs/CERT-1',
    'https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1',
    'https://evilpaypal.com/v1/notifications/certs/CERT-1',
    'https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1',
    'https://user@api.paypal.com/v1/notifications/certs/CERT-1',
    'https://api.paypal.com:8443/v1/notifications/certs/CERT-1',
    'https://api.paypal.com/v1/notifications/certs/../../oauth2/token',
    'https://api.paypal.com/v1/notifications/certs/CERT-1?next=//evil.example',
    'https://api.paypal.com/v1/notifications/certs/CERT-1#x',
    'https://api.paypal.com/v1/notifications/certs/',
    'https://api.paypal.com/v1/notifications/certs/CERT-1/x',
    'https://api.paypal.com/v1/notifications/certs/%2e%2e',
    'https://www.paypal.com/v1/notifications/certs/CERT-1',
    'https://API.paypal.com/v1/notifications/certs/CERT-1',
    'https://api.paypal.com\\@evil.example/v1/notifications/certs/CERT-1',
    'https://api.paypal.com/v1/notifications/certs/CERT-1\n',
    'https://169.254.169.254/v1/notifications/certs/CERT-1',
  ]) {
    it(`do not make us fetch ${JSON.stringify(url)}`, async () => {
      const { fetched, verify } = fetching();
      assert.equal(await verify(named(url)), 'signature-malformed');
      assert.deepEqual(fetched, []);
    });
  }

  for (const host of ['api', 'api-m', 'api.sandbox', 'api-m.sandbox']) {
    it(`may name a certificate at ${host}.paypal.com`, async () => {
      const { verify } = fetching(() => Promise.resolve(signerCertificate));
      const url = `https://${host}.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77`;
      assert.equal(await verify(named(url)), 'verified');
    });
  }

  it('cannot be checked where the certificate cannot be had, or is none', async () => {
    for (const document of ['', 'no certificate', signerCertificate.replace(/[A-Z]/, '!'), '<html>']) {
      const { verify } = fetching(() => Promise.resolve(document));
      assert.equal(await verify(callOf(sign())), 'sender-unverifiable');
    }
    const { verify } = fetching(() => Promise.reject(new Error('timed out')));
    assert.equal(await verify(callOf(sign())), 'sender-unverifiable');
  });

  it('fetch a certificate once, for many calls at a time and for a day', async () => {
    const { fetched, verify } = fetching();
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => verify(callOf(sign()))));
    assert.deepEqual([...new Set(verdicts)], ['verified']);
    const day = 86_400_000;
    assert.equal(await verify(callOf(sign(), { receivedAt: signingTime + day })), 'verified');
    assert.deepEqual(fetched, [certificateUrl]);
    assert.equal(await verify(callOf(sign(), { receivedAt: signingTime + day + 1_001 })), 'verified');
    assert.deepEqual(fetched, [certificateUrl, certificateUrl]);
  });

  it('are not taken with a certificate that has run out', async () => {
    const { verify } = fetching();
    const last = { receivedAt: validity.validTo - (validity.validTo % 1_000) };
    assert.equal(await verify(callOf(sign(), last)), 'verified');
    assert.equal(
      await verify(callOf(sign(), { receivedAt: last.receivedAt + 1_000 })),
      'sender-unverifiable',
    );
    assert.equal(
      await verify(callOf(sign(), { receivedAt: validity.validFrom - 1_000 })),
      'sender-unverifiable',
    );
  });
});

describe('the configuration of PayPal', () => {
  const problems = (webhookId?: string) =>
    findSenderProblems('paypal', {
      secrets: [],
      settings: webhookId === undefined ? {} : { webhookId },
      publicUrl: null,
      verify: 'enforce',
    });

  it('needs the id of the webhook, and no secret', () => {
    assert.deepEqual(problems('WEBHOOK_ID'), []);
    for (const webhookId of [undefined, '', 'a|b', 'a'.repeat(51)])
      assert.deepEqual(
        problems(webhookId).map(({ at }) => at),
        [['senderSettings', 'webhookId']],
      );
  });
});
