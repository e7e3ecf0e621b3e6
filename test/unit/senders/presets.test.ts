// What holds for every sender alike: each fault of a call has its own verdict.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HookwardError } from '../../../src/core/errors.ts';
import { senderNames, type SenderName } from '../../../src/core/senders.ts';
import {
  createSender,
  findSenderProblems,
  senderPresets,
  type SenderCall,
} from '../../../src/senders/index.ts';
import { calledUrl, signingTime, targetOf, type SignedRequest } from '../../support/signing/contract.ts';
import { signers } from '../../support/signing/index.ts';
import { callOf, headerOf, verifierOf, withHeader, withoutHeader } from './support.ts';

/** Where the signature stands that is in no header. */
const signatureFields: Readonly<Partial<Record<SenderName, string>>> = {
  liqpay: 'signature',
  cryptomus: 'sign',
  plisio: 'verify_hash',
  freekassa: 'SIGN',
};

const nextDigit = (text: string) => text.replace(/\d/, (digit) => String((Number(digit) + 1) % 10));

/** The request with its first digit changed: in the body, or in the query where there is none. */
function tampered(request: SignedRequest): SignedRequest {
  if (request.body.byteLength > 0)
    return {
      ...request,
      body: Buffer.from(nextDigit(Buffer.from(request.body).toString('latin1')), 'latin1'),
    };
  const [base = '', query = ''] = request.url.split('?', 2);
  const url = `${base}?${nextDigit(query)}`;
  return { ...request, url, target: targetOf(url) };
}

/** The request with `value` for the signature that stands in its body; null: without it. */
function withField(request: SignedRequest, field: string, value: string | null): SignedRequest {
  const text = Buffer.from(request.body).toString('latin1');
  const member = new RegExp(`,"${field}":"[^"]*"`);
  const pair = new RegExp(`&${field}=[^&]*`);
  const changed = text
    .replace(member, value === null ? '' : `,"${field}":"${value}"`)
    .replace(pair, value === null ? '' : `&${field}=${value}`);
  assert.notEqual(changed, text);
  return { ...request, body: Buffer.from(changed, 'latin1') };
}

for (const name of senderNames) {
  describe(`${name}: a call`, () => {
    const { sign, setup } = signers[name];
    const preset = senderPresets[name];
    const [right = '', other = '', third = ''] = setup.secrets;
    const ip = setup.addresses?.[0] ?? '192.0.2.7';
    const ready = (request: SignedRequest, changes: Partial<SenderCall> = {}) =>
      callOf(request, { ip, ...changes });
    const verify = verifierOf(name, setup);

    it('is verified as its sender signs it', async () => {
      assert.equal(await verify(ready(sign())), 'verified');
      assert.equal(await verify(ready(sign({ url: `${calledUrl}&more=1` }))), 'verified');
    });

    const whenTampered = preset.unsigned.includes('body') ? 'verified' : 'signature-wrong';
    it(`is ${whenTampered} once something in it is changed`, async () => {
      const changed = tampered(sign());
      assert.notDeepEqual(changed, sign());
      assert.equal(await verify(ready(changed)), whenTampered);
    });

    if (setup.secrets.length > 0) {
      it('is wrong under another secret, and right where one of several fits', async () => {
        const under = (...secrets: readonly string[]) =>
          verifierOf(name, setup, { secrets })(ready(sign({ secret: right })));
        assert.equal(await under(other), 'signature-wrong');
        assert.equal(await under(right, other), 'verified');
        assert.equal(await under(other, right), 'verified');
        assert.equal(await under(other, third, right), 'verified');
        assert.equal(await under(other, third), 'signature-wrong');
      });

      it('is never taken where there is nothing to check with', async () => {
        const unchecked = verifierOf(name, setup, { secrets: [] });
        assert.equal(await unchecked(ready(sign())), 'sender-unverifiable');
      });

      for (const blank of ['', ' ', '\n\t']) {
        it(`cannot be checked with ${JSON.stringify(blank)} for a secret`, () => {
          const settings = setup.settings ?? {};
          for (const secrets of [[blank], [right, blank]]) {
            const config = { secrets, settings, publicUrl: 'https://hooks.example.com' };
            for (const mode of ['enforce', 'report'] as const) {
              const problems = findSenderProblems(name, { ...config, verify: mode });
              assert.deepEqual(
                problems.map(({ at }) => at),
                [['secrets', secrets.length - 1]],
              );
            }
            const documents = () => Promise.reject(new Error('not here'));
            assert.throws(
              () => createSender(name, { secrets, settings, addresses: [], documents }),
              (error) => error instanceof HookwardError && error.code === 'config-invalid',
            );
          }
        });
      }
    }

    const header = setup.signatureHeader;
    if (header !== null) {
      it('says whether its signature is missing, repeated or far too long', async () => {
        const value = headerOf(sign(), header);
        assert.equal(await verify(ready(withoutHeader(sign(), header))), 'signature-missing');
        assert.equal(await verify(ready(withHeader(sign(), header, ''))), 'signature-missing');
        const twice = { ...sign(), headers: [...sign().headers, header, value] };
        assert.equal(await verify(ready(twice)), 'signature-malformed');
        for (const long of ['a'.repeat(10_240), value + 'a'.repeat(10_240), '0'.repeat(10_240)])
          assert.equal(await verify(ready(withHeader(sign(), header, long))), 'signature-malformed');
      });
    }

    const field = signatureFields[name];
    if (field !== undefined) {
      it('says whether its signature is missing, malformed or far too long', async () => {
        assert.equal(await verify(ready(withField(sign(), field, null))), 'signature-missing');
        const long = withField(sign(), field, 'a'.repeat(10_240));
        assert.equal(await verify(ready(long)), 'signature-wrong');
        assert.equal(await verify(ready(withField(sign(), field, '!'))), 'signature-malformed');
      });
    }

    const { toleranceMs } = setup;
    it(toleranceMs === null ? 'never grows old' : `is stale ${toleranceMs} ms off, both ways`, async () => {
      const at = (offset: number) => verify(ready(sign(), { receivedAt: signingTime + offset }));
      for (const sense of [-1, 1]) {
        if (toleranceMs === null) {
          assert.equal(await at(sense * 10 * 86_400_000), 'verified');
        } else {
          assert.equal(await at(sense * toleranceMs), 'verified');
          assert.equal(await at(sense * (toleranceMs + 1_000)), 'signature-stale');
        }
      }
    });
  });
}

describe('the presets', () => {
  const presets = senderNames.map((name) => senderPresets[name]);

  it('stand under their own names, one for each sender', () => {
    assert.deepEqual(
      presets.map(({ name }) => name),
      senderNames,
    );
    assert.equal(Object.keys(senderPresets).length, senderNames.length);
  });

  it('have their signature somewhere that these tests look at, or none', () => {
    const nowhere = senderNames.filter(
      (name) => signers[name].setup.signatureHeader === null && signatureFields[name] === undefined,
    );
    assert.deepEqual(nowhere, ['yookassa']);
  });

  it('acknowledge by what their sender takes for success', () => {
    for (const { answer } of presets) {
      const { acknowledgement, success, mode } = answer;
      if (acknowledgement === null) {
        assert.equal(mode, 'wait');
        continue;
      }
      const { status, body } = acknowledgement;
      if (success === 'word') assert.ok(body.length > 0);
      else if (success === 'any-2xx') assert.ok(status >= 200 && status <= 299);
      else assert.ok(success.includes(status));
    }
  });

  it('wait for the bot where the sender reads the answer', () => {
    for (const { answer } of presets) if (answer.readsBody) assert.equal(answer.mode, 'wait');
  });

  it('acknowledge Telegram by nothing that could be taken for a method call', () => {
    assert.equal(senderPresets.telegram.answer.acknowledgement?.body, '');
  });

  it('name the places of an event’s id as `dedupe.key` takes them', () => {
    for (const { eventId } of presets)
      for (const part of eventId ?? [])
        assert.match(part, /^(?:header|query|form|param):[A-Za-z_-]+$|^json:(?:\/[a-z_]+)+$/);
  });

  it('say where each fact is from', () => {
    for (const { name, sources } of presets) {
      assert.ok(name === 'hmac' || sources.length > 0);
      for (const source of sources) assert.match(source, /^https:\/\//);
    }
  });
});
