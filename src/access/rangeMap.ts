import { ipv4Bits, ipv6Words, isIpv6Text } from './address.ts';
import type { ClientAddress } from './contract.ts';
import type { AddressRange } from './range.ts';

/** All ranges of one prefix length, by the bits that they share. */
interface Level<T> {
  readonly prefix: number;
  readonly values: Map<number | string, T>;
}

/**
 * Values by address range, found by an address inside. One hash table per prefix length in use: adding and removing
 * costs the same at ten thousand ranges as at ten, and a search asks each length once, most specific first.
 */
export class RangeMap<T> {
  readonly #ipv4: Level<T>[] = [];
  readonly #ipv6: Level<T>[] = [];
  readonly #isLive: (value: T, now: number) => boolean;
  readonly #words = new Uint16Array(8);
  #size = 0;

  /** `isLive` says whether a value counts at a time; a search passes over those that do not. */
  constructor(isLive: (value: T, now: number) => boolean) {
    this.#isLive = isLive;
  }

  get size(): number {
    return this.#size;
  }

  /** Sets the value of exactly this range. */
  set(range: AddressRange, value: T): void {
    const level = this.#levelOf(range);
    const key = this.#keyOf(range.network, range.prefix);
    if (!level.values.has(key)) this.#size += 1;
    level.values.set(key, value);
  }

  /** The value of exactly this range. */
  get(range: AddressRange): T | undefined {
    return this.#levelOf(range).values.get(this.#keyOf(range.network, range.prefix));
  }

  /** Removes exactly this range; false where it was not there. */
  delete(range: AddressRange): boolean {
    const removed = this.#levelOf(range).values.delete(this.#keyOf(range.network, range.prefix));
    if (removed) this.#size -= 1;
    return removed;
  }

  /** The live value of the most specific range around `address`. */
  find(address: Pick<ClientAddress, 'text'>, now: number): T | undefined {
    if (this.#size === 0) return undefined;
    const { text } = address;
    const isIpv6 = isIpv6Text(text);
    const bits = isIpv6 ? 0 : ipv4Bits(text);
    if (isIpv6) ipv6Words(text, this.#words);
    for (const { prefix, values } of isIpv6 ? this.#ipv6 : this.#ipv4) {
      if (values.size === 0) continue;
      const value = values.get(isIpv6 ? this.#ipv6Key(prefix) : ipv4Key(bits, prefix));
      if (value !== undefined && this.#isLive(value, now)) return value;
    }
    return undefined;
  }

  /** Every value, live or not. */
  *values(): Generator<T> {
    for (const level of this.#ipv4) yield* level.values.values();
    for (const level of this.#ipv6) yield* level.values.values();
  }

  #levelOf(range: AddressRange): Level<T> {
    const levels = range.family === 4 ? this.#ipv4 : this.#ipv6;
    const found = levels.find((level) => level.prefix === range.prefix);
    if (found !== undefined) return found;
    const level: Level<T> = { prefix: range.prefix, values: new Map() };
    levels.push(level);
    levels.sort((one, other) => other.prefix - one.prefix);
    return level;
  }

  #keyOf(network: string, prefix: number): number | string {
    if (!isIpv6Text(network)) return ipv4Key(ipv4Bits(network), prefix);
    ipv6Words(network, this.#words);
    return this.#ipv6Key(prefix);
  }

  /** The first `prefix` bits of the words at hand, a character for each 16. */
  #ipv6Key(prefix: number): string {
    let key = '';
    let left = prefix;
    for (let index = 0; left > 0; index += 1, left -= 16) {
      const word = this.#words[index] as number;
      key += String.fromCharCode(left >= 16 ? word : word & (0xffff << (16 - left)));
    }
    return key;
  }
}

function ipv4Key(bits: number, prefix: number): number {
  // A shift by 32 would be a shift by 0.
  return prefix === 0 ? 0 : bits & (-1 << (32 - prefix));
}
