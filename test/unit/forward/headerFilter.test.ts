import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { answerHeaders, passedOnHeaders } from '../../../src/forward/headerFilter.ts';

const filtered = (headers: readonly string[], headerPrefix = 'hookward') =>
  passedOnHeaders({ headers, headerPrefix });

describe('headers that are passed on', () => {
  it('keeps case, order and repeats of everything else', () => {
    const headers = [
      'hOsT',
      'a.example',
      'X-Twice',
      '1',
      'stripe-signature',
      't=1,v1=ff',
      'x-twice',
      '2',
      'X-Twice',
      '1',
      'Content-Length',
      '0',
      'Cookie',
      'a=1',
    ];
    assert.deepEqual(filtered(headers), headers);
  });

  for (const name of [
    'Connection',
    'Keep-Alive',
    'Proxy-Connection',
    'Proxy-Authorization',
    'Proxy-Authenticate',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'Expect',
    'HTTP2-Settings',
  ]) {
    it(`leaves out ${name}, a matter of one hop, in every case`, () => {
      assert.deepEqual(
        filtered([name, 'x-named', 'A', '1', name.toLowerCase(), 'v', name.toUpperCase(), 'v']),
        ['A', '1'],
      );
    });
  }

  for (const forged of [
    'hookward-id',
    'Hookward-Id',
    'HOOKWARD-OPTIONS',
    'hookward_id',
    'HookWard_Signature',
    'hookward-options_more',
    'hookward_x-y_z',
    'hookward.id',
    'hookward-never-heard-of',
  ]) {
    it(`leaves out ${forged}, which a bot could take for ours`, () => {
      assert.deepEqual(filtered(['A', '1', forged, 'evil', 'B', '2', forged, 'again']), ['A', '1', 'B', '2']);
    });
  }

  it('knows our headers by the configured prefix, dashes within it included', () => {
    assert.deepEqual(
      filtered(['x-bot-id', '1', 'X_Bot_Id', '2', 'x-bots', '3', 'hookward-id', '4'], 'x-bot'),
      ['x-bots', '3', 'hookward-id', '4'],
    );
  });

  it('leaves out what callers say of addresses, in every spelling', () => {
    assert.deepEqual(
      filtered([
        'X-Forwarded-For',
        '6.6.6.6',
        'x_forwarded_for',
        '6.6.6.6',
        'Forwarded',
        'for=6.6.6.6',
        'X-Forwarded_Proto',
        'https',
        'X-FORWARDED-HOST',
        'evil.example',
        'X-Forwarded-Prefix',
        '/stays',
      ]),
      ['X-Forwarded-Prefix', '/stays'],
    );
  });

  it('leaves out what Connection names, spread over several lines and spellings', () => {
    assert.deepEqual(
      filtered([
        'X-Foo',
        '1',
        'Connection',
        'close, x-foo ,,X_BAR',
        'X-Bar',
        '2',
        'connection',
        'Y',
        'y',
        '3',
        'Z',
        '4',
      ]),
      ['Z', '4'],
    );
  });

  it('keeps what says how to read the body and who calls, even where an attacker names it in Connection', () => {
    const critical = [
      'Content-Type',
      'application/json',
      'Content-Encoding',
      'gzip',
      'Authorization',
      'Bearer x',
      'Host',
      'a',
      'Content-Length',
      '2',
    ];
    assert.deepEqual(
      filtered([
        'Connection',
        'content-type, CONTENT-ENCODING, authorization, host, content-length, content_type',
        ...critical,
      ]),
      critical,
    );
  });

  it('keeps names that only begin alike', () => {
    const headers = [
      'Hookwards',
      '1',
      'TEa',
      '1',
      'Upgrades',
      '1',
      'Upgrade-Insecure-Requests',
      '1',
      '__proto__',
      'x',
    ];
    assert.deepEqual(filtered(headers), headers);
  });

  it('agrees with a plain model on arbitrary header lists', () => {
    const name = fc.oneof(
      fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/),
      fc
        .constantFrom(
          'hookward-id',
          'connection',
          'te',
          'upgrade',
          'x-forwarded-for',
          'content-type',
          'x-foo',
          'host',
        )
        .chain((plain) =>
          fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }).map((flips) => respelt(plain, flips)),
        ),
    );
    const value = fc.oneof(
      fc.string({ unit: 'binary-ascii', maxLength: 8 }),
      fc.array(name, { maxLength: 3 }).map((names) => names.join(', ')),
      fc.constantFrom('close', 'keep-alive', 'Keep-Alive, Upgrade'),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 20 }), (pairs) => {
        assert.deepEqual(filtered(pairs.flat()), model(pairs).flat());
      }),
      { numRuns: 2_000, seed: 7 },
    );
  });
});

describe('headers of an answer that are passed on', () => {
  it('loses hop-by-hop headers alone and keeps several Set-Cookie apart', () => {
    assert.deepEqual(
      answerHeaders([
        'Set-Cookie',
        'a=1',
        'Transfer-Encoding',
        'chunked',
        'set-cookie',
        'b=2',
        'Connection',
        'x-hop',
        'X-Hop',
        '1',
        'Keep-Alive',
        'timeout=5',
        'hookward-note',
        "the bot's own",
      ]),
      ['Set-Cookie', 'a=1', 'set-cookie', 'b=2', 'hookward-note', "the bot's own"],
    );
  });
});

/** `plain` with letters in upper case and dashes as underscores where `flips` say so. */
function respelt(plain: string, flips: readonly boolean[]): string {
  return plain.replace(/./g, (letter, at: number) =>
    flips[at] === true ? (letter === '-' ? '_' : letter.toUpperCase()) : letter,
  );
}

/** The same rule, written for reading alone. */
function model(pairs: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  const fold = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '-');
  const gone = new Set(
    (
      'connection expect http2-settings keep-alive proxy-authenticate proxy-authentication-info proxy-authorization ' +
      'proxy-connection te trailer transfer-encoding upgrade forwarded x-forwarded-for x-forwarded-host x-forwarded-proto'
    ).split(' '),
  );
  const critical = new Set(['authorization', 'content-encoding', 'content-length', 'content-type', 'host']);
  const named = new Set(
    pairs
      .filter(([name]) => name.toLowerCase() === 'connection')
      .flatMap(([, value]) => value.split(',').map((option) => fold(option.trim())))
      .filter((name) => !critical.has(name)),
  );
  const usual = (value: string) => ['close', 'keep-alive'].includes(value.toLowerCase());
  const onlyUsual = pairs.every(([name, value]) => name.toLowerCase() !== 'connection' || usual(value));
  return pairs.filter(([name]) => {
    const plain = fold(name);
    return !gone.has(plain) && !plain.startsWith('hookward-') && (onlyUsual || !named.has(plain));
  });
}
