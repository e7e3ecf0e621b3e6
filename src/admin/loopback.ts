import { isIP } from 'node:net';

/** Whether a host name or address, without port or brackets, can only mean this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
