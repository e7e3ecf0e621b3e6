import { isIP } from 'node:net';

/** Says what is wrong with an address or CIDR block, without repeating it; null where it is right. */
type RangeCheck = (text: string) => string | null;

/** The address as a number. `address` must be one that `isIP` takes. */
function addressNumber(address: string, version: 4 | 6): bigint {
  if (version === 4) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const tail = address.slice(address.lastIndexOf(':') + 1);
  const dotted = tail.includes('.');
  const inHex = dotted ? addressNumber(tail, 4).toString(16).padStart(8, '0') : '';
  const whole = dotted ? `${address.slice(0, -tail.length)}${inHex.slice(0, 4)}:${inHex.slice(4)}` : address;
  const [before = '', after] = whole.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const left = groups(before);
  const right = groups(after ?? '');
  const zeros = after === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(zeros).fill('0'), ...right].reduce(
    (sum, group) => sum * 65_536n + BigInt(`0x${group}`),
    0n,
  );
}

/**
 * Strict: exactly what `net.isIP` takes (no `0177.0.0.1`, no `10/8`), no zone, a prefix that
 * fits, and no bits set behind it - `10.0.0.1/8` is more often a slip than meant.
 */
export const checkRange: RangeCheck = (text) => {
  const [address = '', prefix, ...more] = text.split('/');
  const version = isIP(address);
  if ((version !== 4 && version !== 6) || more.length > 0 || address.includes('%'))
    return 'expected an address or a CIDR block, such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32';
  if (prefix === undefined) return null;
  const bits = version === 4 ? 32 : 128;
  if (!/^(0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > bits)
    return `expected a prefix of 0 to ${bits} behind the slash`;
  const behind = (1n << BigInt(bits - Number(prefix))) - 1n;
  return (addressNumber(address, version) & behind) === 0n
    ? null
    : 'the address has bits set behind its prefix: write the first address of the block, or leave the prefix out';
};
