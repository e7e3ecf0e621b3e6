// A sender's addresses, to be asked whether a caller is one of them.
import { BlockList, isIP } from 'node:net';

/** Tells whether canonical address text is among `addresses` (addresses and CIDR blocks). Whatever is no address is not. */
export function addressList(addresses: readonly string[]): (ip: string) => boolean {
  const list = new BlockList();
  for (const entry of addresses) {
    const [address = '', prefix] = entry.split('/', 2);
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return (ip) => {
    const family = isIP(ip);
    return family !== 0 && list.check(ip, family === 6 ? 'ipv6' : 'ipv4');
  };
}
