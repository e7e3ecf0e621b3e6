import type { ClientAddress } from './contract.ts';
import { parseRange } from './range.ts';
import { RangeMap } from './rangeMap.ts';

/** A fixed set of addresses and blocks. */
export interface AddressSet {
  /** How many ranges it was made of. */
  readonly size: number;
  /** Takes parsed addresses only, so that no spelling of an address slips past it. */
  has(address: Pick<ClientAddress, 'text'>): boolean;
}

/**
 * Makes a set of addresses and CIDR blocks. A text that `parseRange` refuses adds nothing: the configuration is checked
 * with `findAddressProblems` before it gets here, and what cannot be parsed must never list anybody.
 */
export function createAddressSet(ranges: readonly string[]): AddressSet {
  const map = new RangeMap<true>(() => true);
  for (const text of ranges) {
    const parsed = parseRange(text);
    if (parsed.ok) map.set(parsed.range, true);
  }
  return { size: map.size, has: (address) => map.find(address, 0) === true };
}
