// Certificates by the URL that a call names, which anybody can call with: so the fetches are few, whatever comes.
import type { DocumentSource } from '../contract.ts';
import type { SenderCertificate } from './certificate.ts';

/** What a cache needs. */
export interface CertificateCacheParams {
  readonly documents: DocumentSource;
  /** Takes a document for a good certificate at a time, or null. */
  readonly read: (document: string, at: number) => SenderCertificate | null;
}

/** A sender has a few certificates, one of them in use. */
const knownMax = 16;

/** A certificate may be withdrawn: it is fetched again after a day. */
const keptMs = 24 * 3_600_000;

/** What could not be had is not asked for again for so long. */
const failedMs = 30_000;

/** URLs not known before, in a minute. One is enough for a sender; the rest is room for those who try. */
const strangersMax = 10;
const strangersMs = 60_000;

interface Known extends SenderCertificate {
  readonly until: number;
}

/** Certificates that were found good, the latest used last. Times are in milliseconds since the epoch, as callers give them. */
export class CertificateCache {
  readonly #documents: DocumentSource;
  readonly #read: CertificateCacheParams['read'];
  readonly #known = new Map<string, Known>();
  readonly #failedUntil = new Map<string, number>();
  readonly #underWay = new Map<string, Promise<SenderCertificate | null>>();
  /** When URLs not known before were asked for. */
  #strangers: readonly number[] = [];

  constructor({ documents, read }: CertificateCacheParams) {
    this.#documents = documents;
    this.#read = read;
  }

  /** The certificate at `url`, or null where it cannot be had now. `url` is one that may be fetched. Never rejects. */
  async find(url: string, at: number): Promise<SenderCertificate | null> {
    const known = this.#known.get(url);
    if (known !== undefined && at < known.until && at >= known.validFrom) {
      this.#keep(url, known);
      return known;
    }
    const underWay = this.#underWay.get(url);
    if (underWay !== undefined) return underWay;
    if (at < (this.#failedUntil.get(url) ?? at)) return null;
    if (known === undefined && !this.#admitsStranger(at)) return null;
    const fetched = this.#fetch(url, at).finally(() => this.#underWay.delete(url));
    this.#underWay.set(url, fetched);
    return fetched;
  }

  #admitsStranger(at: number): boolean {
    this.#strangers = this.#strangers.filter((then) => Math.abs(at - then) < strangersMs);
    if (this.#strangers.length >= strangersMax) return false;
    this.#strangers = [...this.#strangers, at];
    return true;
  }

  async #fetch(url: string, at: number): Promise<SenderCertificate | null> {
    const certificate = await this.#readFrom(url, at);
    if (certificate === null) {
      this.#failedUntil.set(url, at + failedMs);
      dropOldest(this.#failedUntil, knownMax + strangersMax);
    } else {
      this.#failedUntil.delete(url);
      this.#keep(url, { ...certificate, until: Math.min(at + keptMs, certificate.validTo) });
    }
    return certificate;
  }

  async #readFrom(url: string, at: number): Promise<SenderCertificate | null> {
    try {
      return this.#read(await this.#documents(url), at);
    } catch {
      return null;
    }
  }

  #keep(url: string, known: Known): void {
    this.#known.delete(url);
    this.#known.set(url, known);
    dropOldest(this.#known, knownMax);
  }
}

function dropOldest(map: Map<string, unknown>, sizeMax: number): void {
  for (const key of map.keys()) {
    if (map.size <= sizeMax) return;
    map.delete(key);
  }
}
