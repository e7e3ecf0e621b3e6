// Requests of no route: passed through where that is configured, else refused.
import type { Client } from './client.ts';
import type { Exchange } from './exchange.ts';
import type { Admission } from './gate.ts';
import type { IngressDeps } from './ports.ts';
import { Refusal } from './refusals.ts';

/** A request of no route, and what is known of it. */
export interface Routeless {
  readonly exchange: Exchange;
  readonly client: Client;
  readonly admission: Admission;
}

/** Hands the request on to the host behind; the refusal where nothing is passed through. */
export function passOn(
  { passThrough, metrics }: Pick<IngressDeps, 'passThrough' | 'metrics'>,
  isConfigured: boolean,
  { exchange, client, admission }: Routeless,
): Refusal | null {
  if (admission.wouldRefuse) metrics.whitelistReported(null);
  if (!isConfigured || passThrough === null) return Refusal.of('no-route');
  metrics.passedThrough();
  // The body goes on as it comes: whoever waits to send it is told to, since nobody behind will be asked.
  if (exchange.expectation === 'continue') exchange.response.writeContinue();
  passThrough.web(exchange.request, exchange.response, {
    ip: client.address.text,
    scheme: client.scheme,
  });
  return null;
}
