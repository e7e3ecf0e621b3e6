import type { RefusalCode } from '../core/errors.ts';
import type { RawHeaders } from '../core/headers.ts';

/** A parsed client address. */
export interface ClientAddress {
  /** Canonical text, IPv4-mapped IPv6 folded into IPv4. */
  readonly text: string;
  /** What limits and bans count by: the address, or the /64 of an IPv6 one. */
  readonly countedAs: string;
}

/** Finds the client behind trusted proxies. */
export interface ClientAddresses {
  /** Null where the address cannot be determined: such a caller is refused, never let through. */
  of(params: { readonly peer: string | undefined; readonly headers: RawHeaders }): ClientAddress | null;
  /** Whether the peer is one of the trusted proxies. */
  isTrustedProxy(peer: string | undefined): boolean;
}

/** The state of a limit, for the RateLimit-* fields of an answer. */
export interface LimitReading {
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** What the gate says of one request. */
export type GateVerdict =
  | {
      readonly admitted: true;
      /** On a whitelist of mode `exempt`: limits and bans are skipped. */
      readonly exempt: boolean;
      /** Mode `report` would have refused it under `enforce`. */
      readonly wouldRefuse: boolean;
    }
  | {
      readonly admitted: false;
      readonly refusal: RefusalCode;
      readonly retryAfterSeconds: number | null;
      readonly limit: LimitReading | null;
    };

/** Decides by the address alone, before a byte of body is read. */
export interface Gate {
  /** Ban, general whitelist, limit per address. */
  admit(address: ClientAddress, now: number): GateVerdict | Promise<GateVerdict>;
  /** The route's own whitelist and limit; `exempt` as `admit` said. */
  admitToRoute(
    address: ClientAddress,
    route: string,
    context: { readonly exempt: boolean; readonly now: number },
  ): GateVerdict | Promise<GateVerdict>;
}
