import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { traceContextOf, traceIdOf, withTraceContext } from '../../../src/core/traceContext.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const sound = `00-${traceId}-${spanId}-01`;
const zeros = (count: number) => '0'.repeat(count);

describe('the trace context of a call', () => {
  test('is read from traceparent and every tracestate, whatever the case of their names', () => {
    const headers = ['TraceParent', sound, 'tracestate', 'a=1', 'X', 'y', 'TRACESTATE', 'b=2'];
    assert.deepEqual(traceContextOf(headers), { traceId, spanId, flags: 1, state: 'a=1,b=2' });
    assert.equal(traceIdOf(headers), traceId);
  });

  test('is there without a tracestate, and not by a tracestate alone', () => {
    assert.deepEqual(traceContextOf(['traceparent', sound]), { traceId, spanId, flags: 1, state: '' });
    assert.equal(traceContextOf(['tracestate', 'a=1']), null);
  });

  for (const [what, value] of [
    ['a later version with more fields', `cc-${traceId}-${spanId}-01-what-the-future-brings`],
    ['a later version without', `01-${traceId}-${spanId}-01`],
    ['unknown flags', `00-${traceId}-${spanId}-ff`],
  ] as const) {
    test(`is read from ${what}`, () => assert.equal(traceIdOf(['traceparent', value]), traceId));
  }

  for (const [what, value] of [
    ['nothing', ''],
    ['version ff', `ff-${traceId}-${spanId}-01`],
    ['a version that is no hex', `0g-${traceId}-${spanId}-01`],
    ['a version of one digit', `0-${traceId}-${spanId}-01`],
    ['version 00 with more fields', `${sound}-more`],
    ['version 00 with a dash behind', `${sound}-`],
    ['a later version with more in the flags', `cc-${traceId}-${spanId}-01.what`],
    ['an all-zero trace id', `00-${zeros(32)}-${spanId}-01`],
    ['an all-zero span id', `00-${traceId}-${zeros(16)}-01`],
    ['upper case', sound.toUpperCase()],
    ['a trace id that is short by one', `00-${traceId.slice(1)}-${spanId}-01`],
    ['a trace id that is long by one', `00-${traceId}a-${spanId}-01`],
    ['a span id that is short by one', `00-${traceId}-${spanId.slice(1)}-01`],
    ['a trace id that is no hex', `00-${traceId.slice(1)}g-${spanId}-01`],
    ['flags of one digit', `00-${traceId}-${spanId}-1`],
    ['no flags', `00-${traceId}-${spanId}`],
    ['blanks around', ` ${sound} `],
    ['a line break behind', `${sound}\n`],
    ['a later version that goes on and on', `cc-${traceId}-${spanId}-01-${'x'.repeat(300)}`],
  ] as const) {
    test(`is not read from ${what}`, () => {
      assert.equal(traceIdOf(['traceparent', value]), null);
      assert.equal(traceContextOf(['traceparent', value, 'tracestate', 'a=1']), null);
    });
  }

  test('is not read from two of them: nobody knows which one counts', () => {
    assert.equal(traceIdOf(['traceparent', sound, 'Traceparent', sound]), null);
  });
});

describe('headers with another trace context', () => {
  const context = { traceId, spanId, flags: 0, state: 'a=1' };

  test('have it in the place of the one that they had, the rest as it was', () => {
    const headers = ['A', '1', 'Traceparent', 'old', 'a', '2', 'TraceState', 'old', 'tracestate', 'older'];
    assert.deepEqual(withTraceContext(headers, context), [
      ...['A', '1', 'a', '2'],
      ...['traceparent', `00-${traceId}-${spanId}-00`, 'tracestate', 'a=1'],
    ]);
  });

  test('have no tracestate where there is none', () => {
    const told = withTraceContext(['tracestate', 'of nobody'], { ...context, state: '' });
    assert.deepEqual(told, ['traceparent', `00-${traceId}-${spanId}-00`]);
  });
});
