// Makes X.509 certificates for tests: Node reads them and writes none. RFC 5280 in DER, no more of it than is needed.
import { generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto';

/** A key pair and the name that its certificates bear. */
export interface Identity {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** What may be chosen about a certificate. */
export interface CertificateParams {
  readonly subject: Identity;
  readonly issuer: Identity;
  /** Milliseconds since the epoch. */
  readonly validFrom: number;
  readonly validTo: number;
  readonly isAuthority?: boolean;
  /** Host names beside the common name, as subject alternative names. */
  readonly hosts?: readonly string[];
}

/** A new identity with an RSA key. */
export function identity(name: string, modulusLength = 2_048): Identity {
  return { name, ...generateKeyPairSync('rsa', { modulusLength }) };
}

function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...parts: readonly Uint8Array[]) => tlv(0x30, ...parts);
const bitString = (bytes: Uint8Array) => tlv(0x03, Buffer.from([0]), bytes);
const octets = (bytes: Uint8Array) => tlv(0x04, bytes);
const yes = tlv(0x01, Buffer.from([0xff]));

const oid = {
  commonName: Buffer.from('0603550403', 'hex'),
  alternativeNames: Buffer.from('0603551d11', 'hex'),
  basicConstraints: Buffer.from('0603551d13', 'hex'),
  sha256WithRsa: Buffer.from('06092a864886f70d01010b', 'hex'),
};

const algorithm = sequence(oid.sha256WithRsa, tlv(0x05));

const nameOf = (name: string) =>
  sequence(tlv(0x31, sequence(oid.commonName, tlv(0x0c, Buffer.from(name, 'utf8')))));

/** As UTCTime, `YYMMDDHHMMSSZ`. */
function timeOf(at: number): Buffer {
  const digits = new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return tlv(0x17, Buffer.from(digits.slice(2), 'latin1'));
}

function extensionsOf({ isAuthority = false, hosts = [] }: CertificateParams): Buffer {
  const names = hosts.map((host) => tlv(0x82, Buffer.from(host, 'latin1')));
  return sequence(
    sequence(oid.basicConstraints, yes, octets(sequence(...(isAuthority ? [yes] : [])))),
    ...(names.length === 0 ? [] : [sequence(oid.alternativeNames, octets(sequence(...names)))]),
  );
}

/** A certificate in PEM. */
export function certificate(params: CertificateParams): string {
  const { subject, issuer, validFrom, validTo } = params;
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1])),
    algorithm,
    nameOf(issuer.name),
    sequence(timeOf(validFrom), timeOf(validTo)),
    nameOf(subject.name),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, extensionsOf(params)),
  );
  const der = sequence(body, algorithm, bitString(signBytes('sha256', body, issuer.privateKey)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
