import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import type { SenderCertificate } from '../../../../src/senders/signature/certificate.ts';
import { CertificateCache } from '../../../../src/senders/signature/certificateCache.ts';
import { signerCertificate } from '../../../support/signing/paypal.ts';

const certificate = new X509Certificate(signerCertificate);
const good: SenderCertificate = { certificate, validFrom: 0, validTo: 10 * 86_400_000 };
const urlOf = (number: number) => `https://certificates.example.com/${String(number)}`;

/** A cache that takes the document `good` for a certificate, and what it has fetched. */
function caching(serve: (url: string) => Promise<string>, found = good) {
  const fetched: string[] = [];
  const cache = new CertificateCache({
    documents: (url) => {
      fetched.push(url);
      return serve(url);
    },
    read: (document) => (document === 'good' ? found : null),
  });
  return { cache, fetched };
}

const serveGood = () => Promise.resolve('good');

describe('certificates by their URL', () => {
  it('are asked for no further than ten unknown ones a minute', async () => {
    const { cache, fetched } = caching(() => Promise.reject(new Error('there is none')));
    for (let number = 0; number < 1_000; number++) assert.equal(await cache.find(urlOf(number), 5_000), null);
    assert.equal(fetched.length, 10);
    for (let number = 1_000; number < 2_000; number++) await cache.find(urlOf(number), 65_000);
    assert.equal(fetched.length, 20);
  });

  it('are had though others use up the minute, once they are known', async () => {
    const { cache, fetched } = caching((url) => Promise.resolve(url === urlOf(0) ? 'good' : 'bad'));
    assert.notEqual(await cache.find(urlOf(0), 0), null);
    const day = 24 * 3_600_000;
    for (let number = 1; number < 100; number++) await cache.find(urlOf(number), day);
    assert.notEqual(await cache.find(urlOf(0), day), null);
    assert.equal(fetched.filter((url) => url === urlOf(0)).length, 2);
  });

  it('are not asked for again for half a minute after they could not be had, or were none', async () => {
    for (const failing of [() => Promise.reject(new Error('timed out')), () => Promise.resolve('bad')]) {
      const { cache, fetched } = caching(failing);
      for (const at of [0, 1, 29_999]) assert.equal(await cache.find(urlOf(1), at), null);
      assert.equal(fetched.length, 1);
      await cache.find(urlOf(1), 30_000);
      assert.equal(fetched.length, 2);
    }
  });

  it('are had once they can be again', async () => {
    let isDown = true;
    const { cache } = caching(() => (isDown ? Promise.reject(new Error('down')) : serveGood()));
    assert.equal(await cache.find(urlOf(1), 0), null);
    isDown = false;
    assert.equal((await cache.find(urlOf(1), 30_000))?.certificate, certificate);
  });

  it('are fetched once for calls that come at a time, whatever comes of it', async () => {
    const { cache, fetched } = caching(() => Promise.reject(new Error('down')));
    const found = await Promise.all([1, 2, 3].map((at) => cache.find(urlOf(1), at)));
    assert.deepEqual(found, [null, null, null]);
    assert.equal(fetched.length, 1);
  });

  it('are kept no longer than they are valid', async () => {
    const { cache, fetched } = caching(serveGood, { ...good, validTo: 1_000 });
    await cache.find(urlOf(1), 0);
    await cache.find(urlOf(1), 999);
    assert.equal(fetched.length, 1);
    await cache.find(urlOf(1), 1_000);
    assert.equal(fetched.length, 2);
  });

  it('are forgotten when others are used more, so that they never fill the memory', async () => {
    const { cache, fetched } = caching(serveGood);
    const minute = 60_000;
    for (let number = 0; number < 40; number++) {
      await cache.find(urlOf(number), number * minute);
      await cache.find(urlOf(0), number * minute);
    }
    assert.equal(fetched.length, 40);
    await cache.find(urlOf(1), 40 * minute);
    assert.equal(fetched.length, 41);
  });

  it('are null where the source throws at once', async () => {
    const { cache } = caching(() => {
      throw new Error('no source');
    });
    assert.equal(await cache.find(urlOf(1), 0), null);
  });
});
