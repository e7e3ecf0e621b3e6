import { isIP } from 'node:net';

/** A bot host's URL, taken apart once so that no request has to. */
export interface BotHostAddress {
  /** Scheme, host and port, as undici takes it. */
  readonly origin: string;
  readonly scheme: 'http' | 'https';
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** The value of Host for it: the port only where it is not the scheme's own. */
  readonly host: string;
  /** Put before each target; empty, or begins with `/` and does not end with one. */
  readonly basePath: string;
  /** The name its certificate must bear, as SNI takes it; null for an address. */
  readonly serverName: string | null;
}

/** Takes `url` (http or https, checked by the configuration) apart. */
export function botHostAddress(url: string): BotHostAddress {
  const { protocol, origin, host, hostname, port, pathname } = new URL(url);
  const scheme = protocol === 'https:' ? 'https' : 'http';
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return {
    origin,
    scheme,
    hostname: bare,
    port: port === '' ? (scheme === 'https' ? 443 : 80) : Number(port),
    host,
    basePath: pathname.replace(/\/+$/, ''),
    serverName: isIP(bare) === 0 ? bare : null,
  };
}
