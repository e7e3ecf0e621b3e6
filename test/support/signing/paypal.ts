import { sign as signBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { signingTime, type SenderSetup, type Sign } from './contract.ts';
import { chosen, jsonType, post } from './request.ts';
import { certificate, identity } from './x509.ts';

const webhookId = '1JE4291016473214C';

export const certificateUrl = 'https://api.paypal.com/v1/notifications/certs/CERT-00000000-00000000-00000000';

export const authority = identity('Made-up Authority');
export const signer = identity('messageverificationcerts.paypal.com');

/** Valid for a month to both sides of the time of signing. */
export const validity = {
  validFrom: signingTime - 30 * 86_400_000,
  validTo: signingTime + 30 * 86_400_000,
};

export const signerCertificate = certificate({
  subject: signer,
  issuer: authority,
  hosts: [signer.name],
  ...validity,
});

export const setup: SenderSetup = {
  secrets: [],
  settings: { webhookId },
  documents: async (url) => {
    if (url !== certificateUrl) throw new Error('there is no such certificate');
    return Promise.resolve(signerCertificate);
  },
  signatureHeader: 'paypal-transmission-sig',
  toleranceMs: null,
};

export const sign: Sign = (params = {}) => {
  const call = chosen(
    params,
    setup,
    '{"id":"WH-0G2756385H040842W-5Y612302CV158622M","event_type":"PAYMENT.SALE.COMPLETED"}',
  );
  const id = 'dfb3be50-fd74-11e4-8bf3-77339302725b';
  const time = new Date(params.signedAt ?? signingTime).toISOString().replace('.000Z', 'Z');
  const signed = `${id}|${time}|${webhookId}|${String(crc32(call.body))}`;
  return post(call, [
    ...jsonType,
    'Paypal-Transmission-Id',
    id,
    'Paypal-Transmission-Time',
    time,
    'Paypal-Cert-Url',
    certificateUrl,
    'Paypal-Auth-Algo',
    'SHA256withRSA',
    'Paypal-Transmission-Sig',
    signBytes('sha256', Buffer.from(signed), signer.privateKey).toString('base64'),
  ]);
};
