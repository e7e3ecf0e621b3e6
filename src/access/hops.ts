import { isIPv4, isIPv6 } from 'node:net';
import type { ClientAddress } from './contract.ts';
import { forwardedNodes } from './forwarded.ts';

/** A parsed address and whether it is a trusted proxy's. */
export interface Hop {
  readonly address: ClientAddress;
  readonly trusted: boolean;
}

/** Looks an address up; null where the text is not exactly an address. */
export type HopOf = (text: string) => Hop | null;

/** What one header says of the client. */
export type Claim =
  /** The right-most address that is no trusted proxy's. */
  | { readonly kind: 'client'; readonly address: ClientAddress }
  /** Every entry is a trusted proxy; the left-most is the furthest away. */
  | { readonly kind: 'proxies-only'; readonly address: ClientAddress }
  /** The walk from the right met something that is no address. */
  | { readonly kind: 'undetermined' };

const undetermined: Claim = { kind: 'undetermined' };

/** No chain of real proxies comes near; more is a loop or an attempt to make work. */
const hopsMax = 32;

/** The address inside a node text: `192.0.2.7`, `192.0.2.7:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`. */
export function addressOfNode(node: string): string | null {
  if (node.startsWith('[')) {
    const end = node.indexOf(']');
    const inside = node.slice(1, end);
    return end > 0 && isIPv6(inside) && isPort(node.slice(end + 1)) ? inside : null;
  }
  const colon = node.indexOf(':');
  if (colon > 0 && node.includes('.', 1) && colon === node.lastIndexOf(':')) {
    const host = node.slice(0, colon);
    return isIPv4(host) && isPort(node.slice(colon)) ? host : null;
  }
  return node;
}

/** Nothing, or a colon and a port; RFC 7239 also allows an obfuscated one. */
function isPort(text: string): boolean {
  return text === '' || /^:(?:\d{1,5}|_[0-9A-Za-z._-]{1,64})$/.test(text);
}

/** Follows the entries of one header from the right until the client is found or the header cannot be believed. */
class Walk {
  readonly #hopOf: HopOf;
  #hops = 0;
  #furthest: ClientAddress | null = null;

  constructor(hopOf: HopOf) {
    this.#hopOf = hopOf;
  }

  /** The claim, where this entry settles it; null where it is a trusted proxy and the walk goes on. */
  step(node: string): Claim | null {
    const text = addressOfNode(node);
    const hop = text === null ? null : this.#hopOf(text);
    if (hop === null) return undetermined;
    if (!hop.trusted) return { kind: 'client', address: hop.address };
    this.#furthest = hop.address;
    this.#hops += 1;
    return this.#hops > hopsMax ? undetermined : null;
  }

  /** The claim at the left end. */
  end(): Claim {
    return this.#furthest === null ? undetermined : { kind: 'proxies-only', address: this.#furthest };
  }
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}

/** The part of `line` from `from` to `to`, without the optional white space around it (RFC 9110, 5.6.3). */
function trimmed(line: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isSpace(line.charCodeAt(start))) start += 1;
  while (end > start && isSpace(line.charCodeAt(end - 1))) end -= 1;
  return line.slice(start, end);
}

/**
 * What X-Forwarded-For says. Several lines count as one joined list. An empty entry is no address either: a proxy that
 * writes one hides the entry that should stand there, and what is left of it may be the caller's own invention.
 */
export function claimOfForwardedFor(lines: readonly string[], hopOf: HopOf): Claim {
  const walk = new Walk(hopOf);
  for (const line of lines.toReversed()) {
    let end = line.length;
    for (;;) {
      const comma = end === 0 ? -1 : line.lastIndexOf(',', end - 1);
      const claim = walk.step(trimmed(line, comma + 1, end));
      if (claim !== null) return claim;
      if (comma < 0) break;
      end = comma;
    }
  }
  return walk.end();
}

/** What Forwarded (RFC 7239) says; `unknown`, obfuscated and missing nodes are no addresses. */
export function claimOfForwarded(lines: readonly string[], hopOf: HopOf): Claim {
  const walk = new Walk(hopOf);
  for (const line of lines.toReversed()) {
    const nodes = forwardedNodes(line);
    if (nodes === null) return undetermined;
    for (let at = nodes.length - 1; at >= 0; at -= 1) {
      const claim = walk.step(nodes[at] as string);
      if (claim !== null) return claim;
    }
  }
  return walk.end();
}
