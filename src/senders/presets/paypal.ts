import { verify as verifySignature, X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { crc32 } from 'node:zlib';
import { emptyOk } from '../acknowledgements.ts';
import type { DocumentSource, SenderPreset, Verify } from '../contract.ts';
import { senderCertificate } from '../signature/certificate.ts';
import { CertificateCache } from '../signature/certificateCache.ts';
import { base64Bytes } from '../signature/encoding.ts';
import { soleHeaders } from '../signature/soleHeaders.ts';

const headerNames = [
  'paypal-transmission-id',
  'paypal-transmission-time',
  'paypal-transmission-sig',
  'paypal-cert-url',
  'paypal-auth-algo',
] as const;

/** PayPal's own hosts, and nothing in the URL but the certificate's name: the caller has written it. */
const certificateUrl =
  /^https:\/\/api(?:-m)?(?:\.sandbox)?\.paypal\.com\/v1\/notifications\/certs\/[A-Za-z0-9-]{1,100}$/;

/** `messageverificationcerts.paypal.com`, in the sandbox `messageverificationcerts.sandbox.paypal.com`. */
const certificateName = /^messageverificationcerts(?:\.[a-z0-9-]+)*\.paypal\.com$/;

/** A bar would let a part of one field pass for a part of the next. */
const signedField = /^[\x21-\x7b\x7d\x7e]+$/;

const roots = () => rootCertificates.map((root) => new X509Certificate(root));

function verifier(webhookId: string, documents: DocumentSource): Verify {
  const certificates = new CertificateCache({
    documents,
    read: (document, at) => senderCertificate(document, { name: certificateName, roots, at }),
  });
  return async ({ headers, body, receivedAt }) => {
    const found = soleHeaders(headers, headerNames);
    if ('problem' in found) return found.problem;
    const { values } = found;
    const [id, time] = [values['paypal-transmission-id'], values['paypal-transmission-time']];
    const signature = base64Bytes(values['paypal-transmission-sig']);
    const isReadable = signedField.test(id) && signedField.test(time) && signature !== null;
    if (!isReadable || values['paypal-auth-algo'] !== 'SHA256withRSA') return 'signature-malformed';
    const url = values['paypal-cert-url'];
    if (!certificateUrl.test(url)) return 'signature-malformed';
    const known = await certificates.find(url, receivedAt);
    if (known === null) return 'sender-unverifiable';
    const signed = Buffer.from(`${id}|${time}|${webhookId}|${crc32(body)}`, 'latin1');
    const isRight = verifySignature('sha256', signed, known.certificate.publicKey, signature);
    return isRight ? 'verified' : 'signature-wrong';
  };
}

export const paypal: SenderPreset = {
  name: 'paypal',
  title: 'PayPal',
  signature:
    "RSA-SHA256 of `{transmission id}|{transmission time}|{webhook id}|{the body's CRC-32, decimal}` under PayPal's certificate, base64, in `PAYPAL-TRANSMISSION-SIG`",
  secret: null,
  settings: { required: ['webhookId'], optional: [] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers'],
  answer: {
    mode: 'ack',
    acknowledgement: emptyOk,
    success: 'any-2xx',
    readsBody: false,
    waitsMs: null,
  },
  retries: {
    on: 'any answer but 2xx',
    schedule: 'up to 25 times within 3 days',
    tooManyRequests: 'retried',
    windowMs: 3 * 86_400_000,
  },
  eventId: ['json:/id'],
  sources: [
    'https://developer.paypal.com/api/rest/webhooks/rest',
    'https://github.com/paypal/PayPal-Python-SDK/blob/0d704e7/paypalrestsdk/notifications.py',
    'https://github.com/paypal/PayPal-Java-SDK/blob/2a34212/rest-api-sdk/src/main/java/com/paypal/base/SSLUtil.java',
    'https://github.com/paypal/PayPal-Ruby-SDK/blob/f55fdc5/lib/paypal-sdk/rest/data_types.rb',
  ],
  secondary: ['that certificates may be on the hosts `api-m` too: its SDKs know `api` alone'],
  unknown: [
    'how long it waits for an answer',
    'how old a transmission may be: its time is not looked at',
    'who issues its certificates today, and whether the issuer stands beside them: a certificate whose issuer is not at hand is taken because it came from PayPal over TLS',
    'its addresses',
  ],
  notes: [
    'Of the body its CRC-32 alone is signed: whoever has a signed call can make another body that fits it.',
    "The simulator's webhook id is the word `WEBHOOK_ID`.",
    "Certificates are fetched from PayPal's hosts alone, kept for a day, and at most 10 unknown ones are asked for in a minute.",
  ],
  check: ({ settings: { webhookId = '' } }) =>
    /^\w{1,50}$/.test(webhookId)
      ? []
      : [
          {
            at: ['senderSettings', 'webhookId'],
            message: 'is no id as PayPal shows them: letters and digits',
          },
        ],
  verifier: ({ settings, documents }) => verifier(settings.webhookId ?? '', documents),
};
