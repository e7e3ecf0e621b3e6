// A sender's certificate, checked as far as what is at hand allows.
import { X509Certificate } from 'node:crypto';

/** A certificate that was found good, and the time in which it is valid, in milliseconds since the epoch. */
export interface SenderCertificate {
  readonly certificate: X509Certificate;
  readonly validFrom: number;
  readonly validTo: number;
}

/** What a certificate must be. */
export interface CertificateRules {
  /** The common name, which the certificate must be valid for as a host's. */
  readonly name: RegExp;
  /** Gives the roots that are trusted; there are many, and most texts are refused without a look at them. */
  readonly roots: () => readonly X509Certificate[];
  /** Milliseconds since the epoch: every certificate must be valid then. */
  readonly at: number;
}

/** A bundle has a leaf, one or two certificates between, and perhaps the root. */
const certificatesMax = 8;
const charsMax = 64 * 1024;

const rsaBitsMin = 2_048;

const pemBlock = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * Takes the first certificate of a PEM text where it bears the name, is valid now, holds an RSA key of 2048 bits or more
 * and is signed by its issuer, and that one by its own, up to a trusted root. Where an issuer is neither in the text nor
 * among the roots the check ends: the text then stands on the connection that it came by. Null for any other.
 */
export function senderCertificate(pem: string, rules: CertificateRules): SenderCertificate | null {
  const [leaf, ...others] = readBundle(pem);
  if (leaf === undefined || leaf.ca || !hasName(leaf, rules.name) || !hasGoodKey(leaf)) return null;
  if (!isValid(leaf, rules.at)) return null;
  if (!isIssuedWell(leaf, { others, roots: rules.roots(), at: rules.at })) return null;
  return { certificate: leaf, ...validity(leaf) };
}

/** The certificates of a PEM text, in order; none where one cannot be read, or they are too many. */
function readBundle(pem: string): readonly X509Certificate[] {
  const blocks = pem.length > charsMax ? [] : (pem.match(pemBlock) ?? []);
  if (blocks.length > certificatesMax) return [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

function hasName(certificate: X509Certificate, name: RegExp): boolean {
  const common: unknown = certificate.toLegacyObject().subject.CN;
  if (typeof common !== 'string' || !name.test(common)) return false;
  return certificate.checkHost(common, { wildcards: false }) !== undefined;
}

function hasGoodKey({ publicKey }: X509Certificate): boolean {
  return (
    publicKey.asymmetricKeyType === 'rsa' &&
    (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) >= rsaBitsMin
  );
}

function validity({ validFrom, validTo }: X509Certificate) {
  return { validFrom: Date.parse(validFrom), validTo: Date.parse(validTo) };
}

function isValid(certificate: X509Certificate, at: number): boolean {
  const { validFrom, validTo } = validity(certificate);
  return validFrom <= at && at <= validTo;
}

interface Issuers {
  readonly others: readonly X509Certificate[];
  readonly roots: readonly X509Certificate[];
  readonly at: number;
}

/** Whether each issuer that is at hand has signed. `others` shrinks on the way, so that a circle ends. */
function isIssuedWell(certificate: X509Certificate, { others, roots, at }: Issuers): boolean {
  if (certificate.checkIssued(certificate))
    return roots.some((root) => root.fingerprint256 === certificate.fingerprint256);
  const hasSigned = (issuer: X509Certificate) =>
    issuer.ca && isValid(issuer, at) && certificate.verify(issuer.publicKey);
  const named = (issuer: X509Certificate) => certificate.checkIssued(issuer);
  const [trusted, between] = [roots.filter(named), others.filter(named)];
  if (trusted.length === 0 && between.length === 0) return true;
  if (trusted.some(hasSigned)) return true;
  return between
    .filter(hasSigned)
    .some((issuer) =>
      isIssuedWell(issuer, { others: others.filter((other) => other !== issuer), roots, at }),
    );
}
