// What holds for every sender of payments; what is a sender's own is tested in the file of its name.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { senderProblems } from '../../../../src/core/senders.ts';
import { senderPresets } from '../../../../src/senders/index.ts';
import { signingTime, type SignedRequest } from '../../../support/signing/contract.ts';
import { callOf, headerOf, verifierOf, withHeader, withoutHeader } from '../support.ts';
import { signings, yookassaSigning } from './signings.ts';

const megabyte = 1024 * 1024;
const deep = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000);

const hostileBodies: readonly (readonly [string, string | Uint8Array])[] = [
  ['nothing', ''],
  ['a megabyte of one letter', 'a'.repeat(megabyte)],
  ['a megabyte of JSON', JSON.stringify({ type: 'invoice', text: 'a'.repeat(megabyte) })],
  ['a megabyte of members', `{${Array.from({ length: 80_000 }, (_, n) => `"n${String(n)}":0`).join(',')}}`],
  ['a megabyte of fields', 'a=1&'.repeat(megabyte / 4)],
  ['100 000 lists, one in another', deep('[', ']')],
  ['100 000 objects, one in another', deep('{"type":', '}')],
  ['members twice', '{"type":"invoice","sign":"00","sign":"00","type":"payout"}'],
  ['a member of the prototype', '{"__proto__":{"type":"invoice"},"constructor":1}'],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['half a surrogate', '{"type":"invoice","text":"\\ud800"}'],
  ['a byte order mark', '\ufeff{"type":"invoice"}'],
  ['escapes that are no UTF-8', 'data=%ff%fe&signature=%80&SIGN=%c3&verify_hash=%'],
  ['a string without an end', '{"type":"invoice'],
  ['an escape without an end', '{"type":"invoice\\'],
  ['null', 'null'],
];

/** The request with one bit of its body turned over. */
function turned(request: SignedRequest, at: number): SignedRequest {
  const body = Buffer.from(request.body);
  body[at] = (body[at] ?? 0) ^ 1;
  return { ...request, body };
}

for (const { title, sender, setup, sign } of signings) {
  describe(`calls of ${title}`, () => {
    const preset = senderPresets[sender];
    const verify = verifierOf(sender, setup);

    it('are taken for true as they are signed, whichever of several secrets has signed them', async () => {
      assert.equal(await verify(callOf(sign())), 'verified');
      const any = verifierOf(sender, setup, { secrets: setup.secrets });
      for (const secret of setup.secrets) assert.equal(await any(callOf(sign({ secret }))), 'verified');
    });

    it('are refused under a secret that the route does not have', async () => {
      for (const secret of setup.secrets.slice(1))
        assert.equal(await verify(callOf(sign({ secret }))), 'signature-wrong');
    });

    it('are refused with any bit of a signed body turned over', async () => {
      const signsWhole = !preset.unsigned.includes('body-fields');
      const request = sign();
      for (let at = 0; signsWhole && at < request.body.length; at++)
        assert.notEqual(await verify(callOf(turned(request, at))), 'verified', `byte ${String(at)}`);
    });

    it('are refused, and nothing is thrown, whatever stands in the body', async () => {
      for (const [what, body] of hostileBodies) {
        const bytes = typeof body === 'string' ? Buffer.from(body) : body;
        if (bytes.length === 0 && sign().body.length === 0) continue;
        const verdict = await verify(callOf({ ...sign(), body: bytes }));
        assert.ok((senderProblems as readonly string[]).includes(verdict), `${what}: ${verdict}`);
      }
    });

    it('are refused with a header of the signature that is missing, empty, repeated, long or no signature', async () => {
      const { signatureHeader: name } = setup;
      if (name === null) return;
      const request = sign();
      const value = headerOf(request, name);
      const repeated = { ...request, headers: [...request.headers, name.toUpperCase(), value] };
      for (const [changed, verdict] of [
        [withoutHeader(request, name), 'signature-missing'],
        [withHeader(request, name, ''), 'signature-missing'],
        [repeated, 'signature-malformed'],
        [withHeader(request, name, 'a'.repeat(10_000)), 'signature-malformed'],
        [withHeader(request, name, `${value}, ${value}`), 'signature-malformed'],
        [withHeader(request, name, `"${value}"`), 'signature-malformed'],
        [withHeader(request, name, ` ${value}`), 'signature-malformed'],
      ] as const)
        assert.equal(await verify(callOf(changed)), verdict);
    });

    it('are refused with a signature cut short', async () => {
      const { signatureHeader: name } = setup;
      if (name === null) return;
      const request = sign();
      const short = withHeader(request, name, headerOf(request, name).slice(0, 8));
      assert.equal(await verify(callOf(short)), 'signature-wrong');
    });

    it('are refused when they are older, or further ahead, than the sender allows', async () => {
      const { toleranceMs } = setup;
      const late = signingTime + (toleranceMs ?? 7 * 86_400_000);
      const early = signingTime - (toleranceMs ?? 7 * 86_400_000);
      const stale = toleranceMs === null ? 'verified' : 'signature-stale';
      for (const [receivedAt, verdict] of [
        [late, 'verified'],
        [early, 'verified'],
        [late + 1, stale],
        [early - 1, stale],
      ] as const)
        assert.equal(await verify(callOf(sign(), { receivedAt })), verdict);
    });

    it('are told as they are signed: by the URL or not', async () => {
      const request = sign();
      const elsewhere = callOf(request, { url: 'https://other.example.com/', target: '/' });
      const isUrlSigned = preset.signsUrl && !preset.unsigned.includes('path');
      if (isUrlSigned) assert.equal(await verify(elsewhere), 'signature-wrong');
      else if (request.method === 'POST') assert.equal(await verify(elsewhere), 'verified');
    });
  });
}

describe('presets of payments', () => {
  const senders = new Set([...signings, yookassaSigning].map(({ sender }) => sender));
  for (const sender of senders) {
    const { answer, sources, retries } = senderPresets[sender];

    it(`${sender} acknowledges at once only where our sources say how`, () => {
      assert.equal(answer.mode, answer.acknowledgement === null ? 'wait' : 'ack');
      assert.equal(answer.readsBody, false);
      if (answer.success === 'word') assert.notEqual(answer.acknowledgement?.body ?? '', '');
      assert.notEqual(sources.length, 0);
      if (retries.on === 'unknown') assert.equal(retries.schedule, null);
    });
  }

  it('have the words that their senders want', () => {
    const words = [...senders].map((sender) => senderPresets[sender].answer.acknowledgement?.body);
    assert.deepEqual(words.filter((word) => word !== undefined && word !== '').sort(), [
      '*ok*',
      'YES',
      'ok',
      'success',
    ]);
  });
});
