// Addresses and CIDR blocks in the one spelling that a list of them may hold.
import { isIP } from 'node:net';

/** IPv6 as RFC 5952 writes it, which is what a URL's host comes out as; IPv4 has one spelling for node:net. */
function canonical(address: string, family: number): string {
  return family === 4 ? address : new URL(`http://[${address}]`).hostname.slice(1, -1);
}

function bitsOf(address: string, family: number): bigint {
  if (family === 4)
    return address.split('.').reduce((bits, octet) => (bits << 8n) | BigInt(Number(octet)), 0n);
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce((bits, word) => (bits << 16n) | BigInt(`0x${word}`), 0n);
}

function prefixProblem(address: string, family: number, written: string): string | null {
  const size = family === 4 ? 32 : 128;
  if (!/^(?:0|[1-9]\d{0,2})$/.test(written) || Number(written) > size)
    return `has no prefix of 0 to ${size} behind its slash`;
  if (Number(written) === size) return 'is a single address: leave its prefix out';
  const beyond = (1n << BigInt(size - Number(written))) - 1n;
  return (bitsOf(address, family) & beyond) === 0n ? null : 'has bits set beyond its prefix';
}

/**
 * What is wrong with `text` as an address or a CIDR block; null where it is one in canonical spelling. IPv4-mapped IPv6
 * is refused: callers that come so count as IPv4, and no such entry would ever match.
 */
export function addressProblem(text: string): string | null {
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  const family = isIP(address);
  if (family === 0 || address.includes('%')) return 'is no IP address or CIDR block';
  if (canonical(address, family) !== address)
    return `is not in canonical spelling, ${canonical(address, family)}`;
  if (family === 6 && bitsOf(address, 6) >> 32n === 0xffffn) return 'is IPv4 in IPv6: write it as IPv4';
  return slash === -1 ? null : prefixProblem(address, family, text.slice(slash + 1));
}
