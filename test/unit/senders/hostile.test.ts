// Whatever a stranger sends, a preset says what is wrong with it: soon, and without an exception.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { senderNames, type SenderName } from '../../../src/core/senders.ts';
import { senderPresets, type SenderCall } from '../../../src/senders/index.ts';
import { signedCall, signers } from '../../support/signing/index.ts';
import { callOf, verifierOf } from './support.ts';

const megabyte = 1024 * 1024;

/** Bodies that a careless reader would choke on, each of about a megabyte. */
const hostileBodies: Readonly<Record<string, string>> = {
  'lists within lists': '['.repeat(megabyte),
  'closed lists within lists': `{"sign":"a","a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  'objects within objects': '{"a":'.repeat(megabyte / 5),
  'closed objects within objects': `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
  'members without end': `{${'"a":1,'.repeat(megabyte / 6)}"sign":"a"}`,
  'one long number': `{"sign":"a","a":${'9'.repeat(megabyte)}}`,
  'one long exponent': `{"sign":"a","a":1e${'9'.repeat(megabyte)}}`,
  'one long text': `{"sign":"${'a'.repeat(megabyte)}"}`,
  'escapes without end': `{"sign":"a","a":"${'\\u0041'.repeat(megabyte / 6)}"}`,
  'a text that never ends': `{"sign":"${'\\'.repeat(megabyte)}`,
  spaces: ' '.repeat(megabyte),
  'zero bytes': '\0'.repeat(megabyte),
  'fields without end': 'a=1&'.repeat(megabyte / 4),
  'names without end': '&'.repeat(megabyte),
  'one name without end': `${'a[]'.repeat(megabyte / 3)}=1`,
  'equals signs': '='.repeat(megabyte),
  'percent signs': '%'.repeat(megabyte),
  'escaped percent signs': `data=${'%25'.repeat(megabyte / 3)}`,
  'bytes that are no UTF-8': '\xff'.repeat(megabyte),
  'half of a character, without end': '%C3'.repeat(megabyte / 3),
};

async function verdictOf(name: SenderName, changes: Partial<SenderCall>): Promise<string> {
  return verifierOf(name, signers[name].setup)(callOf(signedCall(name), changes));
}

describe('a body of a megabyte that nobody signed', () => {
  for (const [what, text] of Object.entries(hostileBodies)) {
    it(`is refused by every sender in less than a second: ${what}`, async () => {
      for (const name of senderNames) {
        if (senderPresets[name].unsigned.includes('body')) continue;
        const started = performance.now();
        const verdict = await verdictOf(name, { body: Buffer.from(text, 'latin1') });
        const took = performance.now() - started;
        assert.match(verdict, /^signature-/, name);
        assert.ok(took < 1_000, `${name} took ${took.toFixed()} ms`);
      }
    });
  }
});

/** Names of headers that some preset reads, and others. */
const headerNames = [
  ...new Set(senderNames.flatMap((name) => signedCall(name).headers.filter((_, at) => at % 2 === 0))),
  'X-Other',
  '__proto__',
];

const junkText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '=', ',', ';', 'v1,', 'v1a,', 't=1,v1=', 'ts=1;h1=', 'sha256=', 'v0=', '0', '[]'),
  fc.base64String({ maxLength: 100 }),
  fc.stringMatching(/^[0-9a-f]{64}$/),
);

const junkBody = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.json().map((text) => Buffer.from(text)),
  fc
    .array(
      fc.tuple(fc.constantFrom('data', 'signature', 'SIGN', 'AMOUNT', 'sign', 'a', '__proto__'), junkText),
    )
    .map((fields) => Buffer.from(new URLSearchParams(fields).toString())),
  fc
    .dictionary(fc.constantFrom('sign', 'verify_hash', 'type', 'event', 'constructor'), fc.jsonValue())
    .map((value) => Buffer.from(JSON.stringify(value))),
);

describe('whatever a stranger sends', () => {
  for (const name of senderNames) {
    it(`to ${name} is not verified, and no exception`, async () => {
      const { setup } = signers[name];
      const verify = verifierOf(name, setup);
      const preset = senderPresets[name];
      const call = fc.record({
        method: fc.constantFrom('GET' as const, 'POST' as const),
        target: fc.string({ unit: 'binary-ascii', maxLength: 40 }).map((text) => `/${text}`),
        headers: fc
          .array(fc.tuple(fc.constantFrom(...headerNames), junkText), { maxLength: 8 })
          .map((pairs) => pairs.flat()),
        body: junkBody,
        ip: fc.constantFrom('192.0.2.7', '::1', '', 'nonsense'),
        receivedAt: fc.nat({ max: 2 ** 42 }),
      });
      await fc.assert(
        fc.asyncProperty(call, async (made) => {
          const whole = { ...made, url: `https://hooks.example.com${made.target}` };
          assert.match(await verify(whole), /^(?:signature|sender)-/);
          preset.handshake?.(whole);
        }),
        { numRuns: 150 },
      );
    });
  }
});
