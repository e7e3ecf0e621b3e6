// A tracer that keeps what it is told, for tests of the parts that tell it.
import type { TraceContext } from '../../src/core/traceContext.ts';
import type { ArrivalSpanStart, AttemptSpanStart, Tracer } from '../../src/core/tracing.ts';
import type { AttemptOutcome } from '../../src/core/attempt.ts';

/** One span; `end` is null while it is open. */
export interface RecordedSpan<Start, How> {
  readonly start: Start;
  readonly context: TraceContext;
  end: { readonly how: How; readonly at: number } | null;
}

export interface RecordingTracer extends Tracer {
  readonly arrivals: RecordedSpan<ArrivalSpanStart, number | null>[];
  readonly attempts: RecordedSpan<AttemptSpanStart, AttemptOutcome>[];
}

/** Spans are numbered; those without a parent begin trace `eeee...`. */
export function recordingTracer(): RecordingTracer {
  let spans = 0;
  function begin<Start extends ArrivalSpanStart | AttemptSpanStart, How>(
    start: Start,
    kept: RecordedSpan<Start, How>[],
  ) {
    spans += 1;
    const spanId = spans.toString(16).padStart(16, '0');
    const { traceId, state } = start.parent ?? { traceId: 'e'.repeat(32), state: '' };
    const span: RecordedSpan<Start, How> = {
      start,
      context: { traceId, spanId, flags: 1, state },
      end: null,
    };
    kept.push(span);
    return {
      context: span.context,
      end(how: How, endedAt: number) {
        if (span.end !== null) throw new Error('a span ends once');
        span.end = { how, at: endedAt };
      },
    };
  }
  const arrivals: RecordingTracer['arrivals'] = [];
  const attempts: RecordingTracer['attempts'] = [];
  return {
    arrivals,
    attempts,
    arrived: (start) => begin(start, arrivals),
    attempting: (start) => begin(start, attempts),
  };
}
