import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { findSenderProblems, type SenderSettings } from '../../../src/senders/index.ts';
import { signingTime } from '../../support/signing/contract.ts';
import { callOf, verdictOf, written } from './support.ts';

const key = 'made-up key';
const body = '{"id":7}';
const seconds = String(signingTime / 1000);
const url = 'https://hooks.example.com/in?x=1';

/** What a check with these settings says of a call with these headers. */
const verdict = (settings: SenderSettings, headers: readonly string[], receivedAt = signingTime) =>
  verdictOf('hmac', callOf(written(headers, body, url), { receivedAt }), { secrets: [key], settings });

const hmacOf = (text: string, algorithm = 'sha256') => createHmac(algorithm, key).update(text);

describe('hmac: what can be described', () => {
  it('is a header with the hex of the body’s HMAC-SHA256, where nothing else is said', async () => {
    const headers = ['x-sig', hmacOf(body).digest('hex')];
    assert.equal(await verdict({ header: 'X-Sig' }, headers), 'verified');
  });

  for (const algorithm of ['sha1', 'sha256', 'sha512'] as const) {
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      it(`is ${algorithm} in ${encoding} behind a prefix`, async () => {
        const settings = { header: 'X-Sig', algorithm, encoding, prefix: 'v1=' };
        const signature = hmacOf(body, algorithm).digest(encoding);
        assert.equal(await verdict(settings, ['X-Sig', `v1=${signature}`]), 'verified');
        assert.equal(await verdict(settings, ['X-Sig', signature]), 'signature-malformed');
        assert.equal(await verdict(settings, ['X-Sig', `V1=${signature}`]), 'signature-malformed');
        assert.equal(await verdict(settings, ['X-Sig', `v1=${signature}=`]), 'signature-malformed');
      });
    }
  }

  it('is hex in capitals throughout, and not here and there', async () => {
    const signature = hmacOf(body).digest('hex');
    const settings = { header: 'X-Sig' };
    assert.equal(await verdict(settings, ['X-Sig', signature.toUpperCase()]), 'verified');
    const mixed = signature.replace(/[a-f]/, (letter) => letter.toUpperCase());
    assert.equal(await verdict(settings, ['X-Sig', mixed]), 'signature-malformed');
  });

  it('is all that a template names', async () => {
    const settings = {
      header: 'X-Sig',
      signed: 'v0:{method}:{target}:{url}:{timestamp}:{body}!',
      timestampHeader: 'X-Time',
    };
    const text = `v0:POST:/in?x=1:${url}:${seconds}:${body}!`;
    const headers = ['X-Sig', hmacOf(text).digest('hex'), 'X-Time', seconds];
    assert.equal(await verdict(settings, headers), 'verified');
    const call = callOf(written(headers, body, url));
    for (const change of [
      { method: 'GET' as const },
      { target: '/in?x=2' },
      { url: 'https://other.example/in?x=1' },
      { body: Buffer.from('{"id":8}') },
    ])
      assert.equal(
        await verdictOf('hmac', { ...call, ...change }, { secrets: [key], settings }),
        'signature-wrong',
      );
  });
});

describe('hmac: the time of signing', () => {
  const settings = { header: 'X-Sig', signed: '{timestamp}.{body}', timestampHeader: 'X-Time' };
  const limited = { ...settings, tolerance: 60_000 };
  const headers = ['X-Sig', hmacOf(`${seconds}.${body}`).digest('hex'), 'X-Time', seconds];

  it('is held against the clock, both ways, where a tolerance is given', async () => {
    for (const sense of [-1, 1]) {
      assert.equal(await verdict(limited, headers, signingTime + sense * 60_000), 'verified');
      assert.equal(await verdict(limited, headers, signingTime + sense * 60_001), 'signature-stale');
    }
  });

  it('is signed and no more where none is given', async () => {
    assert.equal(await verdict(settings, headers, signingTime + 86_400_000), 'verified');
  });

  it('must be there, once, in whole seconds', async () => {
    const [, signature = ''] = headers;
    assert.equal(await verdict(settings, ['X-Sig', signature]), 'signature-missing');
    const twice = [...headers, 'X-Time', seconds];
    assert.equal(await verdict(settings, twice), 'signature-malformed');
    for (const time of ['soon', '1.5', '-1', String(signingTime)])
      assert.equal(await verdict(settings, ['X-Sig', signature, 'X-Time', time]), 'signature-malformed');
  });
});

describe('hmac: descriptions that cannot be right', () => {
  const problems = (settings: SenderSettings, publicUrl: string | null = null) =>
    findSenderProblems('hmac', { secrets: [key], settings, publicUrl, verify: 'enforce' }).map(({ at }) =>
      at.join('.'),
    );

  it('are none of these', () => {
    assert.deepEqual(problems({ header: 'X-Sig' }), []);
    assert.deepEqual(problems({ header: 'X-Sig', prefix: '', signed: '{body}' }), []);
    assert.deepEqual(problems({ header: 'X-Sig', signed: '{url}{body}' }, 'https://a.example'), []);
    const timed = { header: 'X-Sig', signed: '{timestamp}.{body}', timestampHeader: 'X-Time' };
    assert.deepEqual(problems(timed), []);
    assert.deepEqual(problems({ ...timed, tolerance: 1 }), []);
  });

  const wrong: readonly (readonly [what: string, settings: SenderSettings, at: readonly string[]])[] = [
    ['no header', {}, ['header']],
    ['an empty header', { header: '' }, ['header']],
    ['a header with a space', { header: 'X Sig' }, ['header']],
    ['a header with a colon', { header: 'X-Sig:' }, ['header']],
    ['no body', { header: 'X-Sig', signed: '{target}' }, ['signed']],
    ['nothing', { header: 'X-Sig', signed: '' }, ['signed']],
    ['two bodies', { header: 'X-Sig', signed: '{body}{body}' }, ['signed']],
    ['a place that there is not', { header: 'X-Sig', signed: '{id}.{body}' }, ['signed']],
    ['a brace that is left open', { header: 'X-Sig', signed: '{{body}' }, ['signed']],
    ['a brace that was never open', { header: 'X-Sig', signed: '{body}}' }, ['signed']],
    ['a time from nowhere', { header: 'X-Sig', signed: '{timestamp}.{body}' }, ['timestampHeader']],
    ['a time that is not signed', { header: 'X-Sig', timestampHeader: 'X-Time' }, ['signed']],
    ['a tolerance without a time', { header: 'X-Sig', tolerance: 1_000 }, ['tolerance']],
    [
      'no tolerance at all',
      {
        header: 'X-Sig',
        signed: '{timestamp}.{body}',
        timestampHeader: 'X-Time',
        tolerance: 0,
      },
      ['tolerance'],
    ],
    [
      'one header for both',
      { header: 'X-Sig', signed: '{timestamp}.{body}', timestampHeader: 'x-sig' },
      ['timestampHeader'],
    ],
    ['a setting of another sender', { header: 'X-Sig', webhookId: 'WH-1' }, ['webhookId']],
  ];
  for (const [what, settings, at] of wrong) {
    it(`are refused: ${what}`, () => {
      assert.deepEqual(
        problems(settings),
        at.map((name) => `senderSettings.${name}`),
      );
    });
  }

  it('need the public URL where it is signed', () => {
    assert.deepEqual(problems({ header: 'X-Sig', signed: '{url}{body}' }), ['sender']);
  });
});
