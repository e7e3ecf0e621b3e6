// First stage: the connection's state and the message itself. By the header alone, no body read.
import { readHead } from './head.ts';
import { Refusal } from './refusals.ts';
import type { Exchange } from './exchange.ts';
import type { IngressLimits } from './settings.ts';
import { malformedTarget, pathEnd } from './target.ts';

/** A message that can be looked at further. */
export interface Message {
  /** Path and query as on the wire. */
  readonly target: string;
  /** Index of the target's `?`, or its length. */
  readonly pathEnd: number;
  /** The page that the call comes from, where a browser says so. */
  readonly origin: string | null;
}

/**
 * Requests of one connection that may wait for their answers; what is pipelined beyond is refused, so that one connection
 * cannot take every place in flight.
 */
const pipelinedMax = 32;

/** Ends the connection with the answer: after such a message it is not certain where the next one begins. */
function refuseAndClose(exchange: Exchange, refusal: Refusal): Refusal {
  exchange.response.shouldKeepAlive = false;
  return refusal;
}

function checkConnection(exchange: Exchange): Refusal | null {
  if (exchange.isStopping) return refuseAndClose(exchange, Refusal.of('shutting-down'));
  if (exchange.openOnConnection > pipelinedMax)
    return refuseAndClose(exchange, Refusal.of('too-many-in-flight'));
  return null;
}

/** The message's framing and target, or why it is refused. */
export function checkMessage(exchange: Exchange, limits: IngressLimits): Message | Refusal {
  const { request } = exchange;
  const unavailable = checkConnection(exchange);
  if (unavailable !== null) return unavailable;

  const head = readHead(request, limits.headersMax);
  if (head instanceof Refusal) return refuseAndClose(exchange, head);
  exchange.isBodyUnread = head.hasBody;
  exchange.bodyLength = head.contentLength;
  if (exchange.expectation === 'unknown') return refuseAndClose(exchange, Refusal.of('expectation-unknown'));

  const target = request.url ?? '';
  if (target.length > limits.targetBytesMax) return Refusal.of('target-too-long');
  const end = pathEnd(target);
  if (end !== malformedTarget) return { target, pathEnd: end, origin: head.origin };
  // `OPTIONS *` asks about the server as a whole (RFC 9110, 9.3.7): well-formed, but there is no such resource here.
  if (target === '*' && request.method === 'OPTIONS') return Refusal.of('no-route');
  return refuseAndClose(exchange, Refusal.of('malformed-request'));
}
