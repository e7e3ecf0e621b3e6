// The listener's certificate: read at start, and again when its files change, so that a renewal needs no restart.
import { readFile, stat } from 'node:fs/promises';
import type { Server as HttpsServer } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Clock, Timer } from '../core/clock.ts';
import { HookwardError } from '../core/errors.ts';
import type { TlsFiles } from './settings.ts';

/** Files are looked at, not watched: renewals swap symbolic links, which a watch on the old file never tells. */
const checkMs = 10_000;

/** Reads both files; throws where they do not fit together. TLS 1.2 is the least that is spoken (RFC 9325, 3.1.1). */
async function readPair({ cert, key }: TlsFiles): Promise<SecureContextOptions> {
  const [certPem, keyPem] = await Promise.all([readFile(cert), readFile(key)]);
  const pair: SecureContextOptions = { cert: certPem, key: keyPem, minVersion: 'TLSv1.2' };
  createSecureContext(pair);
  return pair;
}

async function fingerprint({ cert, key }: TlsFiles): Promise<string> {
  const stats = await Promise.all([stat(cert), stat(key)]);
  return stats.map(({ ino, size, mtimeMs }) => `${ino}:${size}:${mtimeMs}`).join('/');
}

/** The certificate of one listener. */
export class Certificate {
  readonly #files: TlsFiles;
  readonly #clock: Clock;
  readonly #reloaded: (error: unknown) => void;
  #seen = '';
  #timer: Timer | null = null;
  #isStopped = false;

  /** `reloaded` is told after each change that was tried: null, or why the old certificate stays. */
  constructor(files: TlsFiles, clock: Clock, reloaded: (error: unknown) => void) {
    this.#files = files;
    this.#clock = clock;
    this.#reloaded = reloaded;
  }

  /** @throws HookwardError `listen-failed` where the files cannot be read or do not fit. */
  async read(): Promise<SecureContextOptions> {
    try {
      this.#seen = await fingerprint(this.#files);
      return await readPair(this.#files);
    } catch (cause) {
      const { cert, key } = this.#files;
      throw new HookwardError('listen-failed', {
        message: `cannot use the certificate ${cert} with the key ${key}`,
        cause,
      });
    }
  }

  /** Keeps `server` on the newest pair until `stop`. */
  follow(server: Pick<HttpsServer, 'setSecureContext'>): void {
    if (this.#isStopped) return;
    this.#timer = this.#clock.after(checkMs, () => {
      void this.#check(server).finally(() => this.follow(server));
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #check(server: Pick<HttpsServer, 'setSecureContext'>): Promise<void> {
    try {
      const now = await fingerprint(this.#files);
      if (now === this.#seen || this.#isStopped) return;
      const pair = await readPair(this.#files);
      // Tried once for each change: a pair that does not fit (caught between two writes) changes again.
      this.#seen = now;
      server.setSecureContext(pair);
      this.#reloaded(null);
    } catch (error) {
      this.#reloaded(error);
    }
  }
}
