// The span of one accepted call: from the head of its request to the end of its answer.
import type { WebhookId } from '../core/ids.ts';
import type { TraceContext } from '../core/traceContext.ts';
import { traceContextOf } from '../core/traceContext.ts';
import type { Arrival } from './arrival.ts';
import type { IngressDeps } from './ports.ts';

/** What the call brought: a webhook, or a copy of the one with this id. */
export interface Brought {
  readonly id: WebhookId;
  readonly isCopy: boolean;
}

/** Begins the span of a call, which ends with the exchange. Gives its context; null where nothing is traced. */
export function traceArrival(
  { tracer, clock }: Pick<IngressDeps, 'tracer' | 'clock'>,
  { exchange, route, request, pathEnd }: Arrival,
  brought: Brought,
): TraceContext | null {
  if (tracer === null) return null;
  const startedAt = clock.now() - (clock.monotonic() - exchange.startedAt);
  const { method, target, headers, scheme } = request;
  const span = tracer.arrived({
    ...brought,
    parent: traceContextOf(headers),
    startedAt,
    route: route.name,
    routePath: route.path,
    method,
    scheme,
    path: target.slice(0, pathEnd),
  });
  exchange.onOver(() => {
    const { headersSent, statusCode } = exchange.response;
    span.end(headersSent ? statusCode : null, startedAt + clock.monotonic() - exchange.startedAt);
  });
  return span.context;
}
