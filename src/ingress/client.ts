// Second stage: who calls.
import type { IncomingMessage } from 'node:http';
import type { ClientAddress } from '../access/index.ts';
import type { IngressDeps } from './ports.ts';
import { Refusal } from './refusals.ts';
import { forwardedScheme } from './scheme.ts';

export interface Client {
  readonly address: ClientAddress;
  /** How the client called: to us, or to the trusted proxy before us. */
  readonly scheme: 'http' | 'https';
}

/** The client's address and scheme, where `peer` has called; a refusal where the address cannot be determined. */
export function findClient(
  { addresses, listener }: Pick<IngressDeps, 'addresses' | 'listener'>,
  { rawHeaders: headers }: Pick<IncomingMessage, 'rawHeaders'>,
  peer: string | undefined,
): Client | Refusal {
  const address = addresses.of({ peer, headers });
  if (address === null) return Refusal.of('address-unknown');
  const own = listener.tls === null ? 'http' : 'https';
  return {
    address,
    scheme: addresses.isTrustedProxy(peer) && own === 'http' ? forwardedScheme(headers) : own,
  };
}
