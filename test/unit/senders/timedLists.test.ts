import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { signingTime } from '../../support/signing/contract.ts';
import * as paddle from '../../support/signing/paddle.ts';
import * as stripe from '../../support/signing/stripe.ts';
import { callOf, headerOf, verifierOf, withHeader } from './support.ts';

const senders = [
  { name: 'stripe', signing: stripe, separator: ',', time: 't', signature: 'v1', other: 'v0' },
  { name: 'paddle', signing: paddle, separator: ';', time: 'ts', signature: 'h1', other: 'h2' },
] as const;

for (const { name, signing, separator, time, signature, other } of senders) {
  describe(`${name}: the list in the header`, () => {
    const { sign, setup } = signing;
    const header = setup.signatureHeader ?? '';
    const verify = verifierOf(name, setup);
    const hexOf = (secret: string) => headerOf(sign({ secret }), header).split(`${signature}=`)[1] ?? '';
    const right = hexOf(setup.secrets[0] ?? '');
    const wrong = hexOf(setup.secrets[1] ?? '');
    const seconds = String(signingTime / 1000);
    const verdict = (...elements: readonly string[]) =>
      verify(callOf(withHeader(sign(), header, elements.join(separator))));
    const at = `${time}=${seconds}`;

    it('may hold several signatures, the right one anywhere', async () => {
      for (const list of [
        [`${signature}=${right}`, `${signature}=${wrong}`],
        [`${signature}=${wrong}`, `${signature}=${right}`],
        [`${signature}=zz`, `${signature}=${wrong}`, `${signature}=${right}`],
      ])
        assert.equal(await verdict(at, ...list), 'verified');
      assert.equal(await verdict(`${signature}=${right}`, at), 'verified');
    });

    it('may hold signatures of other schemes, which count for nothing', async () => {
      assert.equal(await verdict(at, `${other}=${wrong}`, `${signature}=${right}`), 'verified');
      assert.equal(await verdict(at, `${other}=${right}`, `${signature}=${wrong}`), 'signature-wrong');
      assert.equal(await verdict(at, `${other}=${right}`), 'signature-malformed');
    });

    it('holds one time', async () => {
      assert.equal(await verdict(at, at, `${signature}=${right}`), 'signature-malformed');
      assert.equal(await verdict(`${signature}=${right}`), 'signature-malformed');
      assert.equal(await verdict(`${time}=soon`, `${signature}=${right}`), 'signature-malformed');
      assert.equal(await verdict(`${time}=+${seconds}`, `${signature}=${right}`), 'signature-malformed');
    });

    it('is read strictly: no spaces, no second equals sign, no capitals', async () => {
      assert.equal(await verdict(at, ` ${signature}=${right}`), 'signature-malformed');
      assert.equal(await verdict(at, `${signature}=${right}=`), 'signature-malformed');
      assert.equal(await verdict(at, `${signature}=${right.toUpperCase()}`), 'signature-malformed');
      assert.equal(await verdict(at, `${signature}=${right}`, 'junk'), 'signature-malformed');
    });

    it('has its time signed as it is written', async () => {
      assert.equal(await verdict(`${time}=0${seconds}`, `${signature}=${right}`), 'signature-wrong');
    });
  });
}
