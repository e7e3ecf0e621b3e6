// Attempts as a tracing system and the process log see them, and what the bot host is told of the trace.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { recordingTracer } from '../../support/recordingTracer.ts';
import { fakeCaller, harness, retrySettings, routeSettings, turn } from './harness.ts';

const callersTrace = '4bf92f3577b34da6a3ce929d0e0e4736';
const callersSpan = '00f067aa0ba902b7';
const callers = { traceId: callersTrace, spanId: callersSpan, flags: 1, state: 'vendor=1' };
const headers = ['Host', 'bots.example', 'Traceparent', `00-${callersTrace}-${callersSpan}-01`];
headers.push('TraceState', 'vendor=1', 'X-Last', 'z');
const arrival = { ...callers, spanId: 'aaaaaaaaaaaaaaaa' };

const retryAtOnce = routeSettings('default', { retry: retrySettings({ firstDelay: 10 }) });

/** A delivery whose webhooks have these headers, traced or not. */
async function delivering(traced: 'traced' | 'untraced', ofCaller: readonly string[] = headers) {
  const tracer = recordingTracer();
  const opened = harness({ routes: [retryAtOnce], ...(traced === 'traced' && { tracer }) });
  await opened.delivery.start();
  const request = { ...opened.webhook().request, headers: ofCaller };
  const arrive = (trace: typeof arrival | null = traced === 'traced' ? arrival : null) =>
    opened.arrive({ request }, fakeCaller(), trace);
  return { ...opened, tracer, request, arrive };
}

describe('an attempt that is not traced', () => {
  test('brings the caller’s own fields, untouched', async () => {
    const { forwarder, arrive, request } = await delivering('untraced');
    await arrive();
    assert.deepEqual(forwarder.received[0]?.request, request);
  });

  test('is logged with the trace that its caller named, and so are its retry and its replay', async () => {
    const { forwarder, arrive, seen, pass, replay } = await delivering('untraced');
    const { id } = await arrive();
    forwarder.received[0]?.answer(503);
    await pass(1_000);
    forwarder.received[1]?.answer(200);
    await turn();
    await replay(id);
    await pass(1_000);
    forwarder.received[2]?.answer(200);
    await turn();
    assert.deepEqual(
      seen.outcomes.map(({ attempt, lane, replay: number, traceId }) => [attempt, lane, number, traceId]),
      [
        [1, 'live', 0, callersTrace],
        [2, 'retry', 0, callersTrace],
        [3, 'replay', 1, callersTrace],
      ],
    );
  });

  test('is logged without one where the caller named none, or not by the rules', async () => {
    for (const ofCaller of [[], ['traceparent', 'anything <b>at all</b>']]) {
      const { forwarder, arrive, seen } = await delivering('untraced', ofCaller);
      await arrive();
      forwarder.received[0]?.answer(200);
      await turn();
      assert.deepEqual([seen.outcomes.length, seen.outcomes[0]?.traceId], [1, null]);
    }
  });
});

describe('an attempt that is traced', () => {
  test('is a part of its call, and the bot host’s parent in the caller’s place', async () => {
    const { forwarder, arrive, tracer, seen, clock } = await delivering('traced');
    const { id } = await arrive();
    const [span] = tracer.attempts;
    assert.ok(span);
    const { startedAt, ...start } = span.start;
    assert.equal(startedAt, clock.now());
    assert.deepEqual(start, {
      parent: arrival,
      id,
      route: 'default',
      method: 'POST',
      botHost: 'main',
      url: 'http://127.0.0.1:3000',
      attempt: 1,
      replay: 0,
    });
    assert.deepEqual(forwarder.received[0]?.request.headers, [
      ...['Host', 'bots.example', 'X-Last', 'z'],
      ...['traceparent', `00-${callersTrace}-${span.context.spanId}-01`, 'tracestate', 'vendor=1'],
    ]);
    assert.equal(span.end, null);
    clock.advance(40);
    forwarder.received[0].answer(201);
    await turn();
    const { how, at } = tracer.attempts[0]?.end ?? {};
    assert.equal(at, startedAt + 40);
    assert.equal(how?.kind === 'answered' && how.status, 201);
    assert.equal(seen.outcomes[0]?.traceId, callersTrace);
  });

  test('of a retry or a replay is the child of what its caller said: the log knows no more', async () => {
    const { forwarder, arrive, tracer, pass, replay } = await delivering('traced');
    const { id } = await arrive();
    forwarder.received[0]?.fail('timeout');
    await pass(1_000);
    forwarder.received[1]?.answer(200);
    await turn();
    await replay(id);
    await pass(1_000);
    assert.deepEqual(
      tracer.attempts.map(({ start: { parent, attempt, replay: number } }) => [parent, attempt, number]),
      [
        [arrival, 1, 0],
        [callers, 2, 0],
        [callers, 3, 1],
      ],
    );
    assert.equal(tracer.attempts[0]?.end?.how.kind, 'failed');
  });

  test('begins a trace where its caller named none, and is logged with that', async () => {
    const { forwarder, tracer, seen, delivery, leave, pass } = await delivering('traced', []);
    await leave();
    delivery.wake();
    await pass(1_000);
    assert.equal(tracer.attempts[0]?.start.parent, null);
    forwarder.received[0]?.answer(200);
    await turn();
    assert.equal(seen.outcomes[0]?.traceId, 'e'.repeat(32));
  });

  test('leaves what the log has as it came', async () => {
    const { log, arrive, request } = await delivering('traced');
    const { id } = await arrive();
    const record = await log.get({ id });
    assert.deepEqual(record?.webhook.request.headers, request.headers);
  });

  test('that ends in an error of our own ends its span too', async () => {
    const { forwarder, arrive, tracer } = await delivering('traced');
    await arrive();
    forwarder.received[0]?.reject(new Error('a bug'));
    await turn();
    const { how } = tracer.attempts[0]?.end ?? {};
    assert.equal(how?.kind === 'failed' && how.cause, 'unknown');
  });
});
