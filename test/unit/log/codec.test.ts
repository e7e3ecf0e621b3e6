import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { AttemptOutcome, FailureCause } from '../../../src/core/attempt.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import { senderNames, senderProblems } from '../../../src/core/senders.ts';
import type { Standing, WebhookEvent } from '../../../src/core/state.ts';
import { packEnvelope, unpackEnvelope } from '../../../src/log/codec/envelope.ts';
import { packEvent, unpackEvent, unpackEventHead } from '../../../src/log/codec/event.ts';
import type { Tally } from '../../../src/log/codec/event.ts';
import { idBytes, readId, writeId } from '../../../src/log/codec/ids.ts';
import { makeRecord, openRecord, RecordUnreadable } from '../../../src/log/codec/record.ts';
import { start, webhook } from './support.ts';

/** Objects such as the code makes them. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { noNullPrototype: true });

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const latin1 = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array).toString('latin1'));
const text = fc.oneof(latin1, anyText, fc.constant('\ud800 alone'));
const time = fc.integer({ min: 0, max: 2 ** 47 });
const count = fc.nat({ max: 2 ** 31 });
const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((array) => readId(Buffer.from(array), 0));
const headers = fc.array(fc.tuple(text, text), { maxLength: 12 }).map((pairs) => pairs.flat());

const standing: fc.Arbitrary<Standing> = fc.oneof(
  record({
    state: fc.constant('pending' as const),
    dueAt: time,
    lane: fc.constantFrom('live', 'retry', 'replay'),
  }),
  fc.constant({ state: 'delivered' as const }),
  record({
    state: fc.constant('dead' as const),
    reason: fc.constantFrom('exhausted', 'refused', 'expired'),
  }),
  fc.constant({ state: 'cancelled' as const }),
);

const cause: fc.Arbitrary<FailureCause> = fc.constantFrom(
  'connection-refused',
  'timeout',
  'interrupted',
  'unknown',
);
const outcome: fc.Arbitrary<AttemptOutcome> = fc.oneof(
  record({
    kind: fc.constant('answered' as const),
    status: fc.integer({ min: 100, max: 999 }),
    headers,
    body: bytes,
    bodyTruncated: fc.boolean(),
    complete: fc.boolean(),
  }),
  record({ kind: fc.constant('failed' as const), cause, detail: text }),
);

const event: fc.Arbitrary<WebhookEvent> = fc.oneof(
  record({
    type: fc.constant('attempted' as const),
    at: time,
    attempt: record({
      number: count,
      replay: count,
      startedAt: time,
      durationMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      outcome,
    }),
    then: standing,
  }),
  record({
    type: fc.constant('deferred' as const),
    at: time,
    why: fc.constantFrom('circuit-open', 'lane-full', 'behind-its-key', 'shutdown', 'no-bot-host'),
    then: standing,
  }),
  record({
    type: fc.constant('replayed' as const),
    at: time,
    replay: count,
    by: text,
    reason: text,
    then: standing,
  }),
  record({ type: fc.constant('cancelled' as const), at: time, by: text, reason: text, then: standing }),
  record({ type: fc.constant('expired' as const), at: time, then: standing }),
);

const tally: fc.Arbitrary<Tally> = record({
  attempts: count,
  tries: count,
  replay: count,
  budgetFrom: time,
  since: count,
  lastStatus: fc.option(fc.integer({ min: 100, max: 999 })),
  lastFailure: fc.option(cause),
});

const plainRequest = {
  ...({ method: 'POST', scheme: 'http', ip: '203.0.113.7' } as const),
  ...{ target: '/', headers: ['Host', 'a'], body: '{}' },
} as const;

/** Envelopes as they were written by formats 1 and 2: number 42 of route number 3, due half a second after `start`. */
const earlierEnvelopes = [
  {
    hex:
      '00000000000045400000c00d427779420040df0d42777942030001010a07150c020002050b0802006f72646572732f68' +
      '6f6f6b732f6f72646572733f613d2532302b3230332e302e3131332e37376b486f7374686f6f6b732e74657374582d54' +
      '77696365e97b226e223a317d',
    request: {
      method: 'POST',
      target: '/hooks/orders?a=%20+',
      headers: ['Host', 'hooks.test', 'X-Twice', '\u00e9'],
      body: '{"n":1}',
      ip: '203.0.113.7',
      scheme: 'https',
    },
    bot: '7',
    user: null,
    orderKey: 'k',
  },
  {
    hex:
      '00000000000045400000c00d427779420040df0d42777942030000000607020c000200016f0072006400650072007300' +
      '2f0032003000300031003a006400620038003a003a003700bf20',
    request: { method: 'GET', target: '/', headers: [], body: '', ip: '2001:db8::7', scheme: 'http' },
    bot: null,
    user: '\u20bf',
    orderKey: null,
  },
  {
    hex:
      '00000000000045400000c00d427779420040df0d42777942030001800b07020c0000000709130502006f72646572732f' +
      '3230332e302e3131332e37737472697065766572696669656476657269666965643a5b226576745f31225d486f737461' +
      '7b7d',
    request: plainRequest,
    ...{ bot: null, user: null, orderKey: null },
    sender: { sender: 'stripe', verdict: 'verified' },
    dedupeKey: 'verified:["evt_1"]',
  },
  {
    hex:
      '00000000000045400000c00d427779420040df0d42777942030001800b07020c0000000000140502006f72646572732f' +
      '3230332e302e3131332e37706c61696e3a5b227031222c2270616964225d486f7374617b7d',
    request: plainRequest,
    ...{ bot: null, user: null, orderKey: null },
    dedupeKey: 'plain:["p1","paid"]',
  },
] as const;

function packed(item: { readonly bytes: number; write(target: Buffer, at: number): void }): Buffer {
  const buffer = Buffer.alloc(item.bytes, 0xee);
  item.write(buffer, 0);
  return buffer;
}

/** What a decoder makes of damaged bytes: anything but an error of another kind. */
function decodesOrRefuses(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof RecordUnreadable)) throw error;
  }
}

describe('the codec', () => {
  test('every envelope comes back as it was', () => {
    const envelope = record({
      id,
      route: text,
      receivedAt: time,
      request: record({
        method: fc.constantFrom('GET', 'POST'),
        target: text,
        headers,
        body: bytes,
        ip: text,
        scheme: fc.constantFrom('http', 'https'),
      }),
      bot: fc.option(text),
      user: fc.option(text),
      orderKey: fc.option(text),
      sender: fc.option(
        record({
          sender: fc.constantFrom(...senderNames),
          verdict: fc.constantFrom('verified', 'unchecked', ...senderProblems),
        }),
      ),
      eventId: fc.option(text),
      dedupeKey: fc.option(text),
    });
    fc.assert(
      fc.property(envelope, fc.nat({ max: 0xffff }), time, (hook, routeNo, firstDueAt) => {
        const whole = { webhook: hook, routeNo, sequence: 2 ** 40 + routeNo, firstDueAt };
        assert.deepEqual(unpackEnvelope(hook.id, packed(packEnvelope(whole))), whole);
      }),
    );
  });

  test('an envelope of format 1 or 2 is read, and without an event id still made just so', () => {
    for (const { hex, request, ...rest } of earlierEnvelopes) {
      const { body, headers, ...head } = request;
      const hook = webhook({ ...rest, request: { ...head, headers, body: Buffer.from(body) } });
      const whole = { webhook: hook, routeNo: 3, sequence: 42, firstDueAt: start + 500 };
      assert.deepEqual(unpackEnvelope(hook.id, Buffer.from(hex, 'hex')), whole);
      assert.equal(packed(packEnvelope(whole)).toString('hex'), hex);
    }
  });

  test('every event comes back as it was, and its head alone says the same', () => {
    fc.assert(
      fc.property(event, tally, (its, sum) => {
        const payload = packed(packEvent({ event: its, tally: sum }));
        assert.deepEqual(unpackEvent(payload), { event: its, tally: sum });
        assert.deepEqual(unpackEventHead(payload), { at: its.at, standing: its.then, tally: sum });
      }),
    );
  });

  test('a record with any bit changed, in value or key, is refused', () => {
    const { key, value } = makeRecord(Buffer.from('key'), Buffer.from('some payload'));
    assert.equal(openRecord(key, value).toString(), 'some payload');
    for (let bit = 0; bit < value.length * 8; bit++) {
      const damaged = Buffer.from(value);
      damaged[bit >> 3] = damaged[bit >> 3]! ^ (1 << (bit & 7));
      assert.throws(() => openRecord(key, damaged), RecordUnreadable);
    }
    for (let end = 0; end < value.length; end++) {
      assert.throws(() => openRecord(key, value.subarray(0, end)), RecordUnreadable);
    }
    assert.throws(() => openRecord(Buffer.from('kez'), value), RecordUnreadable);
  });

  test('damaged payloads that pass no checksum make decoders refuse, never crash', () => {
    const envelope = packed(packEnvelope({ webhook: webhook(), routeNo: 1, sequence: 1, firstDueAt: 1 }));
    const change = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(event, tally, change, fc.nat(), (its, sum, changes, cut) => {
        for (const whole of [packed(packEvent({ event: its, tally: sum })), Buffer.from(envelope)]) {
          for (const [at, byte] of changes) whole[at % whole.length] = byte;
          const payload = whole.subarray(0, cut % 3 === 0 ? cut % whole.length : whole.length);
          decodesOrRefuses(() => unpackEvent(payload));
          decodesOrRefuses(() => unpackEventHead(payload));
          decodesOrRefuses(() => unpackEnvelope('x' as WebhookId, payload));
        }
      }),
    );
  });

  test('ids take sixteen bytes and sort as their text does', () => {
    fc.assert(
      fc.property(id, id, (one, other) => {
        const [first, second] = [one, other].map((each) => {
          const target = Buffer.alloc(idBytes);
          assert.equal(writeId(target, 0, each), idBytes);
          assert.equal(readId(target, 0), each);
          return target;
        });
        assert.equal(Math.sign(Buffer.compare(first!, second!)), one < other ? -1 : one > other ? 1 : 0);
      }),
    );
  });
});
