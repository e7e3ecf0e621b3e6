// Who is calling. Behind a trusted proxy this is what the proxy says, and nothing that the caller can write.
import type { RawHeaders } from '../core/headers.ts';
import type { Current } from '../core/settings.ts';
import { ownText, parseAddress } from './address.ts';
import type { AddressSet } from './addressSet.ts';
import { createAddressSet } from './addressSet.ts';
import type { ClientAddress, ClientAddresses, GateSettings } from './contract.ts';
import type { Claim, Hop } from './hops.ts';
import { claimOfForwarded, claimOfForwardedFor } from './hops.ts';
import { RecentCache } from './recentCache.ts';

/** Parsed addresses kept: peers and the senders behind proxies repeat. About 200 bytes each, so 1.6 MB at most. */
const parsedMax = 4096;

/**
 * Combines what the two headers say. Most proxies write one of them and pass the other on as the caller sent it (nginx,
 * Caddy, Envoy, Traefik and the load balancers of the big clouds write X-Forwarded-For; HAProxy either), so whichever
 * is alone or names a client alone is believed, and where both name one they must name the same: one of them could be
 * forged, and nobody can tell which. A header that holds trusted proxies only names no client.
 */
function combine(forwardedFor: Claim | null, forwarded: Claim | null): ClientAddress | null {
  const one = forwardedFor ?? forwarded;
  const other = forwarded ?? forwardedFor;
  if (one === null || other === null) return null;
  if (one.kind === 'undetermined' || other.kind === 'undetermined') return null;
  if (one.kind === 'proxies-only') return other.address;
  if (other.kind === 'proxies-only') return one.address;
  return one.address.text === other.address.text ? one.address : null;
}

class ForwardedClientAddresses implements ClientAddresses {
  readonly #settings: Current<Pick<GateSettings, 'trustedProxies'>>;
  #trustedProxies: readonly string[] | null = null;
  #trusted: AddressSet = createAddressSet([]);
  #parsed = new RecentCache<Hop>(parsedMax);

  constructor(settings: Current<Pick<GateSettings, 'trustedProxies'>>) {
    this.#settings = settings;
  }

  of({ peer, headers }: { readonly peer: string | undefined; readonly headers: RawHeaders }) {
    const hop = this.#peerHop(peer);
    if (hop === null) return null;
    if (!hop.trusted) return hop.address;
    return this.#behind(hop, headers);
  }

  isTrustedProxy(peer: string | undefined): boolean {
    return this.#peerHop(peer)?.trusted ?? false;
  }

  #peerHop(peer: string | undefined): Hop | null {
    if (peer === undefined) return null;
    const { trustedProxies } = this.#settings.current;
    if (trustedProxies !== this.#trustedProxies) {
      this.#trustedProxies = trustedProxies;
      this.#trusted = createAddressSet(trustedProxies);
      this.#parsed = new RecentCache(parsedMax);
    }
    return this.#hopOf(peer);
  }

  readonly #hopOf = (text: string): Hop | null => {
    const known = this.#parsed.get(text);
    if (known !== undefined) return known;
    const address = parseAddress(text);
    if (address === null) return null;
    const hop: Hop = { address, trusted: this.#trusted.has(address) };
    // See `ownText`: the few texts that are spelled otherwise (mapped, upper case) have at most 45 characters.
    this.#parsed.set(text === address.text ? address.text : ownText(text), hop);
    return hop;
  };

  #behind(peer: Hop, headers: RawHeaders): ClientAddress | null {
    let forwardedFor: string[] | null = null;
    let forwarded: string[] | null = null;
    for (let at = 0; at + 1 < headers.length; at += 2) {
      const name = headers[at] as string;
      if (name.length === 15 && name.toLowerCase() === 'x-forwarded-for') {
        (forwardedFor ??= []).push(headers[at + 1] as string);
      } else if (name.length === 9 && name.toLowerCase() === 'forwarded') {
        (forwarded ??= []).push(headers[at + 1] as string);
      }
    }
    // No header: the proxy itself calls, e.g. to see whether we live.
    if (forwardedFor === null && forwarded === null) return peer.address;
    return combine(
      forwardedFor === null ? null : claimOfForwardedFor(forwardedFor, this.#hopOf),
      forwarded === null ? null : claimOfForwarded(forwarded, this.#hopOf),
    );
  }
}

/**
 * Makes the finder of client addresses; `settings` may be replaced by a reload.
 *
 * - The peer is no trusted proxy: it is the client, and no header is looked at.
 * - It is one: the client is the right-most address of X-Forwarded-For or Forwarded that is no trusted proxy's; ports and
 *   brackets are taken off. Entries left of it are the caller's own word and are never read.
 * - An entry met on the way that is no address (`unknown`, `_hidden`, empty, `010.0.0.1`, a zone id) makes the address
 *   undetermined: null, to be refused.
 * - Both headers are there: see `combine`. X-Real-IP is never looked at.
 */
export function createClientAddresses(params: {
  readonly settings: Current<Pick<GateSettings, 'trustedProxies'>>;
}): ClientAddresses {
  return new ForwardedClientAddresses(params.settings);
}
