import {
  createSender,
  type SenderCall,
  type SenderSettings,
  type Verified,
} from '../../../src/senders/index.ts';
import type { SenderName } from '../../../src/core/senders.ts';
import {
  signingTime,
  targetOf,
  type SenderSetup,
  type SignedRequest,
} from '../../support/signing/contract.ts';

/** A call as ingress would hand it to a preset, a second after it was signed. */
export function callOf(request: SignedRequest, changes: Partial<SenderCall> = {}): SenderCall {
  return { ...request, ip: '192.0.2.7', receivedAt: signingTime + 1_000, ...changes };
}

/** The request with another value in its header `name` (any case). */
export function withHeader(request: SignedRequest, name: string, value: string): SignedRequest {
  const headers = request.headers.map((text, at) =>
    at % 2 === 1 && request.headers[at - 1]?.toLowerCase() === name.toLowerCase() ? value : text,
  );
  return { ...request, headers };
}

/** The request without its header `name` (any case). */
export function withoutHeader(request: SignedRequest, name: string): SignedRequest {
  const { headers } = request;
  const kept = headers.filter(
    (_, at) => headers[at % 2 === 0 ? at : at - 1]?.toLowerCase() !== name.toLowerCase(),
  );
  return { ...request, headers: kept };
}

/** The value of the request's header `name` (any case). */
export function headerOf({ headers }: SignedRequest, name: string): string {
  const at = headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name.toLowerCase());
  const value = at === -1 ? undefined : headers[at + 1];
  if (value === undefined) throw new Error(`the request has no header ${name}`);
  return value;
}

/** A request that a test has written itself. */
export function written(
  headers: readonly string[],
  body: string | Uint8Array,
  url = 'https://hooks.example.com/in',
): SignedRequest {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return { method: 'POST', url, target: targetOf(url), headers, body: bytes };
}

const noDocuments = () => Promise.reject(new Error('nothing is to be fetched here'));

/** How a sender's check is set up for a test. */
export interface Checked {
  readonly secrets?: readonly string[];
  readonly settings?: SenderSettings;
}

/** The check of a route that is configured as `setup` says, with `changes`. */
export function verifierOf(
  name: SenderName,
  setup: SenderSetup,
  changes: Checked = {},
): (call: SenderCall) => Promise<Verified> {
  const { secrets = setup.secrets.slice(0, 1), settings = setup.settings ?? {} } = changes;
  const addresses = setup.addresses ?? [];
  const documents = setup.documents ?? noDocuments;
  const sender = createSender(name, { secrets, settings, addresses, documents });
  return async (call) => sender.verify(call);
}

/** What a check with these secrets says of a call. */
export async function verdictOf(
  name: SenderName,
  call: SenderCall,
  { secrets = [], settings = {} }: Checked,
): Promise<Verified> {
  return verifierOf(name, { secrets, settings, signatureHeader: null, toleranceMs: null })(call);
}
