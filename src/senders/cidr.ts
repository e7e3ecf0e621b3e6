// Addresses and CIDR blocks in the one spelling that a list of them may hold.
import { isIP } from 'node:net';
import { addressNumber, endsAtPrefix } from '../core/addressBits.ts';

/** IPv6 as RFC 5952 writes it, which is what a URL's host comes out as; IPv4 has one spelling for node:net. */
function canonical(address: string, family: 4 | 6): string {
  return family === 4 ? address : new URL(`http://[${address}]`).hostname.slice(1, -1);
}

function prefixProblem(address: string, family: 4 | 6, written: string): string | null {
  const size = family === 4 ? 32 : 128;
  if (!/^(?:0|[1-9]\d{0,2})$/.test(written) || Number(written) > size)
    return `has no prefix of 0 to ${size} behind its slash`;
  if (Number(written) === size) return 'is a single address: leave its prefix out';
  return endsAtPrefix(address, family, Number(written)) ? null : 'has bits set beyond its prefix';
}

/**
 * What is wrong with `text` as an address or a CIDR block; null where it is one in canonical spelling. IPv4-mapped IPv6
 * is refused: callers that come so count as IPv4, and no such entry would ever match.
 */
export function addressProblem(text: string): string | null {
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  const family = isIP(address);
  if ((family !== 4 && family !== 6) || address.includes('%')) return 'is no IP address or CIDR block';
  if (canonical(address, family) !== address)
    return `is not in canonical spelling, ${canonical(address, family)}`;
  if (family === 6 && addressNumber(address, 6) >> 32n === 0xffffn)
    return 'is IPv4 in IPv6: write it as IPv4';
  return slash === -1 ? null : prefixProblem(address, family, text.slice(slash + 1));
}
