import ipaddr from 'ipaddr.js';
import { countedBits, readAddress } from './address.ts';

/** An address or a block of addresses. A single address is a block of full length. */
export interface AddressRange {
  /** Canonical text; without a prefix where it is a single address. */
  readonly text: string;
  readonly family: 4 | 6;
  /** The lowest address of the block, canonical. */
  readonly network: string;
  /** Bits that all addresses of the block share: 0 to 32, or 0 to 128. */
  readonly prefix: number;
}

/** A range, or what is wrong with the text, in words for the operator who wrote it. */
export type ParsedRange =
  { readonly ok: true; readonly range: AddressRange } | { readonly ok: false; readonly problem: string };

const expected = 'expected an address or CIDR block such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32';

const problem = (text: string): ParsedRange => ({ ok: false, problem: text });

function rangeOf(address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number): AddressRange {
  const family = 'parts' in address ? 6 : 4;
  const network = address.toString();
  const single = prefix === (family === 4 ? 32 : 128);
  return { text: single ? network : `${network}/${prefix}`, family, network, prefix };
}

function networkOf(address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number): ipaddr.IPv4 | ipaddr.IPv6 {
  const cidr = `${address.toString()}/${prefix}`;
  return 'parts' in address
    ? ipaddr.IPv6.networkAddressFromCIDR(cidr)
    : ipaddr.IPv4.networkAddressFromCIDR(cidr);
}

/**
 * Parses an address or a CIDR block strictly. `10/8` is refused (ipaddr.js reads 0.0.0.10/8), so is a block with bits
 * set beyond its prefix, with the right block named; an IPv4-mapped block is folded into IPv4. An IPv6 block never
 * covers IPv4 addresses: clients that come as IPv4-mapped IPv6 count as IPv4.
 */
export function parseRange(text: string): ParsedRange {
  const slash = text.indexOf('/');
  const base = slash === -1 ? text : text.slice(0, slash);
  const address = readAddress(base);
  if (address === null) {
    return problem(base.includes('%') ? `${expected}; zone ids are not taken` : expected);
  }
  const bits = 'parts' in address ? 128 : 32;
  if (slash === -1) return { ok: true, range: rangeOf(address, bits) };
  const mapped = bits === 32 && base.includes(':');
  const written = text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(written) || Number(written) > (mapped ? 128 : bits)) {
    return problem(`expected a prefix length of 0 to ${bits} after the slash`);
  }
  const prefix = mapped ? Number(written) - 96 : Number(written);
  if (prefix < 0) {
    return problem('an IPv4-mapped block needs a prefix of at least 96; write it as an IPv4 block');
  }
  const network = networkOf(address, prefix);
  if (network.toString() !== address.toString()) {
    return problem(`bits are set beyond the prefix: the block is ${network.toString()}/${prefix}`);
  }
  return { ok: true, range: rangeOf(address, prefix) };
}

/** The range that a ban of `range` covers: an IPv6 one narrower than /64 becomes its /64, by which clients count. */
export function countedRange(range: AddressRange): AddressRange {
  if (range.family === 4 || range.prefix <= countedBits) return range;
  return rangeOf(networkOf(ipaddr.parse(range.network), countedBits), countedBits);
}

/** Whether two ranges have an address in common. */
export function rangesOverlap(one: AddressRange, other: AddressRange): boolean {
  if (one.family !== other.family) return false;
  const prefix = Math.min(one.prefix, other.prefix);
  return ipaddr.parse(one.network).match(ipaddr.parse(other.network), prefix);
}
