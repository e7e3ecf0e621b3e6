// W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context-1/): which trace a call belongs to. A caller may write
// there what it likes: it serves to find lines and spans of one call, and nothing is ever decided by it.
import type { RawHeaders } from './headers.ts';
import { headerValues } from './headers.ts';

/** A call's place in a trace. */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** Of the span that made the call: 16 lower-case hex digits, not all zero. */
  readonly spanId: string;
  /** One byte; its lowest bit: the trace is recorded. */
  readonly flags: number;
  /** What tracing systems on the way have to say, as it stood in `tracestate`; empty where there was none. */
  readonly state: string;
}

/** Version, trace id, span id, flags: 55 characters, and nothing but lower-case hex (section 3.2). */
const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Of a later version only what it shares with this one is read; more than this no version needs. */
const valueCharsMax = 256;

const allZero = /^0+$/;

/** The context that a `traceparent` tells; null where it breaks the rules. */
function parsed(value: string): Omit<TraceContext, 'state'> | null {
  const fields = value.length > valueCharsMax ? null : form.exec(value);
  if (fields === null) return null;
  const [, version, traceId = '', spanId = '', flags = '', more] = fields;
  // `ff` is no version, and version 00 ends after the flags.
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (allZero.test(traceId) || allZero.test(spanId)) return null;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** The one `traceparent` of a call; null where there is none, more than one, or a malformed one. */
function parentOf(headers: RawHeaders): Omit<TraceContext, 'state'> | null {
  const values = headerValues(headers, 'traceparent');
  return values.length === 1 ? parsed(values[0] ?? '') : null;
}

/** The id of the trace that a call says it belongs to, strictly read; null where it names none. */
export function traceIdOf(headers: RawHeaders): string | null {
  return parentOf(headers)?.traceId ?? null;
}

/** The context of a call; null where it has none. `tracestate` counts only beside a sound `traceparent`. */
export function traceContextOf(headers: RawHeaders): TraceContext | null {
  const parent = parentOf(headers);
  return parent === null ? null : { ...parent, state: headerValues(headers, 'tracestate').join(',') };
}

const isTraceField = (name: string): boolean =>
  (name.length === 11 && name.toLowerCase() === 'traceparent') ||
  (name.length === 10 && name.toLowerCase() === 'tracestate');

/** `headers` with this context in the place of the one that they had. */
export function withTraceContext(headers: RawHeaders, context: TraceContext): RawHeaders {
  const { traceId, spanId, flags, state } = context;
  const told: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] as string;
    if (!isTraceField(name)) told.push(name, headers[at + 1] as string);
  }
  told.push('traceparent', `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`);
  if (state !== '') told.push('tracestate', state);
  return told;
}
