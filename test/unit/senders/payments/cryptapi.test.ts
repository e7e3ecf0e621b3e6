import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { findSenderProblems } from '../../../../src/senders/index.ts';
import { setup, sign, signPost } from '../../../support/signing/cryptapi.ts';
import { callOf, headerOf, verifierOf, written } from '../support.ts';

const verify = verifierOf('cryptapi', setup);

describe('calls of CryptAPI', () => {
  it('by GET are refused with any character of the URL changed', async () => {
    const request = sign();
    for (let at = 0; at < request.url.length; at++) {
      const url =
        request.url.slice(0, at) + (request.url[at] === 'x' ? 'y' : 'x') + request.url.slice(at + 1);
      assert.equal(await verify(callOf({ ...request, url })), 'signature-wrong');
    }
  });

  it('by GET are refused with a body, which nobody signed', async () => {
    assert.equal(await verify(callOf({ ...sign(), body: Buffer.from('uuid=7') })), 'signature-wrong');
  });

  it('by POST are told by their body alone', async () => {
    const request = signPost();
    assert.equal(await verify(callOf({ ...request, url: `${request.url}&a=1` })), 'verified');
    assert.equal(await verify(callOf({ ...request, body: Buffer.alloc(0) })), 'signature-wrong');
    const json = signPost({ body: '{"uuid":"7","pending":0}' });
    assert.equal(await verify(callOf(json)), 'verified');
  });

  it('do not come back as a POST whose body is the URL that was signed', async () => {
    const { url, headers } = sign();
    assert.equal(await verify(callOf(written(headers, url))), 'signature-wrong');
    for (const begin of ['HTTPS://x', 'http://x'])
      assert.equal(await verify(callOf(signPost({ body: `${begin}/?uuid=7` }))), 'signature-wrong');
  });

  it('do not pass under the signature of another key', async () => {
    const signature = headerOf(signPost({ secret: setup.secrets[2] ?? '' }), 'x-ca-signature');
    const call = callOf(written(['x-ca-signature', signature], signPost().body));
    assert.equal(await verify(call), 'signature-wrong');
    const both = verifierOf('cryptapi', setup, { secrets: setup.secrets.slice(1) });
    assert.equal(await both(call), 'verified');
  });
});

describe('the configuration of CryptAPI', () => {
  const problems = (secret: string, publicUrl: string | null = 'https://hooks.example.com') =>
    findSenderProblems('cryptapi', { secrets: [secret], settings: {}, publicUrl, verify: 'enforce' });

  it('takes its public key, as it is published or as PKCS #1', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
    for (const type of ['spki', 'pkcs1'] as const)
      assert.deepEqual(problems(publicKey.export({ type, format: 'pem' }).toString()), []);
  });

  it('refuses anything else, and repeats none of it', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1_024 });
    const { publicKey } = generateKeyPairSync('ed25519');
    const texts = [
      rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
      'a word',
    ];
    for (const text of texts) {
      const [problem, ...others] = problems(text);
      assert.deepEqual(problem?.at, ['secrets', 0]);
      assert.deepEqual(others, []);
      assert.ok(!problem.message.includes(text));
    }
  });

  it('needs the public URL, which it signs', () => {
    assert.deepEqual(
      problems(setup.secrets[0] ?? '', null).map(({ at }) => at),
      [['sender']],
    );
  });
});
