import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  HookwardError,
  problemOf,
  refusalCodes,
  refusals,
  type RefusalCode,
} from '../../../src/core/errors.ts';
import type { SenderProblem } from '../../../src/core/senders.ts';
import type { GateVerdict } from '../../../src/access/index.ts';
import { manualClock } from '../../support/manualClock.ts';
import { waitFor } from '../../support/waitFor.ts';
import { admitted, route, settings, startIngress, type Harness, type Parts } from './harness.ts';
import { request, type RawAnswer, type RawClient } from './rawClient.ts';
import { fakeSender } from './senders.ts';

const verdict = (refusal: RefusalCode, facts: Partial<GateVerdict> = {}): GateVerdict =>
  ({ admitted: false, refusal, retryAfterSeconds: null, limit: null, ...facts }) as GateVerdict;

const withGate = (refused: GateVerdict): Parts => ({
  gate: { admit: () => refused, admitToRoute: () => admitted },
});

const withLink = (refusal: RefusalCode): Parts => ({
  settings: settings({ routes: [route({ link: 'any' })] }),
  links: { verify: () => ({ valid: false, refusal }) },
});

const withSender = (problem: SenderProblem): Parts => ({
  settings: settings({ routes: [route({ sender: fakeSender({ verify: () => problem }) })] }),
});

/** A 401 must say how to do better (RFC 9110, 15.5.2), in a scheme that no browser asks a password for. */
const hasChallenge = (answer: RawAnswer) => assert.equal(answer.header('www-authenticate'), 'Signature');

const withLog = (error: Error): Parts => ({ log: { append: () => Promise.reject(error) } });

/** How each refusal is provoked: what is built, and what the caller does. */
interface Scene {
  readonly code: RefusalCode;
  readonly why: string;
  readonly parts?: Parts;
  readonly send?: string | Buffer;
  /** Does more than to send; gives the client whose answer counts. */
  readonly act?: (harness: Harness) => Promise<RawClient>;
  readonly check?: (answer: RawAnswer) => void;
  /** Appends are expected (the refusal comes after one). */
  readonly isAppended?: boolean;
}

const post = request('POST /hook', 'x');
const hasRetryAfter = (answer: RawAnswer) => assert.match(answer.header('retry-after') ?? '', /^[1-9]\d*$/);

const scenes: readonly Scene[] = [
  {
    code: 'address-unknown',
    why: 'the address cannot be determined',
    parts: { addresses: { of: () => null, isTrustedProxy: () => false } },
  },
  {
    code: 'banned',
    why: 'the address is banned',
    parts: withGate(verdict('banned')),
    check: (answer) => assert.equal(answer.header('connection'), 'close'),
  },
  { code: 'not-whitelisted', why: 'the whitelist is enforced', parts: withGate(verdict('not-whitelisted')) },
  {
    code: 'rate-limited',
    why: 'the address is over its limit',
    parts: withGate(
      verdict('rate-limited', {
        retryAfterSeconds: 1.2,
        limit: { limit: 50, remaining: 0, resetSeconds: 1.2 },
      }),
    ),
    check(answer) {
      assert.equal(answer.header('retry-after'), '2');
      assert.equal(answer.header('ratelimit-limit'), '50');
      assert.equal(answer.header('ratelimit-remaining'), '0');
      assert.equal(answer.header('ratelimit-reset'), '2');
    },
  },
  {
    code: 'route-rate-limited',
    why: 'the route is over its limit, as a gate that must ask elsewhere finds',
    parts: {
      gate: {
        admit: () => Promise.resolve(admitted),
        admitToRoute: () => Promise.resolve(verdict('route-rate-limited')),
      },
    },
    check: hasRetryAfter,
  },
  { code: 'no-route', why: 'no route has the path', send: request('POST /nowhere', 'x') },
  { code: 'no-route', why: 'the server as a whole is asked for its options', send: request('OPTIONS *') },
  {
    code: 'method-not-allowed',
    why: 'PUT on a route',
    send: request('PUT /hook', 'x'),
    check: (answer) => assert.equal(answer.header('allow'), 'GET, POST'),
  },
  { code: 'method-not-allowed', why: 'OPTIONS on a route without cors', send: request('OPTIONS /hook') },
  {
    code: 'method-not-allowed',
    why: 'CONNECT',
    send: 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n',
    check: (answer) => assert.equal(answer.header('allow'), 'GET, POST'),
  },
  { code: 'link-token-missing', why: 'the link has no token', parts: withLink('link-token-missing') },
  { code: 'link-token-wrong', why: 'the token is of another link', parts: withLink('link-token-wrong') },
  { code: 'link-expired', why: 'the link is too old', parts: withLink('link-expired') },
  { code: 'link-revoked', why: 'the link was called back', parts: withLink('link-revoked') },
  {
    code: 'parameter-fixed',
    why: 'the caller gives what the secret target fixes',
    parts: { settings: settings({ routes: [route({ forwardTo: '/bot?command=x' })] }) },
    send: request('GET /hook?command=y'),
  },
  {
    code: 'signature-missing',
    why: 'there is no signature',
    parts: withSender('signature-missing'),
    check: hasChallenge,
  },
  {
    code: 'signature-malformed',
    why: 'the signature cannot be read',
    parts: withSender('signature-malformed'),
    check: hasChallenge,
  },
  {
    code: 'signature-wrong',
    why: 'somebody else has signed',
    parts: withSender('signature-wrong'),
    check: hasChallenge,
  },
  {
    code: 'signature-stale',
    why: 'the signature is of another day',
    parts: withSender('signature-stale'),
    check: hasChallenge,
  },
  {
    code: 'sender-address-wrong',
    why: 'the sender calls from elsewhere',
    parts: withSender('sender-address-wrong'),
  },
  {
    code: 'sender-unverifiable',
    why: 'the key cannot be had',
    parts: withSender('sender-unverifiable'),
    check: (answer) => assert.equal(answer.header('retry-after'), '30'),
  },
  {
    code: 'body-too-large',
    why: 'the announced length is over the limit',
    parts: { settings: settings({ limits: { bodyBytesMax: 1000 } }) },
    send: request('POST /hook\nContent-Length: 1001'),
  },
  {
    code: 'body-too-large',
    why: "a chunked body grows over the route's own limit",
    parts: { settings: settings({ routes: [route({ bodyBytesMax: 10 })] }) },
    send: `${request('POST /hook\nTransfer-Encoding: chunked').toString()}6\r\nabcdef\r\n5\r\nabcde\r\n`,
    check: (answer) => assert.equal(answer.header('connection'), 'close'),
  },
  {
    code: 'body-too-slow',
    why: 'the header does not come to its end',
    parts: { listener: { headersTimeout: 50, requestTimeout: 50 } },
    send: 'POST /hook HTTP/1.1\r\nHost: h\r\nX-Slow',
  },
  {
    code: 'body-too-slow',
    why: 'the body does not come to its end',
    parts: { listener: { headersTimeout: 50, requestTimeout: 50 } },
    send: `${request('POST /hook\nContent-Length: 10').toString()}abc`,
  },
  {
    code: 'target-too-long',
    why: 'the target is longer than is taken',
    send: request(`GET /hook?${'a'.repeat(8192)}`),
  },
  {
    code: 'headers-too-large',
    why: 'the header has too many bytes',
    send: request(`GET /hook\nX-Long: ${'a'.repeat(33 * 1024)}`),
  },
  {
    code: 'headers-too-large',
    why: 'the header has too many lines, beyond the 2000 that Node keeps too',
    send: request(`GET /hook\n${'A: b\n'.repeat(2500)}X: y`),
  },
  { code: 'malformed-request', why: 'what comes is no HTTP', send: 'hello\r\n\r\n' },
  { code: 'malformed-request', why: 'an absolute target', send: request('GET http://evil.example/hook') },
  { code: 'malformed-request', why: 'a parent segment', send: request('GET /x/../hook') },
  { code: 'malformed-request', why: 'no Host', send: 'GET /hook HTTP/1.1\r\n\r\n' },
  { code: 'malformed-request', why: 'two Hosts', send: request('GET /hook\nhost: other.example') },
  { code: 'malformed-request', why: 'a Host with a path', send: 'GET /hook HTTP/1.1\r\nHost: a/b\r\n\r\n' },
  { code: 'malformed-request', why: 'a Host with a user', send: 'GET /hook HTTP/1.1\r\nHost: a@b\r\n\r\n' },
  {
    code: 'malformed-request',
    why: 'two lengths',
    send: 'POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
  },
  {
    code: 'malformed-request',
    why: 'a length and chunks',
    send: request('POST /hook\nContent-Length: 4\nTransfer-Encoding: chunked').toString() + '0\r\n\r\n',
  },
  {
    code: 'malformed-request',
    why: 'a length and an empty transfer coding',
    send: request('POST /hook\nTransfer-Encoding:\nContent-Length: 1').toString() + 'x',
  },
  {
    code: 'malformed-request',
    why: 'a transfer coding that would be lost',
    send: request('POST /hook\nTransfer-Encoding: gzip, chunked').toString() + '0\r\n\r\n',
  },
  {
    code: 'malformed-request',
    why: 'chunks in HTTP/1.0',
    send: 'POST /hook HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  },
  {
    code: 'malformed-request',
    why: 'a chunk size that is none',
    send: request('POST /hook\nTransfer-Encoding: chunked').toString() + 'zz\r\nab\r\n',
  },
  {
    code: 'malformed-request',
    why: 'the connection ends within the header',
    act: async (harness) => {
      const client = await harness.open();
      client.write('GET /hook HTTP/1.1\r\nHost: h\r\n').socket.end();
      return client;
    },
  },
  {
    code: 'expectation-unknown',
    why: 'another expectation than 100-continue',
    send: request('POST /hook\nExpect: 200-ok', 'x'),
  },
  {
    code: 'too-many-in-flight',
    why: 'every place is taken',
    parts: { settings: settings({ limits: { inFlightMax: 1 } }), deliver: () => undefined },
    isAppended: true,
    act: async (harness) => {
      (await harness.open()).write(post);
      await waitFor('the first to be delivered', () => harness.delivered.length === 1);
      return (await harness.open()).write(post);
    },
    check: hasRetryAfter,
  },
  {
    code: 'too-many-in-flight',
    why: 'the announced bytes have no room',
    parts: { settings: settings({ limits: { inFlightBytesMax: 10 } }) },
    send: request('POST /hook', 'x'.repeat(11)),
  },
  {
    code: 'too-many-in-flight',
    why: 'the bytes of a chunked body have no room',
    parts: { settings: settings({ limits: { inFlightBytesMax: 10 } }) },
    send: `${request('POST /hook\nTransfer-Encoding: chunked').toString()}b\r\nabcdefghijk\r\n`,
  },
  {
    code: 'too-many-connections',
    why: 'the peer has one more than it may',
    parts: { settings: settings({ limits: { connectionsPerAddressMax: 1 } }) },
    act: async (harness) => {
      await harness.open();
      return harness.open();
    },
    check: hasRetryAfter,
  },
  {
    code: 'shutting-down',
    why: 'the request comes to its end while the service is stopping',
    isAppended: true,
    act: async (harness) => {
      const client = await harness.open();
      // With the first answer the beginning of the second request has arrived too: the connection is not idle.
      client.write(Buffer.concat([post, Buffer.from('GET /hook HTTP/1.1\r\n')]));
      assert.equal((await client.answer()).status, 200);
      void harness.ingress.stop(5_000);
      return client.write('Host: h\r\n\r\n');
    },
    check: hasRetryAfter,
  },
  {
    code: 'log-full',
    why: 'the log is full, and knows when to come again',
    parts: withLog(new HookwardError('log-full', { message: 'full', retryAfterSeconds: 77 })),
    check: (answer) => assert.equal(answer.header('retry-after'), '77'),
  },
  {
    code: 'log-busy',
    why: 'too many appends wait',
    parts: withLog(new HookwardError('log-busy', { message: 'busy' })),
    check: hasRetryAfter,
  },
  {
    code: 'log-failing',
    why: 'the append fails in a way that nobody foresaw',
    parts: withLog(new Error('EIO: /secret/path')),
    check: hasRetryAfter,
  },
  {
    code: 'log-failing',
    why: 'the log is closed',
    parts: withLog(new HookwardError('log-closed', { message: 'closed' })),
  },
  {
    code: 'log-failing',
    why: 'the log says nothing of the webhook',
    parts: { log: { append: () => Promise.resolve([]) } },
  },
  {
    code: 'queued-unavailable',
    why: 'the budget is over and whenQueued is unavailable',
    isAppended: true,
    parts: {
      settings: settings({ routes: [route({ answer: { whenQueued: 'unavailable' } })] }),
      deliver: (_webhook, _lease, caller) => caller?.giveUp('queued'),
    },
    check: hasRetryAfter,
  },
  {
    code: 'bot-host-unreachable',
    why: 'the webhook was given up without an answer',
    isAppended: true,
    parts: { deliver: (_webhook, _lease, caller) => caller?.giveUp('dead') },
  },
  {
    code: 'bot-host-unreachable',
    why: 'the webhook was called off',
    isAppended: true,
    parts: { deliver: (_webhook, _lease, caller) => caller?.giveUp('cancelled') },
  },
  {
    code: 'internal-error',
    why: 'a part throws',
    parts: {
      clock: {
        ...manualClock(),
        now: () => {
          throw new Error('no time: secret');
        },
      },
    },
  },
];

describe('refusals', () => {
  const provoked = new Set<string>();

  for (const { code, why, parts, send, act, check, isAppended } of scenes) {
    test(`${code}: ${why}`, async (t) => {
      const harness = await startIngress(t, parts);
      const client = act === undefined ? (await harness.open()).write(send ?? post) : await act(harness);
      const answer = await client.answer();
      assert.equal(answer.code, code);
      assert.equal(answer.status, refusals[code].status);
      assert.deepEqual(JSON.parse(answer.body.toString()), problemOf(code));
      assert.equal(answer.header('content-type'), 'application/problem+json');
      assert.ok(answer.header('date'));
      if (answer.status === 503 || answer.status === 429) hasRetryAfter(answer);
      check?.(answer);
      // After the append a refusal is how the caller is answered, not a call that was refused.
      if (!answer.header('hookward-id')) assert.deepEqual(harness.refused, [code]);
      assert.equal(harness.appended.length > 0, isAppended ?? false);
      provoked.add(code);
    });
  }

  after(() => {
    const elsewhere = ['pass-through-failed', 'pass-through-refused'];
    const missing = refusalCodes.filter((code) => !provoked.has(code) && !elsewhere.includes(code));
    assert.deepEqual(
      missing,
      [],
      'every refusal of the catalogue is provoked here, but for those of pass-through',
    );
  });
});
