// An OpenTelemetry SDK for tests: it keeps its spans in memory and is registered for as long as a test runs.
import type { TestContext } from 'node:test';
import {
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanOptions,
  type SpanStatus,
  type TimeInput,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';

/** A span as the SDK would export it; times in milliseconds since the epoch. */
export interface KeptSpan {
  readonly name: string;
  readonly kind: SpanKind | undefined;
  readonly context: SpanContext;
  readonly parent: SpanContext | null;
  readonly attributes: Attributes;
  readonly startedAt: number;
  status: SpanStatus | null;
  /** Null while it is open. */
  endedAt: number | null;
}

function millisOf(time: TimeInput | undefined): number {
  if (time instanceof Date) return time.getTime();
  throw new Error('a span is told its times as dates: an SDK takes small numbers for its own clock');
}

function spanOn(kept: KeptSpan): Span {
  const span: Span = {
    spanContext: () => kept.context,
    setAttribute(name, value) {
      kept.attributes[name] = value;
      return span;
    },
    setAttributes(attributes) {
      Object.assign(kept.attributes, attributes);
      return span;
    },
    addEvent: () => span,
    addLink: () => span,
    addLinks: () => span,
    setStatus(status) {
      kept.status = status;
      return span;
    },
    updateName: () => span,
    end(time) {
      if (kept.endedAt !== null) throw new Error('a span ends once');
      kept.endedAt = millisOf(time);
    },
    isRecording: () => true,
    recordException: () => undefined,
  };
  return span;
}

/** What was traced while the fake was registered. */
export interface FakeTelemetry {
  /** Those that have ended, in the order in which they began. */
  ended(): readonly KeptSpan[];
  /** The versions under which tracers were asked for. */
  readonly versions: readonly (string | undefined)[];
}

/** Registers a fake SDK; the caller unregisters it with `trace.disable()`. */
export function registerFakeTelemetry(): FakeTelemetry {
  const spans: KeptSpan[] = [];
  const versions: (string | undefined)[] = [];
  let ids = 0;
  const nextId = (length: number) => (ids += 1).toString(16).padStart(length, '0');

  function startSpan(name: string, options: SpanOptions = {}, context?: Context): Span {
    const parent = (context && trace.getSpanContext(context)) ?? null;
    const kept: KeptSpan = {
      name,
      kind: options.kind,
      parent,
      attributes: { ...options.attributes },
      startedAt: options.startTime === undefined ? NaN : millisOf(options.startTime),
      context: {
        traceId: parent?.traceId ?? nextId(32),
        spanId: nextId(16),
        traceFlags: parent?.traceFlags ?? 1,
        ...(parent?.traceState && { traceState: parent.traceState }),
      },
      status: null,
      endedAt: null,
    };
    spans.push(kept);
    return spanOn(kept);
  }

  const tracer: Tracer = {
    startSpan,
    startActiveSpan: () => {
      throw new Error('nothing here is traced by what is active');
    },
  };
  const provider: TracerProvider = {
    getTracer(_name, version) {
      versions.push(version);
      return tracer;
    },
  };
  if (!trace.setGlobalTracerProvider(provider)) throw new Error('an SDK is registered already');
  return { versions, ended: () => spans.filter(({ endedAt }) => endedAt !== null) };
}

/** Registers a fake SDK until the test ends. */
export function fakeTelemetry(t: TestContext): FakeTelemetry {
  t.after(() => trace.disable());
  return registerFakeTelemetry();
}
