import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { senderCertificate } from '../../../../src/senders/signature/certificate.ts';
import { signingTime } from '../../../support/signing/contract.ts';
import { authority, signer, validity } from '../../../support/signing/paypal.ts';
import { certificate, identity, type CertificateParams } from '../../../support/signing/x509.ts';

const name = /^messageverificationcerts(?:\.[a-z]+)*\.paypal\.com$/;
const between = identity('Made-up Intermediate');
const stranger = identity('Stranger');

/** The same names with keys of their own, as a forger would make them. */
const forgedAuthority = identity(authority.name);
const forgedBetween = identity(between.name);

const authorityOf = (params: Pick<CertificateParams, 'subject' | 'issuer'>) =>
  certificate({ ...params, ...validity, isAuthority: true });
const leafOf = (params: Partial<CertificateParams>) =>
  certificate({ subject: signer, issuer: authority, hosts: [signer.name], ...validity, ...params });

const root = authorityOf({ subject: authority, issuer: authority });
const link = authorityOf({ subject: between, issuer: authority });
const roots = () => [new X509Certificate(root)];

function accepts(...pem: readonly string[]): boolean {
  return senderCertificate(pem.join(''), { name, roots, at: signingTime }) !== null;
}

describe('a certificate of a sender', () => {
  it('is taken where a trusted root has signed it', () => {
    const found = senderCertificate(leafOf({}), { name, roots, at: signingTime });
    assert.equal(found?.validFrom, validity.validFrom);
    assert.equal(found.validTo, validity.validTo);
    assert.ok(accepts(leafOf({}), root));
  });

  it('is taken where a trusted root has signed its issuer, in whatever order they stand', () => {
    const leaf = leafOf({ issuer: between });
    assert.ok(accepts(leaf, link));
    assert.ok(accepts(leaf, root, link));
  });

  it('is taken where its issuer is not at hand: it came over TLS from where it should', () => {
    assert.ok(accepts(leafOf({ issuer: stranger })));
    assert.ok(accepts(leafOf({ issuer: between })));
  });

  it('is refused where it or its issuer has signed itself and is no trusted root', () => {
    assert.ok(!accepts(leafOf({ issuer: signer })));
    const own = authorityOf({ subject: stranger, issuer: stranger });
    assert.ok(!accepts(leafOf({ issuer: stranger }), own));
  });

  it('is refused where somebody else has signed in the name of the issuer', () => {
    assert.ok(!accepts(leafOf({ issuer: forgedAuthority })));
    assert.ok(!accepts(leafOf({ issuer: forgedBetween }), link));
    const forgedLink = authorityOf({ subject: between, issuer: forgedAuthority });
    assert.ok(!accepts(leafOf({ issuer: between }), forgedLink));
  });

  it('is taken where one of two issuers of the same name has signed', () => {
    const forged = authorityOf({ subject: forgedBetween, issuer: authority });
    assert.ok(accepts(leafOf({ issuer: between }), forged, link));
  });

  it('is refused where the issuer is no authority, or was not valid', () => {
    const plain = certificate({ subject: between, issuer: authority, ...validity });
    assert.ok(!accepts(leafOf({ issuer: between }), plain));
    const old = { subject: between, issuer: authority, validFrom: 0, validTo: signingTime - 1_000 };
    assert.ok(!accepts(leafOf({ issuer: between }), certificate({ ...old, isAuthority: true })));
  });

  it('is refused before and after its time', () => {
    assert.ok(!accepts(leafOf({ validFrom: signingTime + 1_000 })));
    assert.ok(!accepts(leafOf({ validTo: signingTime - 1_000 })));
  });

  for (const common of [
    'api.paypal.com',
    'messageverificationcerts.paypal.com.evil.example',
    'messageverificationcerts.evil-paypal.com',
    'xmessageverificationcerts.paypal.com',
    'messageverificationcerts.paypal.com\nCN=x',
    '*.paypal.com',
  ]) {
    it(`is refused by the name ${JSON.stringify(common)}`, () => {
      const subject = { ...signer, name: common };
      assert.ok(!accepts(leafOf({ subject, hosts: [] })));
    });
  }

  it('is refused where its alternative names are others than its common name', () => {
    assert.ok(accepts(leafOf({ hosts: [] })));
    assert.ok(!accepts(leafOf({ hosts: ['evil.example'] })));
    assert.ok(!accepts(leafOf({ hosts: ['*.paypal.com'] })));
  });

  it('is refused where it is an authority itself, or its key is short', () => {
    assert.ok(!accepts(leafOf({ isAuthority: true })));
    assert.ok(!accepts(leafOf({ subject: identity(signer.name, 1_024) })));
  });

  it('is refused where the text is long, or holds many', () => {
    assert.ok(!accepts(leafOf({}), 'x'.repeat(70_000)));
    assert.ok(!accepts(leafOf({}), ...Array.from({ length: 8 }, () => root)));
  });
});
