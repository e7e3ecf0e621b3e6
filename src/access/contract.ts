import type { AccessEntry } from '../core/accessEntry.ts';
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

/** A rate limit: `requests` in each `per` milliseconds, and `burst` more in each ten of them. */
export interface RateLimit {
  readonly requests: number;
  readonly per: number;
  readonly burst: number;
}

/** A whitelist as configured. Addresses are such as `parseRange` takes; one that it does not take lists nobody. */
export interface WhitelistSettings {
  readonly mode: 'off' | 'enforce' | 'exempt' | 'report';
  readonly addresses: readonly string[];
}

/** When and for how long excess bans an address. Times in milliseconds. */
export interface BanSettings {
  /** Refusals by the limit per address, within `within`, that ban it; null: no automatic bans. */
  readonly after: number | null;
  readonly within: number;
  /** How long the first ban lasts; each that follows lasts `growth` times longer, up to `max`. */
  readonly for: number;
  readonly growth: number;
  /** Also the quiet time after a ban's end that forgets that there was one. */
  readonly max: number;
}

/** What the gate reads of the configuration. The same object until a reload replaces it. */
export interface GateSettings {
  readonly trustedProxies: readonly string[];
  readonly access: {
    readonly whitelist: WhitelistSettings;
    readonly perAddress: RateLimit | null;
    readonly bans: BanSettings;
    /** Addresses remembered for limits, and automatic bans; the longest unseen are forgotten first. */
    readonly addressesMax: number;
  };
  readonly routes: readonly {
    readonly name: string;
    readonly rateLimit: RateLimit | null;
    readonly whitelist: WhitelistSettings | null;
  }[];
}

export type { AccessEntry };

/** Where entries are kept over restarts. Puts and deletes are durable when they resolve. */
export interface AccessEntryStore {
  listAccess(): Promise<readonly AccessEntry[]>;
  putAccess(params: { readonly entries: readonly AccessEntry[] }): Promise<void>;
  deleteAccess(params: {
    readonly entries: readonly Pick<AccessEntry, 'kind' | 'address'>[];
  }): Promise<number>;
}

/** An entry that a person makes. */
export interface NewEntry {
  /** An address or a CIDR block, as a person writes it. */
  readonly address: string;
  readonly reason: string;
  readonly by: string;
  /** Milliseconds since the epoch; null: until it is lifted. */
  readonly until: number | null;
  readonly now: number;
}

/** What lifting an entry did. */
export interface Lifted {
  /** False: there was no such entry. */
  readonly removed: boolean;
  /** An entry in force that covers the address all the same, e.g. a wider block. */
  readonly stillCoveredBy: AccessEntry | null;
}

/** Access lists as people change them; durable when each resolves, and in force at once. */
export interface AccessLists {
  /**
   * Bans an address or block; an IPv6 one narrower than /64 is widened to its /64, by which bans count.
   *
   * @throws HookwardError `usage-wrong`: not an address or block, an end that has passed, a block that covers a trusted
   *   proxy or loopback, a full table. The store's own errors.
   */
  ban(entry: NewEntry): Promise<AccessEntry>;
  /** Lifts the ban of exactly this address or block, automatic or not, and forgets its strikes. */
  unban(params: { readonly address: string; readonly now: number }): Promise<Lifted>;
  /** Adds to the general whitelist. @throws HookwardError `usage-wrong`, as for `ban`. The store's own errors. */
  allow(entry: NewEntry): Promise<AccessEntry>;
  /** Removes an added entry from the whitelist; configured ones are the configuration's. */
  disallow(params: { readonly address: string; readonly now: number }): Promise<Lifted>;
  /** Entries in force, newest first; `until` moved along with the clock where that was stepped. */
  list(params: { readonly kind: AccessEntry['kind']; readonly now: number }): readonly AccessEntry[];
}

/** Sizes of the gate's tables; kept, never scanned. */
export interface AccessStats {
  /** Addresses (IPv6: /64s) that limits remember. */
  readonly addresses: number;
  /** Addresses forgotten for want of room, since start. */
  readonly addressesForgotten: number;
  /** Bans in force, as of the last sweep or change. */
  readonly bans: number;
  readonly whitelistEntries: number;
  /** Changes that the store has not taken yet. */
  readonly unsaved: number;
  /** Refusals by a limit, since start, of addresses that some whitelist lists: the limit is too tight for a sender. */
  readonly listedLimited: number;
}

/** What the gate tells while it runs. Calls must be cheap and never throw. */
export interface AccessObserver {
  /** A ban began: automatic (`strikes` > 0) or by hand. */
  banned(entry: AccessEntry): void;
  /**
   * An address earned a ban and did not get it: banning a proxy or loopback would shut everyone out who comes through
   * it. It means that `trustedProxies` lacks the proxy, or that the proxy sends no X-Forwarded-For.
   */
  banSpared(spared: { readonly address: string; readonly why: 'trusted-proxy' | 'loopback' }): void;
  /** The table of automatic bans was full: this one, the longest unseen, was given up. */
  banForgotten(entry: AccessEntry): void;
  /** The store refused a change made without a person; it holds in memory and is tried again. */
  saveFailed(failure: { readonly error: unknown; readonly unsaved: number }): void;
  /** The store holds an entry whose address cannot be read; it is left alone and has no effect. */
  entryUnreadable(entry: AccessEntry): void;
  /** Table sizes, after each change of the lists and on each sweep. */
  measured(stats: AccessStats): void;
}
