import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { HookwardError } from '../../../src/core/errors.ts';
import { senderProblems } from '../../../src/core/senders.ts';
import { createSigner, generateSigningKey } from '../../../src/signing/index.ts';
import { parseSigningKey } from '../../../src/signing/key.ts';
import { signatureV1, signedText } from '../../../src/signing/signature.ts';
import { seededRandom } from '../../support/seededRandom.ts';
import { id, key, now, optionsOf, otherKey, sign, valueOf } from './fixtures.ts';

describe('the v1 signature', () => {
  const vectors = [
    {
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: '1614265330',
      payload: '{"test": 2432232314}',
      signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    {
      secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
      id: 'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk',
      timestamp: '1649367553',
      payload: '{"email":"test@example.com","username":"test_user"}',
      signature: 'v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=',
    },
    {
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: '1614265330',
      payload: '',
      signature: 'v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A=',
    },
  ];
  for (const { secret, id, timestamp, payload, signature } of vectors) {
    it(`is the published one for ${JSON.stringify(payload)}`, () => {
      const parsed = parseSigningKey(secret);
      assert.ok(parsed !== null);
      assert.equal(signatureV1(parsed, signedText(id, timestamp, payload)), signature);
    });
  }
});

describe('createSigner', () => {
  it('gives the four headers, with the id, the attempt’s seconds and one v1 signature', () => {
    const headers = sign({ now: now + 999 });
    assert.deepEqual(
      headers.filter((_, index) => index % 2 === 0),
      ['hookward-id', 'hookward-timestamp', 'hookward-options', 'hookward-signature'],
    );
    assert.equal(valueOf(headers, 'hookward-id'), id);
    assert.equal(valueOf(headers, 'hookward-timestamp'), '1750000000');
    assert.match(valueOf(headers, 'hookward-signature'), /^v1,[A-Za-z0-9+/]{43}=$/);
  });

  it('names the headers after the prefix', () => {
    const headers = sign({ headerPrefix: 'x-shop' });
    assert.equal(headers[0], 'x-shop-id');
    assert.equal(headers[6], 'x-shop-signature');
  });

  it('puts all the facts of the call into the options', () => {
    assert.deepEqual(optionsOf(sign({ body: '{"a":1}', attempt: 3, replay: 2 })), {
      v: 1,
      url: 'https://bots.example.com/v1/bots/7/new-webhook?&command=%2FonWebhook&user_id=77',
      method: 'POST',
      params: { command: '/onWebhook', user_id: '77' },
      headers: { Host: 'bots.example.com', 'User-Agent': 'curl/8.5.0', 'Content-Type': 'application/json' },
      ip: '203.0.113.7',
      route: 'commands',
      receivedAt: now - 1500,
      attempt: 3,
      replay: 2,
      bodySha256: createHash('sha256').update('{"a":1}').digest('hex'),
    });
  });

  it('tells the sender and whether it was proven, where the route names one', () => {
    const told = optionsOf(sign({ sender: { sender: 'stripe', verdict: 'verified' } }));
    assert.deepEqual([told.v, told.sender, told.verified], [1, 'stripe', true]);
    for (const verdict of [...senderProblems, 'unchecked'] as const) {
      const { sender, verified } = optionsOf(sign({ sender: { sender: 'freekassa', verdict } }));
      assert.deepEqual([sender, verified], ['freekassa', false], verdict);
    }
    const none = optionsOf(sign());
    assert.ok(!('sender' in none) && !('verified' in none));
  });

  it('is verified, and parsed, by the Standard Webhooks library given the options as the payload', () => {
    const headers = sign({ now: Date.now(), keys: [otherKey, key], body: 'ü' });
    for (const secret of [key, otherKey]) {
      const payload = new StandardWebhook(secret).verify(valueOf(headers, 'hookward-options'), {
        'webhook-id': valueOf(headers, 'hookward-id'),
        'webhook-timestamp': valueOf(headers, 'hookward-timestamp'),
        'webhook-signature': valueOf(headers, 'hookward-signature'),
      });
      assert.deepEqual(payload, optionsOf(headers));
    }
  });

  it('signs once with every key, in their order, a space between', () => {
    const both = valueOf(sign({ keys: [key, otherKey] }), 'hookward-signature');
    const single = [key, otherKey].map((one) => valueOf(sign({ keys: [one] }), 'hookward-signature'));
    assert.equal(both, single.join(' '));
  });

  it('signs attempts anew: another time gives another signature, the id stays', () => {
    const first = sign();
    const second = sign({ now: now + 60_000, attempt: 2 });
    assert.equal(second[1], first[1]);
    assert.notEqual(valueOf(second, 'hookward-signature'), valueOf(first, 'hookward-signature'));
  });

  it('keeps the options in printable ASCII whatever the call holds, and they parse back', () => {
    const odd = 'é\u0000\u007f\u0085\u{1F431}\ud800"\\\r\n';
    const headers = sign({ request: { headers: ['X-Odd', odd], target: '/a?x=%F0%9F%90%B1&y=%ff' } });
    assert.match(valueOf(headers, 'hookward-options'), /^[\x20-\x7e]+$/);
    const options = optionsOf(headers);
    assert.equal(options.headers['X-Odd'], odd);
    assert.equal(options.params['x'], '\u{1F431}');
    assert.equal(options.params['y'], '\ufffd');
  });

  it('lists a repeated header’s values in order, however they are spelled', () => {
    const { headers } = optionsOf(sign({ request: { headers: ['x-a', '1', 'X-A', '2', 'X-a', '3'] } }));
    assert.deepEqual(headers, { 'X-A': ['1', '2', '3'] });
  });

  it('takes header and field names of the prototype as plain data', () => {
    const { headers, params } = optionsOf(
      sign({
        request: { headers: ['__proto__', 'a', 'constructor', 'b'], target: '/?__proto__=c&constructor=d' },
      }),
    );
    assert.deepEqual(Object.entries(headers), [
      ['__proto__', 'a'],
      ['Constructor', 'b'],
    ]);
    assert.deepEqual(Object.entries(params), [
      ['__proto__', 'c'],
      ['constructor', 'd'],
    ]);
    assert.equal(Object.getPrototypeOf({}), Object.prototype);
  });
});

describe('params', () => {
  const form = (contentType: string, body: string, more: readonly string[] = []) =>
    optionsOf(
      sign({ request: { target: '/hook?a=query', headers: ['Content-Type', contentType, ...more] }, body }),
    );

  it('holds the fields of the query and of a form, repeats as lists', () => {
    const { params } = form('application/x-www-form-urlencoded; charset=utf-8', 'a=form&b=x+y&b=%2B');
    assert.deepEqual({ ...params }, { a: ['query', 'form'], b: ['x y', '+'] });
  });

  it('does not repeat a JSON body', () => {
    assert.deepEqual({ ...form('application/json', '{"b":1}').params }, { a: 'query' });
  });

  it('leaves a compressed form alone', () => {
    const { params } = form('application/x-www-form-urlencoded', 'b=1', ['Content-Encoding', 'gzip']);
    assert.deepEqual({ ...params }, { a: 'query' });
  });

  it('says so when a form is too large to be read', () => {
    const fits = form('application/x-www-form-urlencoded', `b=1${'&'.repeat(4093)}`);
    assert.equal(fits.params['b'], '1');
    assert.equal(fits.truncated, undefined);
    const large = form('application/x-www-form-urlencoded', `b=1${'&'.repeat(4094)}`);
    assert.deepEqual({ ...large.params }, { a: 'query' });
    assert.equal(large.truncated, true);
    assert.deepEqual(large.omitted, ['form']);
  });

  it('reads the platform’s query with its empty first pair, and no query at all', () => {
    const { params } = optionsOf(sign({ request: { target: '/hook?&command=%2Fa%20b&empty=&flag' } }));
    assert.deepEqual({ ...params }, { command: '/a b', empty: '', flag: '' });
    assert.deepEqual({ ...optionsOf(sign({ request: { target: '/hook' } })).params }, {});
  });
});

describe('signing keys', () => {
  it('are made of 32 bytes of chance, and are fit for signing', () => {
    const made = generateSigningKey(seededRandom(1));
    assert.match(made, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.notEqual(made, generateSigningKey(seededRandom(2)));
    assert.notEqual(parseSigningKey(made), null);
  });

  it('may lack the prefix, as in the reference libraries', () => {
    const [prefixed, bare] = [key, key.slice('whsec_'.length)].map((text) => sign({ keys: [text] }));
    assert.deepEqual(prefixed, bare);
  });

  const refused: readonly (readonly [string, readonly string[]])[] = [
    ['no key', []],
    ['an empty key', ['whsec_']],
    ['a key of 23 bytes', [`whsec_${Buffer.alloc(23).toString('base64')}`]],
    ['a key of 65 bytes', [`whsec_${Buffer.alloc(65).toString('base64')}`]],
    ['a key that is not base64', [`whsec_${'*'.repeat(44)}`]],
    ['a second key without its padding', [key, key.slice(0, -1)]],
  ];
  for (const [what, keys] of refused) {
    it(`refuses ${what}, without telling it`, () => {
      assert.throws(
        () => createSigner({ keys, headerPrefix: 'hookward', optionsBytesMax: 4096 }),
        (error) =>
          error instanceof HookwardError &&
          error.code === 'config-invalid' &&
          keys.every((text) => text === 'whsec_' || !error.message.includes(text)),
      );
    });
  }

  it('refuses a limit that has no room for the facts that always stand', () => {
    for (const optionsBytesMax of [511, Number.NaN]) {
      assert.throws(() => createSigner({ keys: [key], headerPrefix: 'hookward', optionsBytesMax }), {
        code: 'config-invalid',
      });
    }
  });
});
