// What the bits of an address say, for checks of what people write. Matching callers against lists is access's.

/** The address as a number. `address` must be one that `isIP` takes. */
export function addressNumber(address: string, version: 4 | 6): bigint {
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

/** Whether nothing is set in `address` behind its first `prefix` bits. */
export function endsAtPrefix(address: string, version: 4 | 6, prefix: number): boolean {
  const size = version === 4 ? 32 : 128;
  const behind = (1n << BigInt(size - prefix)) - 1n;
  return (addressNumber(address, version) & behind) === 0n;
}
