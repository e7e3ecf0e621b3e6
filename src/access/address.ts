// Client addresses. ipaddr.js alone takes `1`, `0x7f.1` and `0177.0.0.1` for addresses, reads `010.0.0.1` as 8.0.0.1 and
// keeps IPv4-mapped IPv6 apart from IPv4 (its 2.5.0, measured): node:net decides what is an address, ipaddr.js only
// brings it into canonical form.
import { isIP, isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { ClientAddress } from './contract.ts';

/** Bits of an IPv6 address that count as one client: a subscriber is given at least a /64 (RFC 6177, RIPE-690). */
export const countedBits = 64;

/** An address as ipaddr.js holds it, IPv4-mapped IPv6 folded into IPv4; null where the text is not exactly an address. */
export function readAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const family = isIP(text);
  // A zone id (`fe80::1%eth0`) means something on one machine only; node:net lets it pass.
  if (family === 0 || text.includes('%')) return null;
  if (family === 4) return ipaddr.IPv4.parse(text);
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/**
 * Parses an address strictly: four decimal numbers without leading zeros, or IPv6 without zone id; no space, port,
 * bracket or prefix. Null for everything else, which must never be taken for 'allowed'.
 */
export function parseAddress(text: string): ClientAddress | null {
  if (isIPv4(text)) {
    // What node:net takes for IPv4 is in canonical form already; ipaddr.js would cost two microseconds to say so.
    const canonical = ownText(text);
    return { text: canonical, countedAs: canonical };
  }
  const address = readAddress(text);
  if (address === null) return null;
  const canonical = address.toString();
  return { text: canonical, countedAs: 'parts' in address ? networkText(address.parts) : canonical };
}

/**
 * An equal text with characters of its own. A part cut out of a header keeps all of it alive in V8, and address texts
 * are remembered by the hundred thousand.
 */
export function ownText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** The /64 of an IPv6 address, in canonical text (RFC 5952): the last four words are always the longest run of zeros. */
function networkText(words: readonly number[]): string {
  let shown = 4;
  while (shown > 0 && words[shown - 1] === 0) shown -= 1;
  let text = '';
  for (let at = 0; at < shown; at += 1) text += `${at === 0 ? '' : ':'}${(words[at] ?? 0).toString(16)}`;
  return `${text}::/${countedBits}`;
}

/** Whether canonical address text is IPv6. */
export function isIpv6Text(text: string): boolean {
  return text.includes(':');
}

/** The 32 bits of canonical IPv4 text, as a signed number. Reads only what `parseAddress` wrote: nothing is checked. */
export function ipv4Bits(text: string): number {
  let bits = 0;
  let octet = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 46) {
      bits = (bits << 8) | octet;
      octet = 0;
    } else {
      octet = octet * 10 + code - 48;
    }
  }
  return (bits << 8) | octet;
}

/** Writes the eight words of canonical IPv6 text into `words`. Reads only what `parseAddress` wrote: nothing is checked. */
export function ipv6Words(text: string, words: Uint16Array): void {
  words.fill(0);
  let index = 0;
  let word = 0;
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== 58) {
      // '0'-'9' are 48-57; 'a'-'f' are 97-102.
      word = (word << 4) | (code < 58 ? code - 48 : code - 87);
      digits += 1;
      continue;
    }
    if (digits > 0) words[index++] = word;
    word = 0;
    digits = 0;
    if (text.charCodeAt(at + 1) === 58) {
      at += 1;
      index = 8 - wordsAfter(text, at + 1);
    }
  }
  if (digits > 0) words[index] = word;
}

/** How many words stand in `text` from `at` on, behind its `::`. */
function wordsAfter(text: string, at: number): number {
  if (at >= text.length) return 0;
  let words = 1;
  for (let next = at; next < text.length; next += 1) if (text.charCodeAt(next) === 58) words += 1;
  return words;
}
