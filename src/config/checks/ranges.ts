import { isIP } from 'node:net';
import { endsAtPrefix } from '../../core/addressBits.ts';

/** Says what is wrong with an address or CIDR block, without repeating it; null where it is right. */
type RangeCheck = (text: string) => string | null;

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
  return endsAtPrefix(address, version, Number(prefix))
    ? null
    : 'the address has bits set behind its prefix: write the first address of the block, or leave the prefix out';
};
