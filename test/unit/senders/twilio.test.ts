import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { findSenderProblems } from '../../../src/senders/index.ts';
import { targetOf, type SignedRequest } from '../../support/signing/contract.ts';
import { setup, sign, signJson } from '../../support/signing/twilio.ts';
import { callOf, headerOf, verifierOf, withHeader, written } from './support.ts';

const sdk = createRequire(import.meta.url)('twilio/lib/webhooks/webhooks.js') as {
  getExpectedTwilioSignature(token: string, url: string, fields: object): string;
};

const verify = verifierOf('twilio', setup);
const verdict = (request: SignedRequest) => verify(callOf(request));

/** The request as it is when the public URL is another than the one that was signed. */
const calledAt = (request: SignedRequest, url: string) => ({ ...request, url, target: targetOf(url) });

describe('twilio: the URL', () => {
  const path = '/in/sms?shop=7';
  const pairs: readonly (readonly [signed: string, called: string])[] = [
    ['https://a.example:443', 'https://a.example'],
    ['https://a.example', 'https://a.example:443'],
    ['http://a.example:80', 'http://a.example'],
    ['https://a.example', 'https://a.example:8443'],
    ['https://[2001:db8::1]:443', 'https://[2001:db8::1]'],
    ['https://[2001:db8::1]', 'https://[2001:db8::1]:8443'],
  ];
  for (const [signed, called] of pairs) {
    it(`may be signed as ${signed} and called as ${called}`, async () => {
      assert.equal(await verdict(calledAt(sign({ url: signed + path }), called + path)), 'verified');
    });
  }

  const others = ['http://a.example', 'https://a.example:8443', 'https://b.example', 'https://a.example/x'];
  for (const signed of others) {
    it(`may not be signed as ${signed} where https://a.example was called`, async () => {
      const request = calledAt(sign({ url: signed + path }), `https://a.example${path}`);
      assert.equal(await verdict(request), 'signature-wrong');
    });
  }

  it('may bear what no parser should touch: it is signed as it was called', async () => {
    for (const url of ["https://a.example/it's?q='x'", 'https://a.example/a?b=%2f&&c', 'https://a.example'])
      assert.equal(await verdict(sign({ url })), 'verified');
  });

  it('of a GET is all that is signed', async () => {
    const get: SignedRequest = { ...sign({ body: '' }), method: 'GET' };
    assert.equal(await verdict(get), 'verified');
    assert.equal(await verdict({ ...get, body: Buffer.from('Body=x') }), 'signature-wrong');
  });
});

describe('twilio: the form', () => {
  const spelt = (body: string) => ({ ...sign({ body: 'A=x+y&B=%2B1' }), body: Buffer.from(body) });

  it('may be spelt in other ways and orders', async () => {
    for (const body of ['A=x%20y&B=%2b1', 'B=%2B1&A=x+y', '&A=x+y&&B=%2B1&', 'A=x+y&B=%2B1&B=%2B1'])
      assert.equal(await verdict(spelt(body)), 'verified');
  });

  it('may say nothing else', async () => {
    const others = ['A=x+y', 'A=x+y&B=+1', 'A=x+y&B=%2B1&C=', 'A=x+y&B=%2B1&B=%2B2', 'a=x+y&B=%2B1', ''];
    for (const body of others) assert.equal(await verdict(spelt(body)), 'signature-wrong');
  });

  it('must be readable: escapes that are none, bytes that are no UTF-8', async () => {
    for (const body of ['A=%', 'A=%zz', 'A=%ff', 'A=%C3%28'])
      assert.equal(await verdict({ ...sign(), body: Buffer.from(body) }), 'signature-wrong');
    assert.equal(await verdict({ ...sign(), body: Buffer.from([0x41, 0x3d, 0xe9]) }), 'signature-wrong');
  });

  it('has a thousand fields at most', async () => {
    const fields = (count: number) => Array.from({ length: count }, (_, at) => `A${String(at)}=1`).join('&');
    assert.equal(await verdict(sign({ body: fields(1_000) })), 'verified');
    assert.equal(await verdict(sign({ body: fields(1_001) })), 'signature-wrong');
  });

  it('has its names sorted by code units, capitals first, and a name with several values by value', async () => {
    const [token = ''] = setup.secrets;
    const request = sign({ body: 'b=1&B=2&a=3&A=4&c=z&c=y&%C3%A9=5' });
    const fields = { b: '1', B: '2', a: '3', A: '4', c: ['z', 'y'], é: '5' };
    const signature = sdk.getExpectedTwilioSignature(token, request.url, fields);
    assert.equal(await verdict(withHeader(request, 'x-twilio-signature', signature)), 'verified');
  });
});

describe('twilio: a body by its digest', () => {
  it('is right while the digest is its own', async () => {
    const request = signJson();
    assert.equal(await verdict(request), 'verified');
    const tampered = { ...request, body: Buffer.from('{"property": "other", "boolean": true}') };
    assert.equal(await verdict(tampered), 'signature-wrong');
  });

  it('cannot have its digest exchanged: the URL is signed', async () => {
    const other = signJson({ body: '{}' });
    const signature = headerOf(signJson(), 'x-twilio-signature');
    const exchanged = written(['X-Twilio-Signature', signature], '{}', other.url);
    assert.equal(await verdict(exchanged), 'signature-wrong');
  });

  it('must have a digest that can be one', async () => {
    for (const digest of ['', 'abc', 'A'.repeat(64), '0'.repeat(63)]) {
      const url = `https://a.example/in?bodySHA256=${digest}`;
      assert.equal(await verdict(sign({ url, body: '' })), 'signature-wrong');
    }
  });
});

describe('twilio: the configuration', () => {
  it('needs to know the public URL, unless nothing is checked', () => {
    const config = { secrets: ['token'], settings: {}, publicUrl: null, verify: 'enforce' } as const;
    assert.deepEqual(
      findSenderProblems('twilio', config).map(({ at }) => at),
      [['sender']],
    );
    assert.deepEqual(findSenderProblems('twilio', { ...config, publicUrl: 'https://a.example' }), []);
    assert.deepEqual(findSenderProblems('twilio', { ...config, secrets: [], verify: 'report' }), []);
  });
});
