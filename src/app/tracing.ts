// Fits the tracing port to OpenTelemetry's API: names, attributes and status by its semantic conventions for HTTP
// (https://opentelemetry.io/docs/specs/semconv/http/http-spans/). Whoever runs the process registers an SDK, or nothing
// comes of it.
import {
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api';
import type { AttemptOutcome } from '../core/attempt.ts';
import type { TraceContext } from '../core/traceContext.ts';
import type { ArrivalSpanStart, AttemptSpanStart, Tracer } from '../core/tracing.ts';
import { traceStateFrom } from './traceState.ts';

/** The caller's span as the parent: one of another process, about which nothing but its context is known. */
function contextIn(parent: TraceContext | null): Context {
  if (parent === null) return ROOT_CONTEXT;
  const { traceId, spanId, flags, state } = parent;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: flags,
    isRemote: true,
    ...(state !== '' && { traceState: traceStateFrom(state) }),
  });
}

function contextOf(span: Span): TraceContext {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  return { traceId, spanId, flags: traceFlags, state: traceState?.serialize() ?? '' };
}

/** Epoch milliseconds as a Date: the SDK takes a small number for one of the monotonic clock. */
const at = (epochMs: number): Date => new Date(epochMs);

/** What every span says of its webhook. */
function webhookAttributes({ id, route, method }: ArrivalSpanStart | AttemptSpanStart): Attributes {
  return { 'http.request.method': method, 'hookward.route': route, 'hookward.webhook.id': id };
}

function arrivalAttributes(start: ArrivalSpanStart): Attributes {
  return {
    ...webhookAttributes(start),
    'url.scheme': start.scheme,
    'url.path': start.path,
    'http.route': start.routePath,
    ...(start.isCopy && { 'hookward.copy': true }),
  };
}

function addressAttributes(url: string): Attributes {
  const { protocol, hostname, port } = new URL(url);
  const usual = protocol === 'https:' ? 443 : 80;
  return { 'server.address': hostname, 'server.port': port === '' ? usual : Number(port) };
}

function attemptAttributes(start: AttemptSpanStart): Attributes {
  const { url, botHost, attempt, replay } = start;
  return {
    ...webhookAttributes(start),
    ...addressAttributes(url),
    'hookward.bot_host': botHost,
    'hookward.attempt': attempt,
    'hookward.replay': replay,
    ...(attempt > 1 && { 'http.request.resend_count': attempt - 1 }),
  };
}

/** A status from `failingFrom` on is an error: 500 on the server's side, 400 on the client's. */
function endAnswered(span: Span, status: number, failingFrom: 400 | 500): void {
  span.setAttribute('http.response.status_code', status);
  if (status >= failingFrom) endFailed(span, String(status));
}

function endFailed(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function endAttempt(span: Span, outcome: AttemptOutcome): void {
  if (outcome.kind === 'failed') endFailed(span, outcome.cause);
  else endAnswered(span, outcome.status, 400);
}

/**
 * The tracer of a server, on the OpenTelemetry SDK that is registered in this process; null where none is (or one for
 * another version of the API, which cannot be seen).
 *
 * @param version Hookward's own.
 */
export function createTracer(version: string): Tracer | null {
  const tracer = trace.getTracer('hookward', version);
  // Without an SDK the API gives spans of no trace. This one is never ended, so that nobody hears of it.
  if (!isSpanContextValid(tracer.startSpan('probe').spanContext())) return null;
  const begin = (
    name: string,
    kind: SpanKind,
    { parent, startedAt }: ArrivalSpanStart | AttemptSpanStart,
    attributes: Attributes,
  ): Span => tracer.startSpan(name, { kind, startTime: at(startedAt), attributes }, contextIn(parent));

  return {
    arrived(start) {
      const name = `${start.method} ${start.routePath}`;
      const span = begin(name, SpanKind.SERVER, start, arrivalAttributes(start));
      return {
        context: contextOf(span),
        end(status, endedAt) {
          if (status === null) endFailed(span, 'caller-gone');
          else endAnswered(span, status, 500);
          span.end(at(endedAt));
        },
      };
    },
    attempting(start) {
      const span = begin(start.method, SpanKind.CLIENT, start, attemptAttributes(start));
      return {
        context: contextOf(span),
        end(outcome, endedAt) {
          endAttempt(span, outcome);
          span.end(at(endedAt));
        },
      };
    },
  };
}
