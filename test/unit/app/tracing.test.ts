import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { traceStateFrom } from '../../../src/app/traceState.ts';
import { createTracer } from '../../../src/app/tracing.ts';
import type { AttemptOutcome } from '../../../src/core/attempt.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { ArrivalSpanStart, AttemptSpanStart } from '../../../src/core/tracing.ts';
import { fakeTelemetry, type KeptSpan } from '../../support/fakeTelemetry.ts';

const parent = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  flags: 1,
  state: 'vendor=1,other=2',
};
const id = '01980000-0000-7000-8000-000000000001' as WebhookId;
const startedAt = 1_750_000_000_000;

const arrival = (changes: Partial<ArrivalSpanStart> = {}): ArrivalSpanStart => ({
  ...{ parent, startedAt, id, isCopy: false },
  ...{ route: 'pay', routePath: '/pay/*', method: 'POST', scheme: 'https', path: '/pay/7' },
  ...changes,
});

const attempt = (changes: Partial<AttemptSpanStart> = {}): AttemptSpanStart => ({
  ...{ parent, startedAt, id, route: 'pay', method: 'POST' },
  ...{ botHost: 'main', url: 'https://bots.example/secret/base', attempt: 1, replay: 0 },
  ...changes,
});

const answered = (status: number): AttemptOutcome => ({
  ...{ kind: 'answered', status, headers: [], body: Buffer.alloc(0) },
  ...{ bodyTruncated: false, complete: true },
});

/** A tracer on a fake SDK. */
function tracing(t: TestContext) {
  const telemetry = fakeTelemetry(t);
  const tracer = createTracer('1.2.3');
  assert.ok(tracer);
  return { telemetry, tracer };
}

describe('spans on OpenTelemetry', () => {
  test('there is no tracer where no SDK is registered', () => {
    assert.equal(createTracer('1.2.3'), null);
  });

  test('are Hookward’s, in its version, and none tells of the look whether an SDK is there', (t) => {
    const { telemetry } = tracing(t);
    assert.deepEqual(telemetry.versions, ['1.2.3']);
    assert.deepEqual(telemetry.ended(), []);
  });

  test('a call is a SERVER span, the child of the caller’s', (t) => {
    const { telemetry, tracer } = tracing(t);
    const span = tracer.arrived(arrival());
    span.end(200, startedAt + 25.5);
    const [kept] = telemetry.ended();
    assert.ok(kept);
    const { context, parent: from, ...told } = kept;
    assert.deepEqual(told, {
      name: 'POST /pay/*',
      kind: SpanKind.SERVER,
      startedAt,
      endedAt: startedAt + 25,
      status: null,
      attributes: {
        'http.request.method': 'POST',
        'http.response.status_code': 200,
        'http.route': '/pay/*',
        'url.path': '/pay/7',
        'url.scheme': 'https',
        'hookward.route': 'pay',
        'hookward.webhook.id': id,
      },
    });
    assert.deepEqual([from?.traceId, from?.spanId, from?.isRemote], [parent.traceId, parent.spanId, true]);
    assert.deepEqual(span.context, { ...parent, spanId: context.spanId });
  });

  test('an attempt is a CLIENT span that tells no target', (t) => {
    const { telemetry, tracer } = tracing(t);
    tracer.attempting(attempt({ attempt: 3, replay: 1 })).end(answered(201), startedAt + 10);
    const [kept] = telemetry.ended();
    assert.ok(kept);
    assert.deepEqual([kept.name, kept.kind, kept.status], ['POST', SpanKind.CLIENT, null]);
    assert.deepEqual(kept.attributes, {
      'http.request.method': 'POST',
      'http.request.resend_count': 2,
      'http.response.status_code': 201,
      'server.address': 'bots.example',
      'server.port': 443,
      'hookward.attempt': 3,
      'hookward.bot_host': 'main',
      'hookward.replay': 1,
      'hookward.route': 'pay',
      'hookward.webhook.id': id,
    });
  });

  /** The span of a call that was answered so. */
  function endedArrival(t: TestContext, status: number | null): KeptSpan | undefined {
    const { telemetry, tracer } = tracing(t);
    tracer.arrived(arrival()).end(status, startedAt);
    return telemetry.ended()[0];
  }

  /** The span of an attempt that ended so. */
  function endedAttempt(t: TestContext, outcome: AttemptOutcome): KeptSpan | undefined {
    const { telemetry, tracer } = tracing(t);
    tracer.attempting(attempt()).end(outcome, startedAt);
    return telemetry.ended()[0];
  }

  const failures: readonly [what: string, type: string, run: (t: TestContext) => KeptSpan | undefined][] = [
    ['a 503 to the caller', '503', (t) => endedArrival(t, 503)],
    ['a caller that has gone', 'caller-gone', (t) => endedArrival(t, null)],
    ['a 404 of the bot', '404', (t) => endedAttempt(t, answered(404))],
    ['no answer', 'timeout', (t) => endedAttempt(t, { kind: 'failed', cause: 'timeout', detail: 'secret' })],
  ];
  for (const [what, type, run] of failures) {
    test(`${what} is an error, by its type`, (t) => {
      const span = run(t);
      assert.equal(span?.attributes['error.type'], type);
      assert.deepEqual(span.status, { code: SpanStatusCode.ERROR });
    });
  }

  test('a 404 to the caller is no error of the server', (t) => {
    const span = endedArrival(t, 404);
    assert.deepEqual([span?.status, span?.attributes['error.type']], [null, undefined]);
  });

  test('one without a parent begins a trace, and a copy says that it is one', (t) => {
    const { telemetry, tracer } = tracing(t);
    const span = tracer.arrived(arrival({ parent: null, isCopy: true }));
    span.end(200, startedAt);
    assert.notEqual(span.context.traceId, parent.traceId);
    assert.equal(span.context.state, '');
    assert.equal(telemetry.ended()[0]?.parent, null);
    assert.equal(telemetry.ended()[0]?.attributes['hookward.copy'], true);
  });
});

describe('a tracestate', () => {
  test('is passed on as it was sent, blanks between its members aside', () => {
    assert.equal(traceStateFrom('a=1, b@c=2=3 ,d=').serialize(), 'a=1,b@c=2=3,d=');
  });

  test('gives its members by key', () => {
    const state = traceStateFrom('a=1,b=2=3');
    assert.deepEqual([state.get('a'), state.get('b'), state.get('c')], ['1', '2=3', undefined]);
  });

  test('that is written into has the latest in front, and is another', () => {
    const state = traceStateFrom('a=1,b=2');
    assert.equal(state.set('b', '3').serialize(), 'b=3,a=1');
    assert.equal(state.unset('a').serialize(), 'b=2');
    assert.equal(state.serialize(), 'a=1,b=2');
  });

  test('is bounded: 32 members, 512 characters, none cut', () => {
    const many = Array.from({ length: 40 }, (_, at) => `k${String(at)}=1`);
    assert.equal(traceStateFrom(many.join(',')).serialize(), many.slice(0, 32).join(','));
    const long = Array.from({ length: 5 }, (_, at) => `k${String(at)}=${'x'.repeat(200)}`);
    assert.equal(traceStateFrom(long.join(',')).serialize(), long.slice(0, 2).join(','));
  });

  test('leaves out what is no member', () => {
    assert.equal(traceStateFrom(',,a=1,novalue,=2,').serialize(), 'a=1');
  });
});
