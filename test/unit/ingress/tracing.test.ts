// Calls as a tracing system sees them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { recordingTracer } from '../../support/recordingTracer.ts';
import { waitFor } from '../../support/waitFor.ts';
import { route, settings, startIngress } from './harness.ts';
import { held, post, relay, sendHeld } from './heldCaller.ts';
import { dead, delivered, knownTo, original, recordOf, rulesWith, send } from './knownOriginal.ts';
import { request } from './rawClient.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const parent = { traceId, spanId, flags: 1, state: 'vendor=1' };
const fields = `traceparent: 00-${traceId}-${spanId}-01\ntracestate: vendor=1`;

describe('the span of a call', () => {
  test('begins with its request, a child of the caller’s, and ends with its answer', async (t) => {
    const tracer = recordingTracer();
    const rules = settings({ routes: [route({ name: 'pay', path: '/pay/*' })] });
    const harness = await startIngress(t, { tracer, settings: rules });
    const before = Date.now();
    await send(harness, request(`POST /pay/7?token=secret&user_id=5\n${fields}`, 'x'));
    await waitFor('the span to end', () => tracer.arrivals[0]?.end);
    const [span] = tracer.arrivals;
    assert.ok(span);
    const { startedAt, ...start } = span.start;
    assert.deepEqual(start, {
      parent,
      id: harness.appended[0]?.id,
      isCopy: false,
      route: 'pay',
      routePath: '/pay/*',
      method: 'POST',
      scheme: 'http',
      path: '/pay/7',
    });
    assert.equal(span.end?.how, 200);
    assert.ok(before - 1 <= startedAt && startedAt <= span.end.at && span.end.at <= Date.now() + 1);
  });

  test('is what delivery is told of; without a tracer it is told of none', async (t) => {
    const tracer = recordingTracer();
    const traced = await startIngress(t, { tracer });
    await send(traced);
    assert.equal(traced.delivered[0]?.trace, tracer.arrivals[0]?.context);
    const untraced = await startIngress(t);
    await send(untraced, request(`POST /hook\n${fields}`, 'x'));
    assert.equal(untraced.delivered[0]?.trace, null);
  });

  test('has no parent where the caller named none by the rules', async (t) => {
    const tracer = recordingTracer();
    const harness = await startIngress(t, { tracer });
    await send(harness, request('POST /hook\ntraceparent: 00-0-0-01\ntracestate: vendor=1', 'x'));
    assert.equal(tracer.arrivals[0]?.start.parent, null);
  });

  test('is open while the caller waits, and ends with the bot’s status', async (t) => {
    const tracer = recordingTracer();
    const harness = await startIngress(t, { ...held, tracer });
    const { client, caller } = await sendHeld(harness);
    assert.equal(tracer.arrivals[0]?.end, null);
    relay(caller, { status: 503, headers: ['Content-Length', '0'] }).end();
    await client.answer();
    const end = await waitFor('the span to end', () => tracer.arrivals[0]?.end);
    assert.equal(end.how, 503);
  });

  test('ends without a status where the caller goes before its answer', async (t) => {
    const tracer = recordingTracer();
    const harness = await startIngress(t, { ...held, tracer });
    const { client } = await sendHeld(harness);
    client.destroy();
    const end = await waitFor('the span to end', () => tracer.arrivals[0]?.end);
    assert.equal(end.how, null);
  });

  test('is there for a mode that acknowledges at once too, with what it acknowledged by', async (t) => {
    const tracer = recordingTracer();
    const ack = { status: 202, contentType: 'text/plain', body: 'taken' };
    const rules = settings({ routes: [route({ answer: { mode: 'ack', ack } })] });
    const harness = await startIngress(t, { ...held, tracer, settings: rules });
    await send(harness);
    const end = await waitFor('the span to end', () => tracer.arrivals[0]?.end);
    assert.equal(end.how, 202);
    assert.equal(harness.delivered[0]?.trace, tracer.arrivals[0]?.context);
  });

  test('of a copy names the original, and says that it is one', async (t) => {
    const tracer = recordingTracer();
    const log = knownTo([recordOf(delivered)]);
    const harness = await startIngress(t, { tracer, log, settings: rulesWith() });
    await send(harness, request('POST /hook', '{"id":"1"}'));
    const end = await waitFor('the span to end', () => tracer.arrivals[0]?.end);
    const { id, isCopy } = tracer.arrivals[0]?.start ?? {};
    assert.deepEqual([tracer.arrivals.length, id, isCopy, end.how], [1, original, true, 201]);
  });

  test('of a copy that cannot be answered ends with the refusal’s status', async (t) => {
    const tracer = recordingTracer();
    const log = knownTo([recordOf(dead)]);
    const sendAgain = () => Promise.resolve(false);
    const harness = await startIngress(t, { tracer, log, sendAgain, settings: rulesWith() });
    await send(harness, request('POST /hook', '{"id":"1"}'));
    const end = await waitFor('the span to end', () => tracer.arrivals[0]?.end);
    assert.deepEqual([tracer.arrivals.length, end.how], [1, 503]);
  });

  test('is not begun for what is refused: it is no webhook', async (t) => {
    const tracer = recordingTracer();
    const harness = await startIngress(t, { tracer });
    await send(harness, request('POST /elsewhere', 'x'));
    await send(harness, post);
    assert.equal(tracer.arrivals.length, 1);
  });
});
